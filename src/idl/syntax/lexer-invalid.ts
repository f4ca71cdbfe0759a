// Reports characters that have no meaning in an interface file, and reads those that look like others.
import { reportError } from "../findings/diagnostics.js";
import { replacing } from "../findings/fixes.js";
import { isBlank, isNamePart } from "./lexemes.js";
import { characterFixes } from "./lexer-fixes.js";
import { codeOf, lookalike } from "./lookalikes.js";
import { AROUND, PUNCTUATION, push, spanTo, type TokenReading } from "./tokens.js";

/** One error for a whole run of invalid characters. Look-alikes are read as the characters that they resemble. */
export function readInvalid(state: TokenReading): void {
  const plain = lookalike(state.text.charAt(state.at))?.plain;
  if (
    plain !== undefined &&
    (isNamePart(plain.charCodeAt(0)) || /["']/.test(plain) || PUNCTUATION.has(plain.charCodeAt(0)))
  ) {
    readLookalikes(state);
    return;
  }
  let end = state.at + 1;
  while (end < state.end && isInvalid(state.text.charCodeAt(end))) end++;
  const shown = JSON.stringify(state.text.slice(state.at, Math.min(end, state.at + 20))).slice(1, -1);
  const message = `\`${shown}\` has no meaning in an interface file`;
  const hint = meantBy(plain ?? state.text.charAt(state.at));
  const span = spanTo(state, end);
  const fixes = characterFixes(span, state.text.slice(state.at, end), ...aroundOf(state, end));
  reportError(state.reporter, "invalid-character", span, message, hint === undefined ? {} : { hint, fixes });
  state.at = end;
}

/** The text before the position and after `end`, on the same line. */
function aroundOf(state: TokenReading, end: number): [string, string] {
  const { text, at } = state;
  const before = text.slice(Math.max(0, at - AROUND), at).split(/[\r\n]/);
  const after = text.slice(end, Math.min(state.end, end + AROUND)).split(/[\r\n]/);
  return [before.at(-1) ?? "", after[0] ?? ""];
}

/** Reads `；` as `;`, `ｉｎｔ` as `int`, and a string between curly quotes. */
function readLookalikes(state: TokenReading): void {
  const start = state.at;
  const first = lookalike(state.text.charAt(start));
  let end = start;
  let plain = "";
  for (let one = first; end < state.end; one = lookalike(state.text.charAt(end))) {
    const character = state.text.charAt(end);
    const next = one?.plain ?? (isNamePart(character.charCodeAt(0)) && /\w$/.test(plain) ? character : undefined);
    // A word and each sign are tokens of their own.
    if (next === undefined || (plain !== "" && !/^\w{2}$/.test(plain.charAt(plain.length - 1) + next))) break;
    plain += next;
    end++;
  }
  if (first?.plain === '"') end = closeOfString(state);
  const message = `\`${state.text.slice(start, Math.min(end, start + 20))}\` has no meaning in an interface file`;
  const details =
    first === undefined ? {} : { hint: first.hint, fixes: [replacing(spanTo(state, end), plainOf(state, end))] };
  reportError(state.reporter, "invalid-character", spanTo(state, end), message, details);
  if (first?.plain === '"') {
    push(state, "string", end, state.text.slice(start + 1, end - 1));
    return;
  }
  const kind = /^\d/.test(plain) ? "number" : /^\w/.test(plain) ? "name" : "punctuation";
  const isKnown = kind !== "punctuation" || PUNCTUATION.has(plain.charCodeAt(0));
  if (isKnown) push(state, kind, end, plain, kind === "number" && /^\d+$/.test(plain) ? BigInt(plain) : 0n);
  else state.at = end;
}

/**
 * A string begins with a curly quote. Returns the position after the quote that ends it, which may be of any kind. Without
 * one, returns the end of the line.
 */
function closeOfString(state: TokenReading): number {
  let at = state.at + 1;
  for (; at < state.end && !/[\r\n]/.test(state.text.charAt(at)); at++) {
    const character = state.text.charAt(at);
    if (character === '"' || lookalike(character)?.plain === '"') return at + 1;
  }
  return at;
}

function plainOf({ text, at }: TokenReading, end: number): string {
  return [...text.slice(at, end)].map((character) => lookalike(character)?.plain ?? character).join("");
}

/** The replacement for a character that looks like another, or that other languages use. */
function meantBy(character: string): string | undefined {
  if (/[\u00a0\u2000-\u200f\u202f\u2060\u3000\ufeff]/.test(character)) {
    return `this is ${codeOf(character)}, not a plain space: type it again`;
  }
  if (character === "\u3002")
    return `this is ${codeOf(character)}, a wide full stop: a declaration ends with a plain \`;\``;
  if (/[\p{L}$@]/u.test(character)) return "names are made of the letters a to z, digits and `_`";
  if (character === "?") return "there is no `?`: an optional value is `int *x;`";
  if (character === ".") return "there are no fractions, no ranges and no dots in names";
  return character === "#" ? "a directive needs its own line" : undefined;
}

function isInvalid(code: number): boolean {
  return !isBlank(code) && !isNamePart(code) && !PUNCTUATION.has(code) && code !== 0x22 && code !== 0x27;
}
