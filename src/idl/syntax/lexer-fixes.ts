// Fixes for numbers and characters that are invalid in an interface: the text that was probably meant.
import { type Fix, inserting, removing, replacing } from "../findings/fixes.js";
import type { Span } from "../model/model.js";

/**
 * Fixes for a word that begins with a digit and is not a number: `1_000`, `0b101`, `089`, `1e6`, `2nd`.
 * @param isName a word precedes it, so it is meant as a name.
 */
export function numberFixes(span: Span, text: string, isName: boolean): Fix[] {
  const meant = numberMeant(text);
  if (meant !== undefined) return [replacing(span, meant)];
  if (isName) return /^\d+[A-Za-z_]\w*$/.test(text) ? [replacing(span, `_${text}`)] : [];
  // `08x`, `16k`: the digits.
  const [, digits] = /^0*(\d+)[A-Za-z]+$/.exec(text) ?? [];
  return digits === undefined ? [] : [replacing(span, digits)];
}

function numberMeant(text: string): string | undefined {
  const digits = text.replaceAll("_", "");
  if (digits !== text && /^(?:0[xX][0-9a-fA-F]+|0[0-7]*|[1-9]\d*)$/.test(digits)) return digits;
  if (/^0+\d+$/.test(digits)) return digits.replace(/^0+/, "");
  const [, base = "", rest = ""] = /^0([bBoO])([0-7]{1,100})$/.exec(digits) ?? [];
  if (/^b$/i.test(base) && /^[01]+$/.test(rest)) return String(BigInt(`0b${rest}`));
  if (/^o$/i.test(base)) return `0${rest}`;
  if (/^\d+[a-fA-F][\da-fA-F]*$/.test(digits) && !/[eE]\d+$/.test(digits)) return `0x${digits}`;
  // `0xfg`: the digits that are hexadecimal.
  const [, hex] = /^(0[xX][\da-fA-F]*)[g-zG-Z]*$/.exec(digits) ?? [];
  if (hex !== undefined) return hex.length > 2 ? hex : `${hex}0`;
  const [, whole = "", exponent = ""] = /^([1-9]\d{0,20})[eE](\d{1,2})$/.exec(digits) ?? [];
  return whole === "" || Number(exponent) > 30 ? undefined : `${whole}${"0".repeat(Number(exponent))}`;
}

const LETTERS: Readonly<Record<string, string>> = {
  ä: "ae",
  ö: "oe",
  ü: "ue",
  ß: "ss",
  æ: "ae",
  ø: "o",
  å: "a",
  ł: "l",
};

/**
 * Fixes for invalid characters.
 * @param before the text before them on the same line, and `after` the text after them.
 */
export function characterFixes(span: Span, text: string, before: string, after: string): Fix[] {
  if (/^[\u00a0\u2000-\u200a\u202f\u3000]+$/.test(text)) return [replacing(span, " ", "Write a plain blank")];
  if (/^[\u200b-\u200f\u2060\ufeff]+$/.test(text)) return [removing(span, "Remove it")];
  if (text === "\u3002") return [replacing(span, ";", "Write `;`")];
  if (/^[$@]+$/.test(text)) return [removing(span, `Remove \`${text}\``)];
  if (text === "#") return [replacing(span, "\n#", "Begin a new line")];
  if (/^\.{1,3}$/.test(text) && /\d\s*$/.test(before)) return numeralFixes(span, text, before, after);
  if (text === ".")
    return /[A-Za-z_]\w*$/.test(before) && /^[A-Za-z_]/.test(after) ? [replacing(span, "_", "Write `_`")] : [];
  // `int? x;`: after a value it is C's conditional operator, which has no equivalent.
  if (text === "?" && /[A-Za-z]\w*\s*$/.test(before) && /^\s*\w+\s*;/.test(after)) {
    return [replacing(span, " *", "Write `*` before the name")];
  }
  const plain = plainLetters(text);
  return plain === undefined ? [] : [replacing(span, plain)];
}

/** `3.14`, which is cut off, and `case 0 ... 9:`, which is a case for each. */
function numeralFixes(span: Span, text: string, before: string, after: string): Fix[] {
  const [digits] = /^\d+/.exec(after) ?? [];
  if (text === "." && digits !== undefined) {
    return [removing({ ...span, length: 1 + digits.length }, `Remove \`.${digits}\``)];
  }
  const first = Number(/\bcase\s+(\d{1,9})\s*$/.exec(before)?.[1] ?? "NaN");
  const [rest = "", last = "NaN"] = /^\s*(\d{1,9})(?=\s*:)/.exec(after) ?? [];
  const count = Number(last) - first;
  if (!(count > 0 && count <= MOST_CASES)) return [];
  const cases = Array.from({ length: count }, (_, index) => `: case ${first + 1 + index}`).join("");
  return [replacing({ ...span, length: text.length + rest.length }, cases, "Write a case for each")];
}

/** The most cases that a range is replaced by. */
const MOST_CASES = 64;

/** `groesse` for `größe`; undefined for letters of other alphabets. */
function plainLetters(text: string): string | undefined {
  if (!/^\p{L}+$/u.test(text)) return undefined;
  const known = [...text].map((letter) => {
    const plain = LETTERS[letter.toLowerCase()];
    return plain === undefined || letter === letter.toLowerCase() ? (plain ?? letter) : plain.toUpperCase();
  });
  const plain = known.join("").normalize("NFD").replace(/\p{M}/gu, "");
  return /^[A-Za-z]+$/.test(plain) ? plain : undefined;
}

/** Closes a comment at the end of the line on which it begins. */
export function closingComment(lineRest: Span): Fix {
  return inserting(lineRest, " */", "Close the comment at the end of its line");
}

/** Closes a string at the end of its line, before a semicolon there. @param text from its quote on. */
export function closingQuote(span: Span, text: string): Fix {
  return inserting(span, '"', "Close the string", text.replace(/[;\s]+$/, "").length);
}

/** Fixes for a character constant of several characters, which begins at `span`: `'ab` to `'a'`. */
export function quoteFixes(span: Span, rest: string): Fix[] {
  const [word, first] = /^'(\w)\w{0,20}'?/.exec(rest) ?? [];
  return word === undefined ? [] : [replacing({ ...span, length: word.length }, `'${first}'`)];
}
