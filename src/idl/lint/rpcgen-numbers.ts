// Fixes for rpcgen, which cannot read arithmetic: they write the result in its place. The bytes on the wire stay the same.
import { type Fix, replacing, safely } from "../findings/fixes.js";
import { spanBetween } from "../source.js";
import type { Outline } from "./rpcgen-definitions.js";
import type { LintContext } from "./rule.js";

/** For the value of a constant or of an enum's member that has the token `at`; none elsewhere. */
export function resultWritten({ code, context }: Outline, at: number): readonly Fix[] {
  const textOf = (index: number): string => code[index]?.text ?? ";";
  let start = at;
  while (!/^[=,;{}]$/.test(textOf(start))) start--;
  let end = at;
  while (!/^[,;}]$/.test(textOf(end))) end++;
  const value = textOf(start) === "=" ? numberOf(context, textOf(start - 1)) : undefined;
  const [first, last] = [code[start + 1], code[end - 1]];
  if (value === undefined || first === undefined || last === undefined) return [];
  const span = spanBetween(context.source, first.offset, last.offset + last.text.length);
  return [safely(replacing(span, String(value)))];
}

function numberOf({ definitions }: LintContext, name: string): bigint | number | undefined {
  for (const one of definitions) {
    if (one.kind === "const" && one.name === name) return typeof one.value === "string" ? undefined : one.value;
    const member = one.kind === "enum" ? one.members.find((each) => each.name === name) : undefined;
    if (member !== undefined) return member.value;
  }
  return undefined;
}
