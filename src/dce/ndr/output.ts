// NDR bytes, added at the end: aligned numbers and texts, with the path that errors report. The counterpart of input.ts.
import { type Uuid, writeUuid } from "../uuid.js";
import { NdrError, type NdrErrorCode } from "./errors.js";
import { primitiveSizes } from "./layout.js";
import { putPrimitive } from "./primitives.js";
import { Scratch } from "./scratch.js";
import { Trail } from "./trail.js";
import type { NdrPrimitiveName } from "./types.js";

export interface OutputOptions {
  readonly little: boolean;
  /** The most bytes. */
  readonly limit: number;
  /** The option that sets the limit, for messages. */
  readonly limitName?: string;
  readonly scratch?: Scratch;
}

export class NdrOutput {
  readonly trail = new Trail();
  #bytes: Uint8Array<ArrayBuffer>;
  #view: DataView;
  #length = 0;
  readonly #little: boolean;
  readonly #limit: number;
  readonly #limitName: string | undefined;
  readonly #scratch: Scratch;

  constructor({ little, limit, limitName, scratch = new Scratch() }: OutputOptions) {
    this.#little = little;
    this.#limit = limit;
    this.#limitName = limitName;
    this.#scratch = scratch;
    this.#bytes = scratch.take();
    this.#view = new DataView(this.#bytes.buffer);
  }

  /** The bytes. Nothing can be added to them. */
  finish(): Uint8Array<ArrayBuffer> {
    const encoded = this.#bytes.slice(0, this.#length);
    this.#scratch.give(this.#bytes, this.#length);
    return encoded;
  }

  primitive(kind: NdrPrimitiveName, value: unknown): void {
    const size = primitiveSizes[kind];
    this.align(size);
    // It may replace the view.
    const at = this.#reserve(size);
    const wrong = putPrimitive(this.#view, at, kind, value, this.#little);
    if (wrong !== undefined) this.fail(...wrong);
  }

  uint32(value: number): void {
    this.align(4);
    const at = this.#reserve(4);
    this.#view.setUint32(at, value, this.#little);
  }

  /** 16 bytes. */
  uuid(uuid: Uuid): void {
    const at = this.#reserve(16);
    writeUuid(this.#view, at, uuid, this.#little);
  }

  bytes(bytes: Uint8Array): void {
    const at = this.#reserve(bytes.length);
    this.#bytes.set(bytes, at);
  }

  /** The code units of a text, one or two bytes each, and a NUL. */
  text(units: Uint8Array | Uint16Array): void {
    const { length, BYTES_PER_ELEMENT: width } = units;
    const at = this.#reserve((length + 1) * width);
    for (let i = 0; i < length; i++) {
      if (width === 1) this.#bytes[at + i] = units[i] as number;
      else this.#view.setUint16(at + 2 * i, units[i] as number, this.#little);
    }
  }

  align(boundary: number): void {
    const gap = -this.#length & (boundary - 1);
    if (gap > 0) this.#reserve(gap);
  }

  /** Appends zero bytes. @returns their offset. */
  #reserve(size: number): number {
    const at = this.#length;
    const end = at + size;
    if (end > this.#limit) {
      const name = this.#limitName === undefined ? "" : ` (${this.#limitName})`;
      this.fail("NDR_LIMIT", `more than ${this.#limit} bytes${name}`);
    }
    if (end > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.#bytes.length));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = new DataView(grown.buffer);
    }
    this.#length = end;
    return at;
  }

  fail(code: NdrErrorCode, rule: string): never {
    throw new NdrError(code, rule, this.trail.path());
  }
}
