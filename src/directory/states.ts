// The states of a service as an async iterator: a slow reader gets the latest state and misses those in between.
import type { AskDirectoryOptions, DirectoryEngine, ServiceEntry, Watch } from "./engine.js";

type Entries = readonly ServiceEntry[];
type Result = IteratorResult<Entries, undefined>;

const over: Result = { done: true, value: undefined };

/** One loop over the states of a path. Ended by `return`, by `end`, and by the signal. */
export class States implements AsyncIterableIterator<Entries, undefined> {
  readonly #open: () => Promise<Watch>;
  readonly #signal: AbortSignal | undefined;
  readonly #onEnd: (states: States) => void;
  #watch: Promise<Watch> | undefined;
  /** States that were not read yet. */
  #latest: Entries | undefined;
  /** Readers that wait for a state. */
  readonly #waiting: { resolve: (result: Result) => void; reject: (error: unknown) => void }[] = [];
  #ended: Promise<void> | undefined;

  constructor(engine: DirectoryEngine, path: string, options: AskDirectoryOptions, onEnd: (states: States) => void) {
    this.#open = () => engine.watch(path, (entries) => this.#put(entries), options);
    this.#signal = options.signal;
    this.#onEnd = onEnd;
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  next(): Promise<Result> {
    if (this.#signal?.aborted) this.end();
    if (this.#ended !== undefined) return Promise.resolve(over);
    if (this.#watch === undefined) this.#begin();
    const value = this.#latest;
    this.#latest = undefined;
    if (value !== undefined) return Promise.resolve({ done: false, value });
    return new Promise((resolve, reject) => this.#waiting.push({ resolve, reject }));
  }

  async return(): Promise<Result> {
    await this.end();
    return over;
  }

  /** Resolves when the watch is closed. */
  end(): Promise<void> {
    this.#ended ??= this.#finish();
    return this.#ended;
  }

  #begin(): void {
    this.#signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#watch = this.#open();
    this.#watch.catch((error: unknown) => {
      if (this.#ended !== undefined) return;
      const waiting = this.#waiting.splice(0);
      this.end();
      for (const { reject } of waiting) reject(error);
    });
  }

  readonly #onAbort = (): void => {
    this.end();
  };

  #put(entries: Entries): void {
    if (this.#ended !== undefined) return;
    const next = this.#waiting.shift();
    if (next === undefined) this.#latest = entries;
    else next.resolve({ done: false, value: entries });
  }

  async #finish(): Promise<void> {
    this.#onEnd(this);
    this.#signal?.removeEventListener("abort", this.#onAbort);
    for (const { resolve } of this.#waiting.splice(0)) resolve(over);
    const watch = await this.#watch?.catch(() => undefined);
    await watch?.close();
  }
}
