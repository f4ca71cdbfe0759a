// Dumps of words instead of bytes: of hexdump and od without options, od -x and -tx4, xxd -e and xxd -b. The words of the
// first four are those of the machine that made the dump: nearly all are little-endian.

/** How the words of a dump are written. */
interface WordForm {
  readonly word: RegExp;
  /** The base of the offsets. */
  readonly base: 8 | 16;
  readonly bytesOf: (word: string) => number[];
}

const hexWord = (digits: number, base: 8 | 16): WordForm => ({
  word: new RegExp(`^[0-9a-f]{${digits}}$`),
  base,
  bytesOf: reversed,
});

const forms: readonly WordForm[] = [
  hexWord(4, 16),
  hexWord(4, 8),
  hexWord(8, 8),
  hexWord(16, 8),
  { word: /^[0-7]{6}$/, base: 8, bytesOf: (word) => [Number.parseInt(word, 8) & 255, Number.parseInt(word, 8) >> 8] },
];

function reversed(word: string): number[] {
  return [...Buffer.from(word, "hex").reverse()];
}

/** The bytes of such a dump; undefined for any other text. */
export function parseWordDump(lines: readonly string[]): Buffer | undefined {
  const rows = lines.map((line) => line.trim().split(/\s+/));
  const hasOffsets = rows.every(([offset = ""]) => offset === "*" || /^[0-9a-f]{7}$/.test(offset));
  if (!hasOffsets || rows.length < 2 || rows.at(-1)?.length !== 1) return parseXxd(lines);
  for (const form of forms) {
    const bytes = readRows(rows, form);
    if (bytes !== undefined) return bytes;
  }
  return undefined;
}

/** The last row has only the length: if it is odd, the last word was padded. */
function readRows(rows: readonly (readonly string[])[], { word, base, bytesOf }: WordForm): Buffer | undefined {
  const pieces: Buffer[] = [];
  let length = 0;
  let isRepeated = false;
  for (const [index, [offset = "", ...words]] of rows.entries()) {
    if (offset === "*") {
      isRepeated = true;
      continue;
    }
    const at = Number.parseInt(offset, base);
    const isLast = index === rows.length - 1;
    const before = pieces.at(-1);
    if (at > length && isRepeated && before !== undefined && at - length <= MOST_REPEATED) {
      pieces.push(Buffer.alloc(at - length, before));
      length = at;
    }
    isRepeated = false;
    if (isLast ? at > length || length - at > 15 : at !== length) return undefined;
    if (isLast) return length === 0 ? undefined : Buffer.concat(pieces).subarray(0, at);
    if (!words.every((one) => word.test(one))) return undefined;
    const bytes = Buffer.from(words.flatMap(bytesOf));
    pieces.push(bytes);
    length += bytes.length;
  }
  return undefined;
}

/** The most bytes that `*` may replace. */
const MOST_REPEATED = 16 * 1024 * 1024;

/** Words and the text beside them: the text says which order the bytes have. Plain dumps of xxd are read elsewhere. */
function parseXxd(lines: readonly string[]): Buffer | undefined {
  const [start = ""] = /^\s*[0-9a-f]+: (?:[0-9a-f]+ )+ /.exec(lines[0] ?? "") ?? [];
  if (start === "") return undefined;
  const rows = lines.map((line) => ({
    words: line
      .slice(line.indexOf(":") + 1, start.length)
      .trim()
      .split(/\s+/),
    text: line.slice(start.length),
  }));
  const read = (bytesOf: (word: string) => readonly number[]): Buffer[] =>
    rows.map(({ words }) => Buffer.from(words.flatMap(bytesOf)));
  const fits = (all: readonly Buffer[]): boolean =>
    all.every((bytes, index) => textOf(bytes) === rows[index]?.text.padEnd(bytes.length));
  const words = rows.flatMap((one) => one.words);
  if (words.every((word) => /^[01]{8}$/.test(word))) {
    const bits = read((word) => [Number.parseInt(word, 2)]);
    if (fits(bits)) return Buffer.concat(bits);
  }
  if (!words.every((word) => /^(?:[0-9a-f]{2}){2,8}$|^[0-9a-f]{2}$/.test(word))) return undefined;
  const turned = read(reversed);
  return fits(turned) && !fits(read((word) => [...Buffer.from(word, "hex")])) ? Buffer.concat(turned) : undefined;
}

function textOf(bytes: Buffer): string {
  return Array.from(bytes, (byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : ".")).join("");
}
