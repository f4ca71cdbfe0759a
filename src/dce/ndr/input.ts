// NDR bytes, read from the front: aligned numbers and texts, with the position that errors report. Nothing is read or made that the
// bytes do not have.
import { readUuid, type Uuid } from "../uuid.js";
import { NdrError, type NdrErrorCode } from "./errors.js";
import { primitiveSizes } from "./layout.js";
import { type Memory, mostDecoded } from "./memory.js";
import { getPrimitive } from "./primitives.js";
import { Trail } from "./trail.js";
import type { NdrPrimitiveName } from "./types.js";

export class NdrInput {
  offset = 0;
  readonly trail = new Trail();
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #little: boolean;
  readonly #memory: Memory;
  readonly #strict: boolean;

  /** `strict`: malformed text is refused. Otherwise U+FFFD takes its place. */
  constructor(bytes: Uint8Array, little: boolean, memory: Memory, strict: boolean) {
    this.#strict = strict;
    // A Buffer would return Buffers that keep all of its memory.
    this.#bytes = Buffer.isBuffer(bytes) ? new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength) : bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#little = little;
    this.#memory = memory;
  }

  /** Bytes that were not read. */
  get left(): number {
    return this.#bytes.length - this.offset;
  }

  primitive(kind: NdrPrimitiveName): unknown {
    const size = primitiveSizes[kind];
    this.align(size);
    return getPrimitive(this.#view, this.#take(size), kind, this.#little);
  }

  uint32(): number {
    this.align(4);
    return this.#view.getUint32(this.#take(4), this.#little);
  }

  /** 16 bytes. */
  uuid(): Uuid {
    return readUuid(this.#view, this.#take(16), this.#little);
  }

  /** A copy. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length);
    return this.#bytes.slice(at, at + length);
  }

  /** Text of so many bytes. */
  narrowText(length: number): string {
    return this.#text(length, "utf-8", "UTF-8");
  }

  /** Text of so many code units. */
  wideText(length: number): string {
    return this.#text(2 * length, this.#little ? "utf-16le" : "utf-16be", "UTF-16");
  }

  #text(length: number, encoding: string, name: string): string {
    const at = this.#take(length);
    try {
      return new TextDecoder(encoding, { fatal: this.#strict, ignoreBOM: true }).decode(
        this.#bytes.subarray(at, at + length),
      );
    } catch {
      this.fail("NDR_BAD_TEXT", `the string is not ${name}`);
    }
  }

  align(boundary: number): void {
    const gap = -this.offset & (boundary - 1);
    if (gap > 0) this.#take(gap);
  }

  /** Counts memory that values take. */
  weigh(bytes: number): void {
    this.#memory.left -= bytes;
    if (this.#memory.left < 0) this.fail("NDR_LIMIT", `the values take more than ${mostDecoded} bytes of memory`);
  }

  /** @throws NdrError unless `count` values of at least `least` bytes each can be in the remaining bytes. */
  mustFit(count: number, least: number): void {
    if (count * least > this.left) this.#tooShort(count * least);
  }

  #take(size: number): number {
    const at = this.offset;
    if (size > this.#bytes.length - at) this.#tooShort(size);
    this.offset = at + size;
    return at;
  }

  #tooShort(needed: number): never {
    this.fail("NDR_TOO_SHORT", `${needed} bytes are needed, ${this.left} are left`);
  }

  fail(code: NdrErrorCode, rule: string): never {
    throw new NdrError(code, rule, this.trail.path(), this.offset);
  }
}
