// How many calls of one connection run, and when it is not read: back-pressure towards the caller.
import type { CallSource } from "../peer/dispatcher.js";

/** While replies to calls of our own are awaited, reading goes on: handlers may be waiting for those very replies. */
export class Flow {
  readonly #source: CallSource;
  readonly #limit: number;
  #running = 0;
  #congested = false;
  #held = false;
  #ended = false;
  #whenIdle: (() => void)[] = [];

  /** @param limit Calls that may run before the connection is not read. */
  constructor(source: CallSource, limit: number) {
    this.#source = source;
    this.#limit = limit;
  }

  /** So many run that more must be refused: reached only where reading has to go on. */
  get overloaded(): boolean {
    return this.#running >= this.#limit * 4;
  }

  /** A call will be answered later. */
  begin(): void {
    this.#running++;
    this.update();
  }

  /** It was answered. */
  end(): void {
    this.#running--;
    this.update();
    if (this.#running === 0) this.#wake();
  }

  /** The caller reads slower than we answer, or has caught up. */
  setCongested(congested: boolean): void {
    this.#congested = congested;
    this.update();
  }

  /** Resolves when no call runs any more, or nobody is left to be answered. */
  idle(): Promise<void> {
    if (this.#running === 0 || this.#ended) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** The connection has ended. */
  stop(): void {
    this.#ended = true;
    this.#wake();
  }

  /** Reads or not, as things stand. */
  update(): void {
    const hold = (this.#congested || this.#running >= this.#limit) && !this.#source.awaitsReplies;
    if (hold === this.#held || this.#ended) return;
    this.#held = hold;
    if (hold) this.#source.connection.pause();
    else this.#source.connection.resume();
  }

  #wake(): void {
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
