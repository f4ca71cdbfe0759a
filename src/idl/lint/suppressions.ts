// Comments that suppress rules: the findings they suppress, and errors in them.
import type { Finding } from "../findings/diagnostics.js";
import { removing, safely } from "../findings/fixes.js";
import { type Suppression, silences, suppressionsOf } from "../findings/suppressions.js";
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
  const fault = (message: string, hint: string): Finding => {
    return { severity: "warning", code: SUPPRESSION_RULE.id, message, hint, span: one.span };
  };
  const faults = one.rules.flatMap((rule) => {
    if (!known.has(rule)) return [fault(`there is no rule ${rule}`, `the rules are ${[...known].join(", ")}`)];
    if (one.used.has(rule) || !active.has(rule)) return [];
    const unused = fault(`this comment silences nothing: ${rule} finds nothing here`, "remove it");
    const comment = source.text.slice(one.span.offset, one.span.offset + one.span.length);
    // The span of a comment of several lines covers only its first line.
    const isWhole = one.rules.length === 1 && /^\/\/|\*\/$/.test(comment.trimEnd());
    return [isWhole ? { ...unused, fixes: [safely(removing(one.span, "Remove the comment"))] } : unused];
  });
  if (one.reason === "") faults.push(fault("this comment gives no reason", "write it after a colon: `RULE: reason`"));
  return faults;
}
