// A cursor over received bytes. All data from the peer is checked here, before anything is allocated.
import type { XdrErrorCode } from "./errors.js";
import { defaultLimits, emptyElementWeight, type XdrLimits } from "./limits.js";
import { copyOf, viewOf } from "./memory.js";
import { beyondBound, beyondLimit, refuse, tooDeep } from "./refusals.js";

/** Up to this length, a loop copies faster than the engine. */
const shortest = 11;
/** Below this length, the engine copies faster into memory that it has filled with zeros. */
const longest = 4096;

/** A fault that a lenient reader accepted. */
export type Forgiven = "padding" | "bool" | "trailing bytes" | "text";

/** Options of an XdrReader. */
export interface XdrReaderOptions {
  /** The limits of one decode. Default `defaultLimits`. */
  readonly limits?: XdrLimits | undefined;
  /**
   * Accepts non-zero padding, booleans other than 0 and 1, malformed UTF-8 (U+FFFD takes its place) and trailing bytes,
   * and reports each fault with its offset. It must not throw. Default: each of these is an XdrError.
   */
  readonly lenient?: ((what: Forgiven, offset: number) => void) | undefined;
}

/**
 * Reads XDR. One reader can be used for many messages with `reset`.
 * @example
 * const from = new XdrReader(new Uint8Array([0, 0, 0, 7]));
 * console.log(from.readWord(), from.left); // 7 0
 * from.finish();
 */
export class XdrReader {
  /** The bytes. They may be overwritten after the decode, so types copy or borrow (below) what they keep. */
  buffer!: Uint8Array;
  /** The memory of borrowed views: `buffer`, or the message of which `buffer` has a copy. */
  lender!: Uint8Array;
  /** A view of the whole `buffer`. */
  view!: DataView;
  /** The next byte to read. */
  offset = 0;
  /** One past the last byte of the message. */
  end = 0;
  /** The nesting of recursive types at the moment, counted by `enter` and `leave`. */
  depth = 0;
  /** Array elements, list entries and values of recursive types that this decode may still make. */
  elementsLeft!: number;
  /** The buffer belongs only to this message and is never written again, so long opaques need no copy. */
  owned = false;
  /** The limits of one decode. */
  readonly limits: XdrLimits;
  /** Receives the faults that are accepted. Undefined: each fault is an XdrError. */
  readonly lenient: ((what: Forgiven, offset: number) => void) | undefined;
  // A view of the whole `buffer` that is no Buffer: slices of a Buffer are not copies.
  #plain: Uint8Array | undefined;

  /** Starts at the first of `bytes`, and ends at the last. Default: no bytes, until `reset`. */
  constructor(bytes?: Uint8Array, options: XdrReaderOptions = {}) {
    this.limits = options.limits ?? defaultLimits;
    this.lenient = options.lenient;
    this.reset(bytes);
  }

  /** Starts on another message: `bytes[start, end)`; default: no bytes. Cheap when `bytes` is the same array as before. */
  reset(bytes: Uint8Array = emptyBytes, start = 0, end = bytes.length, owned = false): void {
    if (bytes !== this.buffer) {
      this.buffer = bytes;
      this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      this.#plain = undefined;
    }
    this.lender = bytes;
    this.offset = start;
    this.end = end;
    this.depth = 0;
    this.elementsLeft = this.limits.elements;
    this.owned = owned;
  }

  /** Bytes not yet read. */
  get left(): number {
    return this.end - this.offset;
  }

  /** Skips `size` bytes and returns their start. @throws XdrError if fewer are left. */
  take(size: number): number {
    const at = this.offset;
    if (size > this.end - at) this.#tooShort(size);
    this.offset = at + size;
    return at;
  }

  /** A 32-bit unsigned word. */
  readWord(): number {
    return this.view.getUint32(this.take(4));
  }

  /** A bool (RFC 4506 section 4.4): 0 or 1. */
  readBool(): boolean {
    const word = this.readWord();
    if (word > 1) this.forgiveBool(word, this.offset - 4);
    return word !== 0;
  }

  /** The value of a bool `word` at `at` that is neither 0 nor 1. @throws XdrError unless lenient. */
  forgiveBool(word: number, at: number): void {
    this.#forgive("bool", at, "XDR_OUT_OF_RANGE", `${word} is not a bool (0 or 1)`);
  }

  /** Reads the length of an opaque or string, and checks it against the bound, the limit, and the remaining bytes. */
  readLength(bound: number): number {
    const length = this.readWord();
    if (length > bound) beyondBound(length, "bytes", bound, this.offset - 4);
    if (length > this.limits.bytes) beyondLimit(length, "bytes", this.limits.bytes, this.offset - 4);
    return length;
  }

  /**
   * Reads the count of an array whose elements take at least `leastSize` bytes each (0 is possible), and checks it
   * against the bound, the remaining bytes and the limit. So the memory that it determines is backed by received bytes.
   */
  readCount(bound: number, leastSize: number): number {
    const count = this.readWord();
    if (count > bound) beyondBound(count, "elements", bound, this.offset - 4);
    this.expectElements(count, leastSize);
    return count;
  }

  /**
   * Checks that `count` elements of at least `leastSize` bytes each can be in the remaining bytes, before anything is
   * allocated for them, and counts them against `limits.elements`.
   */
  expectElements(count: number, leastSize: number): void {
    if (count * leastSize > this.left) {
      refuse("XDR_TOO_SHORT", `${count} elements announced, but only ${bytes(this.left)} left`, this.offset);
    }
    // Elements without bytes are not bounded by the input, so each counts as several.
    this.countElements(leastSize === 0 ? count * emptyElementWeight : count);
  }

  /** Counts `count` elements against the limit of this decode. */
  countElements(count: number): void {
    this.elementsLeft -= count;
    if (this.elementsLeft < 0) {
      refuse("XDR_LIMIT", `more than ${this.limits.elements} elements (limits.elements)`, this.offset);
    }
  }

  /** Fixed-length opaque data: a copy, or a view of the buffer if the message is owned and the view is most of it. */
  readFixedOpaque(length: number): Uint8Array<ArrayBuffer> {
    const at = this.takePadded(length);
    if (length > shortest && length < longest) {
      this.#plain ??= viewOf(this.buffer, 0, this.buffer.length);
      return this.#plain.slice(at, at + length);
    }
    // A view keeps the whole buffer alive, so it is used only if the buffer is at most twice as long.
    const isView = this.owned && length * 2 >= this.buffer.length;
    return (isView ? viewOf : copyOf)(this.buffer, at, length) as Uint8Array<ArrayBuffer>; // An owned message came from a socket.
  }

  /** Variable-length opaque data, see `readFixedOpaque`. */
  readOpaque(bound: number): Uint8Array<ArrayBuffer> {
    return this.readFixedOpaque(this.readLength(bound));
  }

  /** A view of fixed-length opaque data, valid only until the receive call returns. */
  borrowFixedOpaque(length: number): Uint8Array {
    return viewOf(this.lender, this.takePadded(length), length);
  }

  /** A view of variable-length opaque data, valid only until the receive call returns. */
  borrowOpaque(bound: number): Uint8Array {
    return this.borrowFixedOpaque(this.readLength(bound));
  }

  /** `length` bytes and their zero padding. */
  takePadded(length: number): number {
    const at = this.offset;
    const padded = at + length + (-length & 3);
    if (padded > this.end) this.#tooShort(padded - at);
    for (let i = at + length; i < padded; i++) {
      if (this.buffer[i] !== 0) this.#badPadding(i);
    }
    this.offset = padded;
    return at;
  }

  /**
   * Goes one recursive type deeper. Pair with `leave`. Values of recursive types count as elements: a tree of any size need not be deep.
   * @throws XdrError past `limits.depth` or `limits.elements`.
   */
  enter(): void {
    if (++this.depth > this.limits.depth) tooDeep(this.limits.depth, this.offset);
    this.countElements(1);
  }

  /** Comes back from a recursive type: see `enter`. */
  leave(): void {
    this.depth--;
  }

  /** Checks that every byte of the message was read. @throws XdrError unless every byte was read. */
  finish(): void {
    if (this.offset === this.end) return;
    this.#forgive("trailing bytes", this.offset, "XDR_TRAILING_BYTES", `${bytes(this.left)} left over`);
  }

  #tooShort(size: number): never {
    refuse("XDR_TOO_SHORT", `${bytes(size)} needed, but only ${this.left} left`, this.offset);
  }

  #badPadding(at: number): void {
    this.#forgive("padding", at, "XDR_BAD_PADDING", `padding byte ${this.buffer[at]} is not zero`);
  }

  #forgive(what: Forgiven, at: number, code: XdrErrorCode, rule: string): void {
    if (this.lenient === undefined) refuse(code, rule, at);
    this.lenient(what, at);
  }
}

const emptyBytes = new Uint8Array(0);

function bytes(count: number): string {
  return count === 1 ? "1 byte" : `${count} bytes`;
}
