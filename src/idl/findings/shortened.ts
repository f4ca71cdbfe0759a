// Keeps messages readable: they quote names of the file, and a name may have any length.

/** The most characters of a word that is shown in full, and those that are shown of a longer one. */
const longestWord = 200;
const shownOfWord = 60;

/** The most characters of a message. */
const longestMessage = 1_000;

const longWord = new RegExp(`[^\\s\`"']{${longestWord + 1},}`, "gu");

/**
 * The message with long words cut: their beginning, and their length. A message of many words is cut, too.
 * @example
 * console.log(shortened(`there is no type ${"a".repeat(5000)}`).length); // 96
 */
export function shortened(message: string): string {
  if (message.length <= longestWord) return message;
  const text = message.replace(longWord, (word) => `${begin(word, shownOfWord)}… (${word.length} characters)`);
  return text.length > longestMessage ? `${begin(text, longestMessage - 1)}…` : text;
}

/** The first characters, without half of a surrogate pair at their end. */
function begin(text: string, length: number): string {
  return text.slice(0, length).replace(/[\uD800-\uDBFF]$/, "");
}

/** Shortens the texts of a finding. */
export function shortFinding<F extends Said>(finding: F): F {
  const { hint, fixes, related } = finding;
  return {
    ...finding,
    message: shortened(finding.message),
    ...(hint === undefined ? {} : { hint: shortened(hint) }),
    ...(fixes === undefined ? {} : { fixes: fixes.map((fix) => ({ ...fix, title: shortened(fix.title) })) }),
    ...(related === undefined ? {} : { related: related.map((one) => ({ ...one, message: shortened(one.message) })) }),
  };
}

interface Said {
  readonly message: string;
  readonly hint?: string | undefined;
  readonly fixes?: readonly { readonly title: string }[] | undefined;
  readonly related?: readonly { readonly message: string }[] | undefined;
}
