// A growing output buffer with a cursor. Generated code reserves a run of bytes, then stores through `view`.

import { defaultLimits, type XdrLimits } from "./limits.js";
import { copyOf, pad, unfilled } from "./memory.js";
import type { NumberedNodes, SentGraphs } from "./node-tables.js";
import { beyondBound, beyondLimit, tooDeep, wrongType } from "./refusals.js";

/** Opaques of at least this length (bytes) are sent from the caller's own buffer, if the writer allows it. */
export const spliceThreshold = 16_384;

/** Bytes that belong before `at` in the finished message but were not copied into the buffer. */
export interface Splice {
  /** An offset in the writer's buffer: the bytes come before the byte at this offset. */
  readonly at: number;
  /** The caller's own array: it must not change until the message has been sent. */
  readonly bytes: Uint8Array;
}

/** Options of a writer. */
export interface XdrWriterOptions {
  /** Bytes to start with; it grows. Default 1024. */
  readonly capacity?: number;
  /** The limits of what is encoded. Default `defaultLimits`. */
  readonly limits?: XdrLimits;
  /** True: collects opaques of `spliceThreshold` bytes or more in `splices` instead of copying them. Default false. */
  readonly splice?: boolean;
}

/**
 * Writes XDR. One writer can hold many messages, one after another.
 * @example
 * const out = new XdrWriter();
 * out.writeOpaque(Buffer.from("hi"), 255);
 * console.log(out.toBytes().length); // 8
 */
export class XdrWriter {
  /** The written bytes are `buffer[0, offset)` and the splices. Replaced when it grows: never keep a reference. */
  buffer!: Buffer;
  /** A view of the whole `buffer`. Replaced with it: read it after `reserve`. */
  view!: DataView;
  /** Where the next byte goes. */
  offset = 0;
  /** Nesting of recursive types, counted by generated code through `enter` and `leave`. */
  depth = 0;
  /** Opaques not copied, in order. Empty unless the `splice` option is set. */
  splices: Splice[] = [];
  /** All bytes in `splices`. */
  splicedBytes = 0;
  /** The graph that is being encoded, if any: the numbers of its nodes. */
  graph: NumberedNodes | undefined;
  /** Gets the graphs that are encoded, if somebody wants them. */
  sentGraphs: SentGraphs | undefined;
  /** The limits of what is encoded. */
  readonly limits: XdrLimits;
  /** Whether long opaques are spliced. */
  readonly splice: boolean;

  /** Makes an empty writer. */
  constructor(options: XdrWriterOptions = {}) {
    this.#use(Buffer.allocUnsafeSlow(Math.max(64, options.capacity ?? 1024)));
    this.limits = options.limits ?? defaultLimits;
    this.splice = options.splice ?? false;
  }

  /** Makes room for `size` bytes, moves past them, and returns their start. Their content is undefined until stored. */
  reserve(size: number): number {
    const at = this.offset;
    const end = at + size;
    if (end > this.buffer.length) this.grow(end);
    this.offset = end;
    return at;
  }

  /** A 32-bit unsigned word; the caller has checked its range. */
  writeWord(value: number): void {
    const at = this.reserve(4);
    this.view.setUint32(at, value);
  }

  /** Raw bytes without length or padding. */
  writeBytes(bytes: Uint8Array): void {
    const at = this.reserve(bytes.length);
    this.buffer.set(bytes, at);
  }

  /** Fixed-length opaque data (RFC 4506 section 4.9); the caller has checked the length. */
  writeFixedOpaque(bytes: Uint8Array): void {
    let copied = bytes;
    if (this.splice && bytes.length >= spliceThreshold) {
      // The last word is copied, so that the cursor moves and the splice belongs to the preceding message.
      const tail = (bytes.length - 1) & ~3;
      this.splices.push({ at: this.offset, bytes: bytes.subarray(0, tail) });
      this.splicedBytes += tail;
      copied = bytes.subarray(tail);
    }
    const length = copied.length;
    const at = this.reserve(length + (-length & 3));
    this.buffer.set(copied, at);
    pad(this.buffer, at, length);
  }

  /**
   * Variable-length opaque data (RFC 4506 section 4.10).
   * @throws XdrError when it is not a Uint8Array, or longer than `bound` bytes or than the limit.
   */
  writeOpaque(bytes: Uint8Array, bound: number): void {
    if (!(bytes instanceof Uint8Array)) wrongType("a Uint8Array", bytes);
    this.checkLength(bytes.length, bound);
    this.writeWord(bytes.length);
    this.writeFixedOpaque(bytes);
  }

  /**
   * The number of elements of a variable-length array.
   * @throws XdrError when it is over `bound` or the limit.
   */
  writeCount(count: number, bound: number): void {
    if (count > bound) beyondBound(count, "elements", bound);
    this.checkElements(count);
    this.writeWord(count);
  }

  /** Checks the length of an opaque or string. @throws XdrError when it is over `bound` bytes or the limit. */
  checkLength(length: number, bound: number): void {
    if (length > bound) beyondBound(length, "bytes", bound);
    if (length > this.limits.bytes) beyondLimit(length, "bytes", this.limits.bytes);
  }

  /**
   * Checks a number of array elements or list entries against `limits.elements`.
   * @throws XdrError when `count` elements or list entries are over the limit.
   */
  checkElements(count: number): void {
    if (count > this.limits.elements) beyondLimit(count, "elements", this.limits.elements);
  }

  /** Goes one recursive type deeper. Pair with `leave`. @throws XdrError past `limits.depth`. */
  enter(): void {
    if (++this.depth > this.limits.depth) tooDeep(this.limits.depth);
  }

  /** Comes back from a recursive type: see `enter`. */
  leave(): void {
    this.depth--;
  }

  /** Removes everything that was written after `offset` (for a message that could not be completed). */
  rewind(offset: number): void {
    this.offset = offset;
    this.depth = 0;
    while ((this.splices.at(-1)?.at ?? -1) >= offset) {
      this.splicedBytes -= (this.splices.pop() as Splice).bytes.length;
    }
  }

  /** Forgets everything and starts again in the same buffer. */
  reset(): void {
    this.offset = 0;
    this.depth = 0;
    if (this.splices.length > 0) this.splices = [];
    this.splicedBytes = 0;
  }

  /** Continues in another buffer from its start; the old one belongs to the caller. */
  replaceBuffer(buffer: Buffer): void {
    this.#use(buffer);
    this.reset();
  }

  /** A copy of all that was written, splices in their places. */
  toBytes(): Uint8Array {
    if (this.splices.length === 0) return copyOf(this.buffer, 0, this.offset);
    const bytes = unfilled(this.offset + this.splicedBytes);
    let from = 0;
    let to = 0;
    const append = (part: Uint8Array): void => {
      bytes.set(part, to);
      to += part.length;
    };
    for (const { at, bytes: spliced } of this.splices) {
      append(this.buffer.subarray(from, at));
      append(spliced);
      from = at;
    }
    append(this.buffer.subarray(from, this.offset));
    return bytes;
  }

  private grow(needed: number): void {
    const larger = Buffer.allocUnsafeSlow(Math.max(needed, this.buffer.length * 2));
    this.buffer.copy(larger, 0, 0, this.offset);
    this.#use(larger);
  }

  #use(buffer: Buffer): void {
    this.buffer = buffer;
    this.view = new DataView(buffer.buffer, buffer.byteOffset, buffer.byteLength);
  }
}
