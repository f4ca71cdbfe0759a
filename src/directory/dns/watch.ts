// A watch of one path: DNS does not report changes, so it is polled.
import { systemClock, type Timer } from "../../base/clock.js";
import type { ServiceEntry, ServicesListener, Watch } from "../engine.js";

/** Polls DNS for the servers of one path. While there is no answer, the last known servers remain valid. */
export class DnsWatch implements Watch {
  readonly #ask: () => Promise<readonly ServiceEntry[]>;
  readonly #interval: number;
  readonly #listener: ServicesListener;
  readonly #ended: () => void;
  readonly #background: boolean;
  #timer: Timer | undefined;
  #told: string | undefined;
  #isClosed = false;

  constructor(
    ask: () => Promise<readonly ServiceEntry[]>,
    interval: number,
    listener: ServicesListener,
    ended: () => void,
    background = false,
  ) {
    this.#ask = ask;
    this.#interval = interval;
    this.#listener = listener;
    this.#ended = ended;
    this.#background = background;
  }

  begin(entries: readonly ServiceEntry[]): void {
    this.#tell(entries);
    this.#next();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    systemClock.clearTimeout(this.#timer);
    this.#ended();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #next(): void {
    if (this.#isClosed) return;
    this.#timer = systemClock.setTimeout(() => void this.#again(), this.#interval);
    if (this.#background) this.#timer.unref();
  }

  async #again(): Promise<void> {
    const entries = await this.#ask().catch(() => undefined);
    if (this.#isClosed) return;
    if (entries !== undefined) this.#tell(entries);
    this.#next();
  }

  #tell(entries: readonly ServiceEntry[]): void {
    const now = JSON.stringify(entries);
    if (now === this.#told) return;
    this.#told = now;
    this.#listener(entries);
  }
}
