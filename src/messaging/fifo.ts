// A list that is added to at its end and read from its start, both in constant time on average.

/** Fewer unused places are left alone. */
const smallest = 32;

/** First in, first out. Items that `isGone` are skipped, and dropped when they are more than half of the list. */
export class Fifo<T> {
  #items: T[] = [];
  #start = 0;
  #gone = 0;
  readonly #isGone: (item: T) => boolean;

  constructor(isGone: (item: T) => boolean = () => false) {
    this.#isGone = isGone;
  }

  /** The number of items in the list, without those that `isGone`. */
  get size(): number {
    return this.#items.length - this.#start - this.#gone;
  }

  push(item: T): void {
    this.#items.push(item);
  }

  /** The first item that is not gone. */
  peek(): T | undefined {
    for (; this.#start < this.#items.length; this.#start++, this.#gone--) {
      const item = this.#items[this.#start] as T;
      if (!this.#isGone(item)) return item;
    }
    this.#compact();
    return undefined;
  }

  shift(): T | undefined {
    const item = this.peek();
    if (item === undefined) return undefined;
    this.#start++;
    this.#compact();
    return item;
  }

  /** Must be called when an item of the list becomes one that `isGone`. */
  drop(): void {
    this.#gone++;
    this.#compact();
  }

  #compact(): void {
    const unused = this.#start + this.#gone;
    if (unused < smallest || unused * 2 <= this.#items.length) return;
    this.#items = this.#items.slice(this.#start).filter((item) => !this.#isGone(item));
    this.#start = 0;
    this.#gone = 0;
  }
}
