// The last calls of one connection, by transaction id: one that comes again by another context of its caller has run already.

/** Twice as many as there may be between a call and its repetition by a client of Lupine. */
const most = 2_048;
const atFirst = 64;

export class RecentCalls {
  /** The transaction ids. At the limit, the next call takes the place of the oldest one. */
  #xids = new Uint32Array(atFirst);
  readonly #contexts: Context[] = [];
  /** All calls that were noted. */
  #count = 0;
  /** The context of the latest calls, and the number of calls that it made in a row. */
  #current: Context | undefined;
  #inARow = 0;

  /** Notes a call. True if it is the repetition of one by another context of the same principal. */
  isRepeated(xid: number, principal: string, context: string): boolean {
    if (this.#current?.id !== context) {
      this.#current = { id: context, principal };
      this.#inARow = 0;
    }
    // As a rule all calls are by one context.
    if (this.#inARow < this.#contexts.length && this.#isByAnother(xid >>> 0, this.#current)) return true;
    this.#note(xid, this.#current);
    return false;
  }

  #isByAnother(xid: number, { id, principal }: Context): boolean {
    for (let at = this.#xids.indexOf(xid); at >= 0; at = this.#xids.indexOf(xid, at + 1)) {
      const by = this.#contexts[at];
      if (by !== undefined && by.id !== id && by.principal === principal) return true;
    }
    return false;
  }

  #note(xid: number, context: Context): void {
    if (this.#count === this.#xids.length && this.#count < most) {
      const longer = new Uint32Array(2 * this.#count);
      longer.set(this.#xids);
      this.#xids = longer;
    }
    const at = this.#count++ % this.#xids.length;
    this.#xids[at] = xid;
    this.#contexts[at] = context;
    this.#inARow++;
  }
}

interface Context {
  readonly id: string;
  readonly principal: string;
}
