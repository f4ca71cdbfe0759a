// Comments that suppress rules: the findings they suppress, and errors in them.

import { nearest } from "../../base/nearest.js";
import type { Finding } from "../findings/diagnostics.js";
import { type Advice, didYouMean, type Fix, inserting, removing, safely } from "../findings/fixes.js";
import { type Suppression, silences, suppressionsOf } from "../findings/suppressions.js";
import type { Span } from "../model/model.js";
import { type Source, spanBetween } from "../source.js";
import type { LintContext } from "./rule.js";

export const SUPPRESSION_RULE = {
  id: "suppression",
  summary: "An invalid comment that silences a rule.",
  reason: "It names an unknown rule, gives no reason, or silences nothing any more and would hide the next problem.",
} as const;

/** The findings that no comment silences, and those about the comments themselves. @param known names of all rules. */
export function applySuppressions(
  context: LintContext,
  findings: readonly Finding[],
  known: ReadonlySet<string>,
  active: ReadonlySet<string>,
): { readonly kept: Finding[]; readonly about: Finding[] } {
  const suppressions = suppressionsOf(context.source, context.pieces);
  const kept = findings.filter((finding) => {
    const by = suppressions.filter((one) => silences(one, finding));
    for (const one of by) one.used.add(finding.code);
    return by.length === 0;
  });
  return { kept, about: suppressions.flatMap((one) => faultsOf(context, one, { known, active })) };
}

interface Rules {
  readonly known: ReadonlySet<string>;
  readonly active: ReadonlySet<string>;
}

function faultsOf({ source }: LintContext, one: Suppression, { known, active }: Rules): Finding[] {
  const comment = source.text.slice(one.span.offset, one.span.offset + one.span.length);
  const places = placesOf(source, one.span, comment);
  const faults = one.rules.flatMap((rule) => {
    if (!known.has(rule)) return [fault(one, `there is no rule ${rule}`, meantRule(rule, places.get(rule), known))];
    if (one.used.has(rule) || !active.has(rule)) return [];
    // The span of a comment of several lines covers only its first line.
    const isWhole = one.rules.length === 1 && /^\/\/|\*\/$/.test(comment.trimEnd());
    const fixes = isWhole ? [safely(removing(one.span, "Remove the comment"))] : [];
    return [fault(one, `this comment silences nothing: ${rule} finds nothing here`, { hint: "remove it", fixes })];
  });
  if (one.reason !== "") return faults;
  const last = places.get(one.rules.at(-1) ?? "");
  const fixes =
    last === undefined ? [] : [withReason(last, comment.slice(last.offset + last.length - one.span.offset))];
  return [
    ...faults,
    fault(one, "this comment gives no reason", { hint: "write it after a colon: `RULE: reason`", fixes }),
  ];
}

function fault({ span }: Suppression, message: string, { hint, fixes = [] }: Advice): Finding {
  const finding = { severity: "warning", code: SUPPRESSION_RULE.id, message, hint, span } as const;
  return fixes.length === 0 ? finding : { ...finding, fixes };
}

/** The first place of each word on the comment's first line. */
function placesOf(source: Source, { offset }: Span, comment: string): Map<string, Span> {
  const places = new Map<string, Span>();
  for (const { 0: word, index } of comment.matchAll(/[\w-]+/g))
    if (!places.has(word)) places.set(word, spanBetween(source, offset + index, offset + index + word.length));
  return places;
}

function meantRule(rule: string, span: Span | undefined, known: ReadonlySet<string>): Advice {
  const meant = nearest(rule, [...known]);
  return meant === undefined || span === undefined
    ? { hint: `the rules are ${[...known].join(", ")}` }
    : didYouMean(span, meant);
}

/** @param rest the comment behind its last rule. */
function withReason(last: Span, rest: string): Fix {
  const [colon = ""] = /^\s*:/.exec(rest) ?? [];
  return inserting(last, colon === "" ? ": reason" : " reason", "Give a reason", last.length + colon.length);
}
