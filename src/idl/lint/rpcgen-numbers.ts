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

const known = new WeakMap<LintContext, ReadonlyMap<string, bigint | number | string>>();

function numberOf(context: LintContext, name: string): bigint | number | undefined {
  let values = known.get(context);
  if (values === undefined) {
    values = valuesOf(context);
    known.set(context, values);
  }
  const value = values.get(name);
  return typeof value === "string" ? undefined : value;
}

/** The constants and members by name; of one name, the first. */
function valuesOf({ definitions }: LintContext): ReadonlyMap<string, bigint | number | string> {
  const values = new Map<string, bigint | number | string>();
  for (const one of definitions) {
    const found = one.kind === "const" ? [one] : one.kind === "enum" ? one.members : [];
    for (const { name, value } of found) if (!values.has(name)) values.set(name, value);
  }
  return values;
}
