// Recognises files that are not the text of an interface: binary data and other encodings.

/** The number of bytes at the beginning of a file that are examined. */
export const LOOKED_AT = 8192;

/** UTF-16 and UTF-32, with a byte order mark or, if most characters are ASCII, without it. */
export function wideEncodingOf(bytes: Uint8Array): "UTF-16" | "UTF-32" | undefined {
  const start = bytes.subarray(0, LOOKED_AT);
  const isMarked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  if (!isMarked && !start.includes(0)) return undefined;
  const zeros = [0, 0, 0, 0];
  for (const [index, byte] of start.entries()) if (byte === 0) zeros[index % 4] = (zeros[index % 4] ?? 0) + 1;
  const [full, most] = [start.length / 4, (start.length / 4) * 0.8];
  const isMostly = zeros.map((count) => full >= 2 && count >= most);
  const isNever = zeros.map((count) => count === 0);
  const isText = start.every((byte) => byte === 0 || byte >= 32 || BLANKS.has(byte));
  const isWide = (mostly: readonly number[]): boolean =>
    isText && isMostly.every((is, index) => (mostly.includes(index) ? is : isNever[index]));
  if (isWide([1, 2, 3]) || isWide([0, 1, 2])) return "UTF-32";
  if (isMarked && bytes[2] === 0 && bytes[3] === 0) return "UTF-32";
  return isMarked || isWide([1, 3]) || isWide([0, 2]) ? "UTF-16" : undefined;
}

/**
 * Whether there are NUL bytes together with other control characters, or many NUL bytes. A few may occur in a comment.
 */
export function isBinary(bytes: Uint8Array): boolean {
  const start = bytes.subarray(0, LOOKED_AT);
  const zeros = start.reduce((count, byte) => count + (byte === 0 ? 1 : 0), 0);
  const isMarked = start.some((byte) => byte === 0x7f || (byte > 0 && byte < 32 && !BLANKS.has(byte)));
  return zeros > 0 && (isMarked || zeros * 4 > start.length);
}

/** Tabs, line ends, page breaks, and the end mark of a DOS file. */
const BLANKS: ReadonlySet<number> = new Set([9, 10, 11, 12, 13, 26]);
