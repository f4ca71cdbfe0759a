// Memory for the outcomes of a reply cache: blocks of large arrays, of which an outcome takes as many as it needs. Nothing
// is allocated for an outcome, so that remembering one costs no garbage collection.
import { copyOf, unfilled } from "../xdr/memory.js";

const blockSize = 64;
/** The blocks of one array, as a power of two. When all are taken, another array is added, and nothing is copied. */
const arrayBits = 10;
const arrayBlocks = 1 << arrayBits;
/** Longer outcomes have arrays of their own: from here on copying them block by block takes longer. */
const mostInBlocks = 1024;

export class OutcomeBlocks {
  readonly #arrays: Uint8Array[] = [];
  /** The next block of the same outcome, or the next free block; 0 at the end. */
  #next = new Int32Array(arrayBlocks);
  #free = 0;
  #used = 1;
  readonly #long = new Map<number, Uint8Array>();

  /** Keeps a copy of `from[start, end)`. @returns its first block. */
  add(from: Uint8Array, start: number, end: number): number {
    const first = this.#take();
    if (end - start > mostInBlocks) {
      this.#long.set(first, copyOf(from, start, end - start));
      return first;
    }
    let block = first;
    for (let at = start; ; ) {
      const stop = Math.min(at + blockSize, end);
      const bytes = this.#arrayOf(block);
      for (let to = placeOf(block); at < stop; ) bytes[to++] = from[at++] as number;
      if (at === end) return first;
      const next = this.#take();
      this.#next[block] = next;
      block = next;
    }
  }

  /** A copy of the `length` bytes that start at block `first`. */
  read(first: number, length: number): Uint8Array {
    const outcome = this.#long.get(first);
    if (outcome !== undefined) return outcome;
    const copy = new Uint8Array(length);
    for (let at = 0, block = first; at < length; at += blockSize, block = this.#next[block] as number) {
      const start = placeOf(block);
      copy.set(this.#arrayOf(block).subarray(start, start + Math.min(blockSize, length - at)), at);
    }
    return copy;
  }

  /** The bytes of all blocks, free ones included. */
  get allocated(): number {
    return this.#arrays.length * arrayBlocks * blockSize;
  }

  remove(first: number): void {
    if (this.#long.size > 0) this.#long.delete(first);
    let last = first;
    for (let next = this.#next[last] as number; next !== 0; next = this.#next[last] as number) last = next;
    this.#next[last] = this.#free;
    this.#free = first;
  }

  #arrayOf(block: number): Uint8Array {
    return this.#arrays[block >> arrayBits] as Uint8Array;
  }

  #take(): number {
    const block = this.#free === 0 ? this.#used++ : this.#free;
    if (block >> arrayBits >= this.#arrays.length) this.#grow();
    this.#free = this.#free === 0 ? 0 : (this.#next[block] as number);
    this.#next[block] = 0;
    return block;
  }

  #grow(): void {
    this.#arrays.push(unfilled(arrayBlocks * blockSize));
    const most = this.#arrays.length * arrayBlocks;
    if (most <= this.#next.length) return;
    const next = new Int32Array(this.#next.length * 2);
    next.set(this.#next);
    this.#next = next;
  }
}

/** Where a block starts in its array. */
function placeOf(block: number): number {
  return (block & (arrayBlocks - 1)) * blockSize;
}
