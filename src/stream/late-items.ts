// The items of a stream whose code is loaded when the first one is asked for.

type Items = AsyncGenerator<unknown, void, undefined>;

/** Behaves as the generator that `make` resolves with, which is made once, and only if an item is asked for. */
export class LateItems implements Items {
  readonly #make: () => Promise<Items>;
  #making: Promise<Items> | undefined;
  #items: Items | undefined;
  #isOver = false;

  constructor(make: () => Promise<Items>) {
    this.#make = make;
  }

  next(): Promise<IteratorResult<unknown, void>> {
    if (this.#items !== undefined) return this.#items.next();
    if (this.#isOver) return Promise.resolve({ value: undefined, done: true });
    return this.#begun().then((items) => items.next());
  }

  async return(): Promise<IteratorResult<unknown, void>> {
    this.#isOver = true;
    const items = await this.#making?.catch(() => undefined);
    await items?.return();
    return { value: undefined, done: true };
  }

  async throw(error: unknown): Promise<IteratorResult<unknown, void>> {
    await this.return();
    throw error;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #begun(): Promise<Items> {
    this.#making ??= this.#make().then((items) => {
      this.#items = items;
      return items;
    });
    return this.#making;
  }
}
