// Comments that silence a rule: `/* lupine-ignore RULE[, RULE]: reason */` for its own line and the line of code below,
// `/* lupine-ignore-file RULE: reason */` for the whole file.
import type { Finding } from "../diagnostics.js";
import type { Span } from "../model.js";
import { lineIndexAt, spanBetween } from "../source.js";
import type { LintContext } from "./rule.js";

interface Suppression {
  readonly rules: readonly string[];
  /** Lines, from 1; undefined for the whole file. */
  readonly lines: ReadonlySet<number> | undefined;
  readonly span: Span;
  readonly reason: string;
  readonly used: Set<string>;
}

export const SUPPRESSION_RULE = {
  id: "suppression",
  summary: "A comment that silences a rule, and is not right.",
  reason: "It names a rule that there is not, gives no reason, or silences nothing any more and hides what comes next.",
} as const;

/** The findings that no comment silences, and those about the comments themselves. @param known names of all rules. */
export function applySuppressions(
  context: LintContext,
  findings: readonly Finding[],
  known: ReadonlySet<string>,
  active: ReadonlySet<string>,
): { readonly kept: Finding[]; readonly about: Finding[] } {
  const suppressions = suppressionsOf(context);
  const kept = findings.filter((finding) => {
    const by = suppressions.filter((one) => silences(one, finding));
    for (const one of by) one.used.add(finding.code);
    return by.length === 0;
  });
  return { kept, about: suppressions.flatMap((one) => faultsOf(one, known, active)) };
}

function silences({ rules, lines }: Suppression, { code, span }: Finding): boolean {
  return rules.includes(code) && (lines === undefined || lines.has(span.line));
}

const COMMENT = /lupine-ignore(-file)?[ \t]+([\w, \t-]+?)[ \t]*(?::[ \t]*([^\n]*))?(?:\n|\*\/|$)/;

function suppressionsOf({ pieces, source }: LintContext): Suppression[] {
  const found: Suppression[] = [];
  for (const [index, piece] of pieces.entries()) {
    const match = piece.kind === "comment" ? COMMENT.exec(piece.text) : null;
    if (match === null) continue;
    const [, whole, rules = "", reason = ""] = match;
    const next = pieces.slice(index + 1).find(({ kind }) => kind !== "comment");
    const lineOf = (offset: number): number => lineIndexAt(source, offset) + 1;
    const lines = new Set([lineOf(piece.offset)]);
    const alone = pieces[index - 1] === undefined || piece.lineEnds > 0;
    if (next !== undefined && alone) lines.add(lineOf(next.offset));
    found.push({
      rules: rules.split(/[,\s]+/).filter((rule) => rule !== ""),
      lines: whole === undefined ? lines : undefined,
      span: spanBetween(source, piece.offset, piece.offset + (piece.text.split("\n")[0]?.length ?? 0)),
      reason: reason.replace(/\*\/$/, "").trim(),
      used: new Set(),
    });
  }
  return found;
}

function faultsOf(one: Suppression, known: ReadonlySet<string>, active: ReadonlySet<string>): Finding[] {
  const fault = (message: string, hint: string): Finding => {
    return { severity: "warning", code: SUPPRESSION_RULE.id, message, hint, span: one.span };
  };
  const faults = one.rules.flatMap((rule) => {
    if (!known.has(rule)) return [fault(`there is no rule ${rule}`, `the rules are ${[...known].join(", ")}`)];
    if (one.used.has(rule) || !active.has(rule)) return [];
    return [fault(`this comment silences nothing: ${rule} finds nothing here`, "leave it out")];
  });
  if (one.reason === "") faults.push(fault("this comment gives no reason", "write it after a colon: `RULE: reason`"));
  return faults;
}
