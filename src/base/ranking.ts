// Counts by key, and a key whose count is among the largest, in constant time.

/** The keys of the highest class that are compared. */
const mostCompared = 16;

/** Counts are below 2 ** 31. */
export class Ranking {
  readonly #counts = new Map<string, number>();
  /** Keys by the bit length of their count, so that those of one class differ by less than a factor of 2. */
  readonly #classes: Set<string>[] = Array.from({ length: 32 }, () => new Set());

  get size(): number {
    return this.#counts.size;
  }

  of(key: string): number {
    return this.#counts.get(key) ?? 0;
  }

  /** A count of 0 removes the key. */
  set(key: string, count: number): void {
    const before = this.of(key);
    if (classOf(before) !== classOf(count)) {
      this.#classes[classOf(before)]?.delete(key);
      if (count > 0) this.#classes[classOf(count)]?.add(key);
    }
    if (count > 0) this.#counts.set(key, count);
    else this.#counts.delete(key);
  }

  /** The key with the largest count, or one with more than half of it if very many keys have about as much. */
  largest(): string | undefined {
    const keys = this.#classes.findLast((one) => one.size > 0) ?? [];
    let [largest, compared]: [string | undefined, number] = [undefined, 0];
    for (const key of keys) {
      if (largest === undefined || this.of(key) > this.of(largest)) largest = key;
      if (++compared === mostCompared) break;
    }
    return largest;
  }
}

function classOf(count: number): number {
  return 32 - Math.clz32(count);
}
