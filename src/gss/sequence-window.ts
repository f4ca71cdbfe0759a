// The sequence numbers that a server has seen of one context (RFC 2203 section 5.3.3.1).

/** Remembers the last `size` numbers up to the highest one. */
export class SequenceWindow {
  readonly size: number;
  /** Bit `number % size` is set if the number was seen. */
  readonly #seen: Uint32Array;
  #highest = 0;

  /** `size` must be a multiple of 32. */
  constructor(size: number) {
    this.size = size;
    this.#seen = new Uint32Array(size / 32);
  }

  /** Takes a number, once. False: it was seen before, or is too old to tell. */
  take(number: number): boolean {
    if (number > this.#highest) this.#advance(number);
    else if (number <= this.#highest - this.size || this.#has(number)) return false;
    const at = number % this.size;
    this.#seen[at >>> 5] = (this.#seen[at >>> 5] as number) | (1 << (at & 31));
    return true;
  }

  #has(number: number): boolean {
    const at = number % this.size;
    return (((this.#seen[at >>> 5] as number) >>> (at & 31)) & 1) === 1;
  }

  // The places of the numbers between had those of numbers that are too old now.
  #advance(to: number): void {
    if (to - this.#highest >= this.size) this.#seen.fill(0);
    else for (let number = this.#highest + 1; number <= to; number++) this.#forget(number % this.size);
    this.#highest = to;
  }

  #forget(at: number): void {
    this.#seen[at >>> 5] = (this.#seen[at >>> 5] as number) & ~(1 << (at & 31));
  }
}
