// Collects what one turn of the event loop wants to send, because a message between processes costs more than its contents.

export class TurnBatch<T> {
  readonly #send: (items: readonly T[]) => void;
  #items: T[] = [];

  /** `send` gets the items of a turn, in their order, when the turn ends. */
  constructor(send: (items: readonly T[]) => void) {
    this.#send = send;
  }

  add(item: T): void {
    if (this.#items.push(item) > 1) return;
    setImmediate(() => {
      const items = this.#items;
      this.#items = [];
      this.#send(items);
    });
  }
}
