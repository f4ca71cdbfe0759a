// Explained messages as lines of a table: offset, bytes, name, meaning. Record marks appear at their original places.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { printable } from "../base/quote.js";
import type { Group } from "./cursor.js";
import type { Fragment, FramedMessage } from "./framing.js";

/** A group with its bytes and its position in the input. */
export interface PlacedGroup extends Group {
  /** The bytes of the group. */
  readonly bytes: Uint8Array;
}

/** Options of `formatGroups`. */
export interface TableOptions {
  /** Lines of bytes for one group; the rest is counted. Default 4. */
  readonly mostLines?: number;
}

const tableOptions: OptionTable<TableOptions> = { mostLines: "count" };

const bytesPerLine = 8;

/**
 * Returns the groups of a message together with its record marks. Offsets are those of the input.
 * @example
 * const [message] = splitRecords(new Uint8Array([0x80, 0, 0, 4, 1, 2, 3, 4]));
 * if (message !== undefined) {
 *   const { groups } = new Explainer().explain(message.bytes);
 *   console.log(placeGroups(message, groups).map(({ name, offset }) => `${name} ${offset}`)); // [ 'record mark 0', 'xid 4' ]
 * }
 */
export function placeGroups(message: FramedMessage, groups: readonly Group[]): PlacedGroup[] {
  const { fragments, bytes, offset } = message;
  const placed: PlacedGroup[] = [];
  if (fragments.length === 0) {
    return groups.map((group) => ({
      ...group,
      offset: offset + group.offset,
      bytes: bytes.subarray(group.offset, group.offset + group.length),
    }));
  }
  const walk = new FragmentWalk(fragments, placed);
  for (const group of groups) walk.place(group, bytes);
  walk.finish();
  return placed;
}

/**
 * Returns the offset in the input of a byte of the message.
 * @example
 * const [message] = splitRecords(new Uint8Array([0x80, 0, 0, 4, 1, 2, 3, 4]));
 * if (message !== undefined) console.log(inputOffset(message, 2)); // 6
 */
export function inputOffset({ fragments, offset }: FramedMessage, at: number): number {
  if (fragments.length === 0) return offset + at;
  let before = 0;
  for (const fragment of fragments) {
    if (at < before + fragment.length || fragment === fragments.at(-1)) return fragment.offset + 4 + at - before;
    before += fragment.length;
  }
  return offset + at;
}

/** Follows the fragments of a record in parallel with the message that they contain. */
class FragmentWalk {
  readonly #fragments: readonly Fragment[];
  readonly #placed: PlacedGroup[];
  #next = 0;
  /** Remaining bytes of the fragment, and the position of the next one in the input. */
  #left = 0;
  #at = 0;

  constructor(fragments: readonly Fragment[], placed: PlacedGroup[]) {
    this.#fragments = fragments;
    this.#placed = placed;
  }

  place(group: Group, bytes: Uint8Array): void {
    let done = 0;
    do {
      while (this.#left === 0 && this.#next < this.#fragments.length) this.#mark();
      const length = Math.min(this.#left, group.length - done);
      const from = group.offset + done;
      const text = done === 0 ? group.text : "(continued)";
      const piece = bytes.subarray(from, from + length);
      this.#placed.push({ offset: this.#at, length, name: group.name, text, bytes: piece });
      if (length === 0) return;
      this.#at += length;
      this.#left -= length;
      done += length;
    } while (done < group.length);
  }

  /** Marks after the last group: of fragments that are empty or missing in the input. */
  finish(): void {
    while (this.#next < this.#fragments.length) this.#mark();
  }

  #mark(): void {
    const fragment = this.#fragments[this.#next++] as Fragment;
    const { offset, length, last } = fragment;
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(((last ? 0x8000_0000 : 0) | length) >>> 0);
    const text = `${last ? "last fragment" : "fragment, more follow"}, ${length} bytes`;
    this.#placed.push({ offset, length: 4, name: "record mark", text, bytes });
    this.#at = offset + 4;
    this.#left = length;
  }
}

/**
 * Formats groups as lines of a table: ` 0 80 00 00 30 record mark last fragment, 48 bytes`.
 * @example
 * const [message] = splitRecords(new Uint8Array([0x80, 0, 0, 4, 1, 2, 3, 4]));
 * if (message !== undefined) {
 *   const { groups } = new Explainer().explain(message.bytes);
 *   const [mark] = formatGroups(placeGroups(message, groups));
 *   console.log(mark?.includes("80 00 00 04"), mark?.includes("record mark")); // true true
 * }
 */
export function formatGroups(groups: readonly PlacedGroup[], options: TableOptions = {}): string[] {
  checkOptions(tableOptions, options);
  const { mostLines = 4 } = options;
  return groups.flatMap((group) => linesOf(group, mostLines));
}

function linesOf({ offset, bytes, name, text }: PlacedGroup, mostLines: number): string[] {
  const lines: string[] = [];
  const shown = Math.min(bytes.length, mostLines * bytesPerLine);
  for (let at = 0; at < shown || at === 0; at += bytesPerLine) {
    const row = `${String(offset + at).padStart(4)}  ${hex(bytes.subarray(at, Math.min(shown, at + bytesPerLine)))}`;
    lines.push(at === 0 ? `${row.padEnd(31)}${name.padEnd(14)} ${text}`.trimEnd() : row);
  }
  if (bytes.length > shown) lines.push(`      … ${bytes.length - shown} more bytes`);
  return lines.map((line) => printable(line));
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
