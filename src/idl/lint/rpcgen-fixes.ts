// Ways to write a construct so that rpcgen reads it too. All are safe: the bytes on the wire stay the same.
import { type Fix, inserting, removing, replacing, safely } from "../findings/fixes.js";
import type { Span } from "../model/model.js";

/** The span of tokens, counted from the construct's own token, which is 0. */
export type SpanOf = (first: number, last?: number) => Span;

/** The change, for tokens whose texts are known. */
export type FixOf = (spanOf: SpanOf, textAt: (distance: number) => string) => Fix | undefined;

export const leaveOut: FixOf = (spanOf, textAt) => safely(removing(spanOf(0), `Remove \`${textAt(0)}\``));
export const leaveNextOut: FixOf = (spanOf, textAt) => safely(removing(spanOf(1), `Remove \`${textAt(1)}\``));

export const hyper: FixOf = (spanOf, textAt) => safely(replacing(spanOf(0, textAt(2) === "int" ? 2 : 1), "hyper"));

export const lowerCase: FixOf = (spanOf, textAt) => safely(replacing(spanOf(0), textAt(0).toLowerCase()));

export const lowerX: FixOf = (spanOf, textAt) => safely(replacing(spanOf(0), `0x${textAt(0).slice(2)}`));

export const withoutSuffix: FixOf = (spanOf, textAt) => {
  const number = textAt(0).replace(/[uUlL]+$/, "");
  return /^(?:0[xX][\da-fA-F]+|\d+)$/.test(number) ? safely(replacing(spanOf(0), number)) : undefined;
};

/** Only `'a'` is converted, to 97; escapes with a backslash are left to the person. */
export const characterCode: FixOf = (spanOf, textAt) => {
  const character = /^'([^\\'])'$/.exec(textAt(0))?.[1];
  return character === undefined ? undefined : safely(replacing(spanOf(0), String(character.charCodeAt(0))));
};

export const withBrackets: FixOf = (spanOf, textAt) =>
  safely(inserting(spanOf(1), "<>", `Change to \`string ${textAt(1)}<>\``));

/** The cases before `: default`; the token itself is the last colon. */
export const withoutCases: FixOf = (spanOf, textAt) => {
  let first = -1;
  while (!/^[;{]?$/.test(textAt(first - 1))) first--;
  if (textAt(first) !== "case") return undefined;
  const { length } = spanOf(first, 1);
  const span = { ...spanOf(first), length: length - textAt(1).length };
  return removing(span, "Remove the case");
};

export const withVoid: FixOf = (spanOf, textAt) =>
  safely(inserting(spanOf(0), textAt(1) === ";" ? " void" : " void;", "Write `void;`"));
