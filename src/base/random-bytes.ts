// Random bytes and names that cannot be guessed. Apart from random.ts, because small clients need none.
import { crypto } from "./random.js";

/** Returns random bytes that cannot be guessed. `length` is in bytes. */
export function randomBytes(length: number): Uint8Array {
  return new Uint8Array(crypto().randomBytes(length));
}

/** Random bytes, a block at a time. Taken from the system in bulk, because asking it for each block takes longer than a call. */
export class RandomBlocks {
  readonly #length: number;
  #bytes = new Uint8Array(0);
  #taken = 0;

  /** `length`: of one block, in bytes. */
  constructor(length: number) {
    this.#length = length;
  }

  next(): Uint8Array<ArrayBuffer> {
    if (this.#taken === this.#bytes.length) {
      this.#bytes = crypto().randomBytes(64 * this.#length);
      this.#taken = 0;
    }
    const block = new Uint8Array(this.#length);
    block.set(this.#bytes.subarray(this.#taken, this.#taken + this.#length));
    this.#taken += this.#length;
    return block;
  }
}

/** A name that no other process has or will have: `2 * bytes` hexadecimal digits. Default 16 bytes. */
export function randomName(bytes = 16): string {
  return crypto().randomBytes(bytes).toString("hex");
}
