// Reads bytes in the forms in which people paste them: plain hexadecimal, C arrays, dumps of xxd, hexdump, od, tcpdump
// and Wireshark, and the output of `lupine explain`.

import { CommandError } from "../output.js";
import { parseExplained } from "./explained-text.js";
import { linesOfPairs } from "./several-forms.js";
import { parseWordDump } from "./word-dump.js";

/** One line of a dump: its offset, and its bytes. */
interface DumpLine {
  readonly offset: number;
  readonly bytes: Buffer;
}

/** The most lines of a text: each takes about 200 bytes of memory. */
export const mostLines = 1_000_000;

/**
 * The blocks of bytes in a text. Blank lines and comments (`#`, `//`) separate them.
 * @throws CommandError which names the line that is not hexadecimal, or for a text of more than `mostLines` lines.
 */
export function parseHexText(text: string): Buffer[] {
  if (!hasFewLines(text)) throw bad(`the input has more than ${mostLines} lines: explain a part of it`);
  const explained = parseExplained(text);
  if (explained?.shortened !== undefined) {
    const { line, bytes } = explained.shortened;
    throw bad(`line ${line}: ${bytes} bytes are missing in this dump, so the message cannot be read`);
  }
  if (explained !== undefined) return [...explained.blocks];
  const blocks = blocksOf(text);
  if (blocks.length === 0) throw bad("there are no bytes: the input is empty");
  return blocks.map(parseBlock);
}

function hasFewLines(text: string): boolean {
  let lines = 0;
  for (const _ of text.matchAll(/\r\n|\r|\n/g)) if (++lines > mostLines) return false;
  return true;
}

interface Line {
  readonly number: number;
  readonly text: string;
}

function blocksOf(text: string): Line[][] {
  const blocks: Line[][] = [[]];
  const lines = text.split(/\r\n|\r|\n/);
  const isPacketDump = lines.some((line) => packetLine.test(line)) && lines.some((line) => packetHead.test(line));
  for (const [index, line] of lines.entries()) {
    const plain = isPacketDump && !packetLine.test(line) ? "" : withoutComment(withoutDeclaration(line));
    if (plain.trim() !== "") blocks.at(-1)?.push({ number: index + 1, text: plain });
    else if (blocks.at(-1)?.length !== 0) blocks.push([]);
  }
  return blocks.filter((block) => block.length > 0);
}

/** `12:00:00.1 IP 127.0.0.1.5000 > ...`, before the bytes of each packet of tcpdump -x. */
const packetHead = /^(?:\S+ ){0,2}(?:IP6?|[0-9a-f]{2}(?::[0-9a-f]{2}){5} >) /;
const packetLine = /^\s+0x[0-9a-f]{4,8}:\s/;

/** What `xxd -i FILE` and Wireshark write around the elements of a C array. */
function withoutDeclaration(line: string): string {
  if (/^\s*unsigned int \w+_len = \d+;\s*$/.test(line)) return "";
  const comment = line.trimEnd().endsWith("*/") ? line.indexOf("/*") : -1;
  return (comment < 0 ? line : line.slice(0, comment)).replace(/^[A-Za-z_][\w\s*]*\[\s*\d*\s*\]\s*=\s*(?=\{)/, "");
}

function withoutComment(line: string): string {
  const starts = ["#", "//"].map((mark) => line.indexOf(mark)).filter((at) => at >= 0);
  return line.slice(0, Math.min(line.length, ...starts)).trimEnd();
}

function parseBlock(all: readonly Line[]): Buffer {
  const lines = linesOfPairs(all);
  return parseWordDump(lines.map(({ text }) => text)) ?? parseDump(lines) ?? parsePlain(lines.map(withoutText));
}

/** Removes the text that `od -An -tx1z` prints beside the pairs. */
function withoutText({ number, text }: Line): Line {
  return { number, text: text.replace(/^((?:\s+[0-9a-fA-F]{2})+)\s{2}>.*<$/, "$1") };
}

/** Pairs of digits, with spaces, colons, commas, quotes, braces, `0x` and `\x` between them. */
function parsePlain(lines: readonly Line[]): Buffer {
  const width = elementWidth(lines);
  const digits = lines.map(({ number, text }) => {
    const whole = width === undefined ? text : text.replace(element, (_, one: string) => one.padStart(width, "0"));
    const plain = whole.replace(/(?:0|\\)[xX](?=[0-9a-fA-F])|[\s:,;"'{}]+/g, "");
    const wrong = /[^0-9a-fA-F]/u.exec(plain);
    if (wrong === null) return plain;
    throw bad(`line ${number}: ${JSON.stringify(wrong[0])} is not a hexadecimal digit`);
  });
  const all = digits.join("");
  if (all.length % 2 !== 0) throw bad(`${all.length} hexadecimal digits: a byte is missing its second digit`);
  return Buffer.from(all, "hex");
}

const element = /(?<!\w)(?:0[xX])?([0-9a-fA-F]{1,8})(?!\w)/g;

/** The digits of an element of a list of C numbers, such as `0x80, 0, 0x1c`, whose leading zeros may be missing. */
function elementWidth(lines: readonly Line[]): number | undefined {
  let longest = 0;
  let isPrefixed = true;
  for (const { text } of lines) {
    for (const word of text.split(/[\s,;{}]+/)) {
      if (word === "") continue;
      const [, prefix, digits] = /^(0[xX])?([0-9a-fA-F]{1,8})$/.exec(word) ?? [];
      if (digits === undefined) return undefined;
      longest = Math.max(longest, digits.length);
      isPrefixed &&= prefix !== undefined;
    }
  }
  const isList = isPrefixed || (longest <= 2 && lines.some(({ text }) => text.includes(",")));
  return isList ? [2, 4, 8].find((width) => longest <= width) : undefined;
}

/** `00000010: 8000 ...`, as xxd and tcpdump have it. */
const withColon = /^\s*(?:0x)?([0-9a-fA-F]{4,16}):(?=\s|$)(.*)$/;
/** `00000010  80 00 ...` of hexdump -C, `0010   80 00 ...` of Wireshark, `0000020 80 00 ...` of od. */
const withBlanks = /^\s*([0-9a-fA-F]{4,16}(?=\s{2}|$)|[0-9a-fA-F]{6,7}(?=\s))(.*)$/;

/** Lines that begin with an offset; undefined if they do not. */
function parseDump(lines: readonly Line[]): Buffer | undefined {
  for (const form of [withColon, withBlanks]) {
    if (!lines.every(({ text }, index) => (index > 0 && isRepetition(text)) || form.test(text))) continue;
    if (form === withColon) {
      const read = joinLines(lines, form, 16);
      if (typeof read === "string") throw bad(read);
      return read;
    }
    // Without a colon, the offsets may be octal or decimal (od, od -Ad: seven digits), or the digits may not be
    // offsets.
    const bases = /^[0-9]{7}\s/.test(lines[0]?.text ?? "") ? [8, 10, 16] : [16, 8, 10];
    const read = bases.map((base) => joinLines(lines, form, base)).find((one) => typeof one !== "string");
    return typeof read === "string" ? undefined : read;
  }
  return undefined;
}

/** The line `*`, which xxd -a, hexdump and od write for lines that are the same as the one before. */
function isRepetition(text: string): boolean {
  return text.trim() === "*";
}

/** The bytes, or the error. */
function joinLines(lines: readonly Line[], form: RegExp, base: number): Buffer | string {
  const pieces: Buffer[] = [];
  let start: number | undefined;
  let length = 0;
  let isRepeated = false;
  for (const { number, text } of lines) {
    if (isRepetition(text)) {
      isRepeated = true;
      continue;
    }
    const read = readLine(text, form, base);
    if (read === undefined) return `line ${number} is not a line of a dump`;
    start ??= form === withColon ? read.offset : 0;
    const gap = read.offset - start - length;
    const last = pieces.at(-1);
    if (gap !== 0) {
      if (!isRepeated || last === undefined || !isWhole(gap, last.length)) {
        return `line ${number} is at offset ${read.offset}, but ${start + length} bytes come before it`;
      }
      pieces.push(Buffer.alloc(gap, last));
      length += gap;
    }
    isRepeated = false;
    pieces.push(read.bytes);
    length += read.bytes.length;
  }
  return length === 0 ? "the dump has no bytes" : Buffer.concat(pieces);
}

/** Whether a `*` may stand for `gap` bytes: whole lines, and at most 16 MiB, more than a pasted dump has. */
function isWhole(gap: number, line: number): boolean {
  return gap > 0 && line > 0 && gap % line === 0 && gap <= 16 * 1024 * 1024;
}

function readLine(text: string, form: RegExp, base: number): DumpLine | undefined {
  const [, offset = "", rest = ""] = form.exec(text) ?? [];
  if ((base === 8 && /[89a-f]/i.test(offset)) || (base === 10 && /[a-f]/i.test(offset))) return undefined;
  const bytes = form === withColon ? bytesOf(columnsOf(rest).slice(0, 1)) : bytesOf(pairsOf(rest));
  return bytes === undefined ? undefined : { offset: Number.parseInt(offset, base), bytes };
}

/** Columns of pairs: hexdump -C leaves a gap after 8 bytes, and puts the text beside them between bars. */
function pairsOf(rest: string): string[] | undefined {
  const beforeText = rest.endsWith("|") ? rest.slice(0, rest.indexOf("|")) : undefined;
  const columns = columnsOf(beforeText ?? rest);
  const isHalved = beforeText !== undefined || (columns[0]?.split(" ").length === 8 && isPairs(columns[1]));
  const wanted = columns.slice(0, isHalved ? 2 : 1);
  return wanted.every(isPairs) ? wanted : undefined;
}

function columnsOf(text: string): string[] {
  return text
    .trim()
    .split(/\s{2,}/)
    .filter((column) => column !== "");
}

function isPairs(column: string | undefined): boolean {
  return column !== undefined && /^[0-9a-fA-F]{2}(?: [0-9a-fA-F]{2})*$/.test(column);
}

function bytesOf(columns: readonly string[] | undefined): Buffer | undefined {
  const digits = columns?.join("").replace(/\s+/g, "");
  return digits !== undefined && /^(?:[0-9a-fA-F]{2})*$/.test(digits) ? Buffer.from(digits, "hex") : undefined;
}

function bad(message: string): CommandError {
  const accepted =
    "hexadecimal digits, C arrays, dumps of xxd, hexdump, od, tcpdump -x and Wireshark, and what lupine explain prints are read; " +
    "--in base64 and --in binary are other forms";
  return new CommandError("BAD_BYTES", `${message} (${accepted})`);
}
