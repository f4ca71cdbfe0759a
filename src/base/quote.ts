// Makes text from peers safe for logs and terminals: a terminal would obey a control sequence, and a character that
// changes the writing direction makes the text beside it misleading.

/** Control and format characters, line separators, and halves of surrogate pairs. */
const dangerous = /[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu;

/**
 * The text with each dangerous character written as `\u001b`. Text of more than `longest` characters is cut and ends in
 * `…`. Default: not cut.
 */
export function printable(text: string, longest = Number.POSITIVE_INFINITY): string {
  return cut(text, longest).replace(dangerous, escaped);
}

/** The text in double quotes, as JSON has it, without dangerous characters. Cut as `printable` does. */
export function quote(text: string, longest = Number.POSITIVE_INFINITY): string {
  return printable(JSON.stringify(cut(text, longest)));
}

/** A value as JSON that a terminal can show: the same value, in which dangerous characters are written as `\u009b`. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, undefined, indent).replace(dangerous, (one) => {
    // The ends of lines of the text itself; those in strings are escaped already.
    if (one === "\n") return one;
    const units = Array.from({ length: one.length }, (_, at) => one.charCodeAt(at).toString(16).padStart(4, "0"));
    return units.map((unit) => `\\u${unit}`).join("");
  });
}

/** One word of a line of words: in quotes if it is empty, or contains white space or a quote. */
export function quoteWord(text: string, longest = Number.POSITIVE_INFINITY): string {
  return text === "" || /[\s"]/.test(text) ? quote(text, longest) : printable(text, longest);
}

/** The same of text that may have several lines. */
export function printableLines(text: string): string {
  return text
    .split("\n")
    .map((line) => printable(line))
    .join("\n");
}

function escaped(one: string): string {
  const hex = (one.codePointAt(0) as number).toString(16);
  return hex.length > 4 ? `\\u{${hex}}` : `\\u${hex.padStart(4, "0")}`;
}

function cut(text: string, longest: number): string {
  if (text.length <= longest) return text;
  // Do not end in the middle of a surrogate pair.
  const end = /[\uD800-\uDBFF]/.test(text[longest - 1] ?? "") ? longest - 1 : longest;
  return `${text.slice(0, end)}…`;
}
