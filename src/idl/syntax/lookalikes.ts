// Characters that look like the plain ones of an interface file, from other keyboards, word processors and alphabets.

/** A character in place of a plain one. */
export interface Lookalike {
  /** The ASCII character that it looks like. */
  readonly plain: string;
  /** `this is U+FF1B, a wide semicolon: type a plain \`;\`` */
  readonly hint: string;
}

/**
 * In addition to the characters for which Unicode has a plain form (NFKC): wide and small forms, and the Greek question
 * mark.
 */
const SIGNS: Readonly<Record<string, string>> = {
  '"': "\u201c\u201d\u201e\u201f\u2033\u301d\u301e\u301f\u300c\u300d\u300e\u300f",
  "'": "\u2018\u2019\u201a\u201b\u2032\u2035\u00b4\u02b9\u02bc",
  "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u30fc",
  ",": "\u3001\u060c\u055d\u1802\u1808\uff64",
  ";": "\u061b\u204f\u1364",
  ":": "\u2236\u02d0\ua789\u05c3\u0703\u0704",
  "<": "\u2039\u00ab\u3008\u300a\u27e8\u2329\u27ea",
  ">": "\u203a\u00bb\u3009\u300b\u27e9\u232a\u27eb",
  "(": "\u2768\u2e28\u3014",
  ")": "\u2769\u2e29\u3015",
  "{": "\u2774",
  "}": "\u2775",
  "[": "\u3010\u3016\u27e6",
  "]": "\u3011\u3017\u27e7",
  "=": "\u2550\ua78a\u30a0",
  "*": "\u2217\u204e\u2731\u22c6\u00d7\u2022",
  "/": "\u2215\u2044\u29f8",
  "|": "\u2223\u01c0\u2502",
  "~": "\u223c\u02dc\u301c",
  _: "\u2017",
};

const NAMES: Readonly<Record<string, string>> = {
  '"': "quote",
  "'": "single quote",
  "-": "hyphen",
  ",": "comma",
  ";": "semicolon",
  ":": "colon",
  "<": "`<`",
  ">": "`>`",
  "(": "parenthesis",
  ")": "parenthesis",
  "{": "brace",
  "}": "brace",
  "[": "bracket",
  "]": "bracket",
  "=": "equals sign",
  "*": "asterisk",
  "/": "slash",
  "|": "bar",
  "~": "tilde",
  "&": "ampersand",
  "^": "caret",
  "+": "plus sign",
  "%": "percent sign",
  "#": "number sign",
  ".": "full stop",
  _: "underscore",
};

const PLAIN: ReadonlyMap<string, string> = new Map(
  Object.entries(SIGNS).flatMap(([plain, others]) => [...others].map((other): [string, string] => [other, plain])),
);

/** The character that this one resembles; undefined if it resembles no character that interface files use. */
export function lookalike(character: string): Lookalike | undefined {
  const plain = PLAIN.get(character) ?? plainForm(character);
  if (plain === undefined) return undefined;
  return { plain, hint: `this is ${codeOf(character)}, ${kindOf(character, plain)}: type a plain \`${plain}\`` };
}

/** `U+FF1B` */
export function codeOf(character: string): string {
  return `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}`;
}

function plainForm(character: string): string | undefined {
  const plain = character.normalize("NFKC");
  return plain !== character && /^[!-~]$/.test(plain) ? plain : undefined;
}

function kindOf(character: string, plain: string): string {
  const isWide = /[\uff01-\uff5e]/.test(character);
  const name = NAMES[plain] ?? (/\d/.test(plain) ? "digit" : /[A-Za-z]/.test(plain) ? "letter" : `\`${plain}\``);
  if (isWide) return `a wide ${name}`;
  return /["']/.test(plain) ? `a curly ${name}` : `another kind of ${name}`;
}
