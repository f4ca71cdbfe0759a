// While new connections come in, those that have just been sent much wait. Node accepts one connection in each turn of the event
// loop, so a turn must be short, or many callers that ask for much and do not read keep an honest one from being accepted.

/** While connections come in, one that waits is read in every so many turns. */
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

  /** Whether a connection that was sent much may be read again; if not, calls `proceed` when it may. */
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
