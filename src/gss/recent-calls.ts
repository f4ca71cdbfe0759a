// The last calls of one connection, by transaction id: one that comes again by another context of its caller has run already.

/** Twice as many as there may be between a call and its repetition by a client of Lupine. */
const most = 2_048;

export class RecentCalls {
  /** The context of each call, the oldest first. */
  readonly #contexts = new Map<number, Context>();
  /** That of the last call: calls in a row share one object. */
  #last: Context | undefined;

  /** Notes a call. True if it is the repetition of one by another context of the same principal. */
  isRepeated(xid: number, principal: string, context: string): boolean {
    const before = this.#contexts.get(xid);
    if (before !== undefined && before.principal === principal && before.id !== context) return true;
    if (this.#last?.id !== context) this.#last = { id: context, principal };
    this.#contexts.delete(xid);
    this.#contexts.set(xid, this.#last);
    if (this.#contexts.size > most) this.#contexts.delete(this.#contexts.keys().next().value as number);
    return false;
  }
}

interface Context {
  readonly id: string;
  readonly principal: string;
}
