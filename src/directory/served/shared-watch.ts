// One watch of a path for all its listeners: one long poll after another. While the directory cannot be reached, the
// last known servers remain valid.
import { backoffDelay } from "../../base/backoff.js";
import { longestTimer, type Timer } from "../../base/clock.js";
import { waitFor } from "../../base/wait.js";
import type { dir_revision } from "../directory.gen.js";
import type { ServiceEntry, ServicesListener, Watch } from "../engine.js";
import { DirectoryError } from "../errors.js";
import type { Asking, AskOptions, Services } from "./asking.js";
import { cancelled } from "./explain.js";
import { retryBackoff } from "./kept-lease.js";
import { Pause } from "./pause.js";

/** Milliseconds of one long poll, and by how much its answer may be late. */
const pollTime = 10_000;
const pollSlack = 5_000;

/** Milliseconds before the next question to a directory that answers at once without news. */
const pollPause = 500;
const atOnce = 50;

/** Milliseconds. Each further answer that comes at once makes the next question wait so much longer. */
const newsPause = 10;
/** The next question waits one more millisecond for each of this number of characters that the entries have as JSON. */
const newsPerMillisecond = 20_000;

const nothingKnown: dir_revision = Object.freeze({ epoch: 0n, change: 0n });

/** One listener. `settle` is set until its first call, or until it will not be called. */
interface Listening {
  readonly listener: ServicesListener;
  settle: ((error?: unknown) => void) | undefined;
  /** Keeps the process alive; the watch itself does not, because a client's listener must not. */
  readonly hold: Timer | undefined;
}

export class SharedWatch {
  readonly #asking: Asking;
  readonly #path: string;
  readonly #ended: () => void;
  readonly #listeners = new Set<Listening>();
  readonly #abort = new AbortController();
  readonly #pause: Pause;
  #known = nothingKnown;
  #entries: readonly ServiceEntry[] | undefined;
  /** The entries as JSON. */
  #text = "";
  #running = false;

  /** `ended`: the last listener has left. */
  constructor(asking: Asking, path: string, ended: () => void) {
    this.#asking = asking;
    this.#pause = new Pause(asking.clock);
    this.#path = path;
    this.#ended = ended;
  }

  /** Resolves when the listener was called for the first time. @throws DirectoryError */
  async join(listener: ServicesListener, options: AskOptions): Promise<Watch> {
    const hold = options.background ? undefined : this.#asking.clock.setInterval(() => {}, longestTimer);
    const listening: Listening = { listener, settle: undefined, hold };
    this.#listeners.add(listening);
    if (!this.#running) void this.#run();
    try {
      if (this.#entries === undefined) await this.#firstAnswer(listening, options);
      else call(listener, this.#entries);
    } catch (error) {
      this.#leave(listening);
      throw error;
    }
    const close = async (): Promise<void> => this.#leave(listening);
    return { close, [Symbol.asyncDispose]: close };
  }

  /** Ends the watch. Listeners that wait for the first answer get the reason; the others are not called again. */
  end(reason: Error): void {
    for (const { settle, hold } of this.#listeners) {
      this.#asking.clock.clearTimeout(hold);
      settle?.(reason);
    }
    this.#listeners.clear();
    this.#stop();
  }

  #firstAnswer(listening: Listening, { timeout, signal }: AskOptions): Promise<void> {
    const { name, clock } = this.#asking;
    const answer = new Promise<void>((resolve, reject) => {
      listening.settle = (...outcome) => {
        if (outcome.length === 0) resolve();
        else reject(outcome[0]);
      };
    });
    const late = `the ${name} did not answer within ${Math.ceil(timeout)} ms`;
    return waitFor(answer, {
      timeout,
      signal,
      clock,
      onTimeout: () => new DirectoryError("DIRECTORY_UNREACHABLE", late),
      onAbort: () => cancelled(signal as AbortSignal, name),
    }).finally(() => {
      listening.settle = undefined;
    });
  }

  #leave(listening: Listening): void {
    this.#asking.clock.clearTimeout(listening.hold);
    if (this.#listeners.delete(listening) && this.#listeners.size === 0) this.#stop();
  }

  #stop(): void {
    this.#abort.abort();
    this.#pause.end();
    this.#ended();
  }

  async #run(): Promise<void> {
    this.#running = true;
    let answersAtOnce = 0;
    for (let failures = 0; !this.#abort.signal.aborted; ) {
      const started = this.#asking.clock.now();
      try {
        const isNew = this.#take(await this.#poll());
        failures = 0;
        const isAtOnce = this.#asking.clock.now() - started < atOnce;
        answersAtOnce = isAtOnce ? answersAtOnce + 1 : 0;
        const wait = isNew ? this.#restAfterNews(answersAtOnce) : isAtOnce ? pollPause : 0;
        if (wait > 0) await this.#pause.wait(wait, true);
      } catch (error) {
        failures++;
        if (this.#abort.signal.aborted) return;
        // A listener that waits for the first answer gets the error.
        for (const { settle } of this.#listeners) settle?.(error);
        await this.#pause.wait(backoffDelay(retryBackoff, failures, this.#asking.clock.random()), true);
      }
    }
  }

  /** A directory whose state changes all the time, or that says so, must not keep this process busy. */
  #restAfterNews(answersAtOnce: number): number {
    const rest = Math.max(0, answersAtOnce - 1) * newsPause + this.#text.length / newsPerMillisecond;
    return Math.min(pollPause, Math.floor(rest));
  }

  async #poll(): Promise<Services> {
    const { signal } = this.#abort;
    const options = { timeout: pollTime + pollSlack, signal, background: true };
    const services = await this.#asking.watch(this.#path, this.#known, pollTime, options);
    if (services !== undefined) return services;
    // The directory takes no more watches, so it is polled.
    const entries = await this.#asking.lookup(this.#path, { timeout: pollSlack, signal, background: true });
    return { revision: nothingKnown, entries };
  }

  /** @returns whether the state was new. */
  #take({ revision, entries }: Services): boolean {
    if (this.#abort.signal.aborted) return false;
    this.#known = revision;
    const text = JSON.stringify(entries);
    if (this.#entries !== undefined && this.#text === text) return false;
    this.#entries = entries;
    this.#text = text;
    for (const listening of [...this.#listeners]) {
      call(listening.listener, entries);
      listening.settle?.();
    }
    return true;
  }
}

function call(listener: ServicesListener, entries: readonly ServiceEntry[]): void {
  try {
    listener(entries);
  } catch {
    // There is nothing left to report it to.
  }
}
