// Delays connections that were just sent large replies while new connections arrive. Node accepts one connection in
// each turn of the event loop, so turns must be short; otherwise many callers that request large replies and do not
// read them would keep an honest caller from being accepted.

/** While connections arrive, a delayed connection is read once in this many turns. */
export const mostSkipped = 8;
/** After this many turns without a new connection, the rush counts as over: replies leave at the end of a turn, or in the next. */
const quietTurns = 2;

/** One server's turns of the event loop. */
export class Turns {
  readonly #later: (next: () => void) => void;
  readonly #waiting = new Set<() => void>();
  #isScheduled = false;
  /** Turns since a connection was accepted. */
  #quiet = quietTurns;
  #skipped = 0;

  /** `later` calls its argument in the next turn. */
  constructor(later: (next: () => void) => void = setImmediate) {
    this.#later = later;
  }

  /** A connection was accepted. */
  opened(): void {
    this.#quiet = 0;
    this.#schedule();
  }

  /** Whether a connection that was just sent large replies may be read again. If not, calls `proceed` when it may. */
  mayGoOn(proceed: () => void): boolean {
    if (this.#quiet >= quietTurns) return true;
    this.#waiting.add(proceed);
    return false;
  }

  /** The connection of `proceed` has ended. */
  forget(proceed: () => void): void {
    this.#waiting.delete(proceed);
  }

  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#later(() => this.#next());
  }

  #next(): void {
    this.#isScheduled = false;
    const isBusy = this.#quiet < quietTurns;
    this.#quiet++;
    if (!isBusy || ++this.#skipped >= mostSkipped) this.#release();
    if (isBusy || this.#waiting.size > 0) this.#schedule();
  }

  #release(): void {
    this.#skipped = 0;
    const [proceed] = this.#waiting;
    if (proceed === undefined) return;
    this.#waiting.delete(proceed);
    proceed();
  }
}
