// `#` and `##` in the bodies of macros (ISO C11 6.10.3.2 and 6.10.3.3): an argument as a string, and two tokens as one.
import { createReporter } from "../findings/diagnostics.js";
import { createSource } from "../source.js";
import { lexPart } from "../syntax/lexemes.js";
import { tokensOf } from "../syntax/lexer.js";
import type { Token } from "../syntax/tokens.js";

/** The argument of a parameter, as written and with its macros expanded; undefined for other names. */
export type ArgumentOf = (
  name: string,
) => { readonly raw: readonly Token[]; readonly replaced: readonly Token[] } | undefined;

/**
 * The body with its parameters replaced and its operators applied; undefined if `##` makes an invalid or too long
 * token.
 */
export function substitute(body: readonly Token[], argumentOf: ArgumentOf): Token[] | undefined {
  const out: Token[] = [];
  for (let at = 0; at < body.length; ) {
    const operand = operandAt(body, at, argumentOf);
    let tokens = isPaste(body, operand.next) ? operand.raw : operand.replaced;
    at = operand.next;
    while (isPaste(body, at)) {
      const right = operandAt(body, at + 2, argumentOf);
      const pasted = paste(tokens, right.raw);
      if (pasted === undefined) return undefined;
      tokens = pasted;
      at = right.next;
    }
    for (const token of tokens) out.push(token);
  }
  return out;
}

interface Operand {
  readonly raw: readonly Token[];
  readonly replaced: readonly Token[];
  readonly next: number;
}

function operandAt(body: readonly Token[], at: number, argumentOf: ArgumentOf): Operand {
  const token = body[at];
  if (token === undefined) return { raw: [], replaced: [], next: at };
  const behind = body[at + 1];
  const quoted = isHash(token) && behind?.kind === "name" ? argumentOf(behind.text) : undefined;
  if (quoted !== undefined) {
    const text: readonly Token[] = [{ ...token, kind: "string", text: textOf(quoted.raw) }];
    return { raw: text, replaced: text, next: at + 2 };
  }
  const argument = token.kind === "name" ? argumentOf(token.text) : undefined;
  if (argument !== undefined) return { ...argument, next: at + 1 };
  return { raw: [token], replaced: [token], next: at + 1 };
}

function isHash(token: Token | undefined): boolean {
  return token?.kind === "punctuation" && token.text === "#";
}

function isPaste(body: readonly Token[], at: number): boolean {
  const [first, second] = [body[at], body[at + 1]];
  return isHash(first) && isHash(second) && first?.span.offset === (second?.span.offset ?? 0) - 1;
}

function textOf(tokens: readonly Token[]): string {
  return tokens.map(({ kind, text }) => (kind === "string" ? JSON.stringify(text) : text)).join(" ");
}

/** The longest word that `##` may make, in characters. */
const MAX_WORD = 1000;

function paste(left: readonly Token[], right: readonly Token[]): readonly Token[] | undefined {
  const last = left.at(-1);
  const [first] = right;
  if (last === undefined || first === undefined) return [...left, ...right];
  if (last.text.length + first.text.length > MAX_WORD) return undefined;
  const source = createSource({ file: last.span.file, text: last.text + first.text });
  const reporter = createReporter(1);
  const [made, end] = tokensOf(source, lexPart(source.text, 0, source.text.length), reporter);
  if (reporter.errors > 0 || made === undefined || end?.kind !== "end") return undefined;
  return [...left.slice(0, -1), { ...made, span: last.span }, ...right.slice(1)];
}
