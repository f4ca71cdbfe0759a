// The text of a journal: a JSON array a line. Each line ends with its number and a CRC-32, so that a changed, missing or
// repeated line is noticed. The second line, the seal, has the number of acknowledged lines and a checksum of the first.
// Files of earlier versions have no numbers, and the oldest ones no seal.

import { createHash } from "node:crypto";
import { crc32 } from "node:zlib";

/** A line after the seal. */
export interface Row {
  /** Its place in the file, from 1. */
  readonly at: number;
  /** Undefined: it cannot be read, or was changed. */
  readonly line: readonly unknown[] | undefined;
}

/** The contents of a file, and its faults. */
export interface JournalText {
  /** The first line; undefined if it is not a JSON array. */
  readonly head: readonly unknown[] | undefined;
  readonly rows: readonly Row[];
  /** The number that the last line has, or had before it was changed. */
  readonly last: number;
  /** The place of the seal's count in the file; -1 if the file has no seal. */
  readonly sealAt: number;
  /** Sentences about what is missing or was changed, apart from rows without a line. */
  readonly faults: readonly string[];
}

/** Line `number` of a journal; the first line has number 0. */
export function lineText(line: readonly unknown[], number: number): string {
  const text = JSON.stringify(line);
  return `${text} ${number} ${checkOf(text, number)}\n`;
}

/** The seal that follows the first line. Its count always has the same length, because it is overwritten in place. */
export function sealText(head: string): string {
  return `${JSON.stringify(["=", countText(0), digestOf(head)])}\n`;
}

/** The place of the seal's count in a file that begins with `head`, a line without its end. */
export function sealPlace(head: string): number {
  return Buffer.byteLength(`${head}\n["=","`);
}

export function countText(count: number): string {
  return String(count).padStart(12, "0");
}

/** Reads what can be read. Never throws. */
export function readJournal(text: string): JournalText {
  const [first = "", ...rest] = text.split("\n");
  const head = parse(first);
  // The last line is cut short when the writer was killed in the middle of it: it was not acknowledged.
  const isEnded = rest.at(-1) === "";
  if (isEnded) rest.pop();
  const seal = sealIn(rest[0]);
  if (seal !== undefined) rest.shift();
  const firstAt = seal === undefined ? 2 : 3;
  const lines = rest.map((line, i) => ({ at: firstAt + i, ...parse(line) }));
  // A single line without a number among those with one was put there by somebody else.
  const isNumbered = [head, ...lines].some(({ number }) => number !== undefined);
  if (!isEnded && !isValid(lines.at(-1), isNumbered)) lines.pop();
  const { rows, last, faults } = isNumbered ? checkNumbers(lines) : withoutNumbers(lines);
  const isChanged = head.isChanged || (seal !== undefined && seal.digest !== digestOf(first));
  if (isChanged) faults.unshift("its first line was changed");
  // A new file is complete before it gets its name, so it never ends before the end of the seal.
  if (seal === undefined && rows.length === 0) faults.unshift("it ends within its first lines");
  const missing = (seal?.count ?? 0) - last;
  if (missing > 0) faults.push(`its last ${missing} of ${seal?.count} lines are missing`);
  return { head: head.line, rows, last, sealAt: seal === undefined ? -1 : sealPlace(first), faults };
}

interface Parsed {
  readonly line: readonly unknown[] | undefined;
  /** Undefined in files without numbers. */
  readonly number?: number;
  /** It is readable, but its CRC does not fit. */
  readonly isChanged?: boolean;
}

function isValid(parsed: Parsed | undefined, isNumbered: boolean): boolean {
  return parsed?.line !== undefined && !parsed.isChanged && (parsed.number !== undefined || !isNumbered);
}

type Checked = Pick<JournalText, "rows" | "last"> & { readonly faults: string[] };

function withoutNumbers(lines: readonly (Parsed & Row)[]): Checked {
  return { rows: lines, last: lines.length, faults: [] };
}

function checkNumbers(lines: readonly (Parsed & Row)[]): Checked {
  const faults: string[] = [];
  let [last, unread] = [0, 0];
  const rows = lines.map((one) => {
    const { at, line, number = 0 } = one;
    if (!isValid(one, true) || number <= last) {
      unread++;
      return { at, line: undefined };
    }
    const missing = number - last - 1 - unread;
    if (missing > 0) faults.push(`${missing === 1 ? "1 line is" : `${missing} lines are`} missing before line ${at}`);
    [last, unread] = [number, 0];
    return { at, line };
  });
  return { rows, last: last + unread, faults };
}

function sealIn(line = ""): { readonly count: number; readonly digest: string } | undefined {
  const [, count, digest] = /^\["=","(\d{12})","([0-9a-f]{16})"\]$/.exec(line) ?? [];
  return digest === undefined ? undefined : { count: Number(count), digest };
}

function parse(text: string): Parsed {
  const [, json = text, number, check] = /^(.*) (\d{1,15}) ([0-9a-f]{8})$/.exec(text) ?? [];
  try {
    const line: unknown = JSON.parse(json);
    if (!Array.isArray(line)) return { line: undefined };
    if (number === undefined) return { line };
    return { line, number: Number(number), isChanged: checkOf(json, Number(number)) !== check };
  } catch {
    return { line: undefined };
  }
}

function checkOf(json: string, number: number): string {
  return crc32(`${json} ${number}`).toString(16).padStart(8, "0");
}

function digestOf(head: string): string {
  return createHash("sha256").update(head).digest("hex").slice(0, 16);
}
