// Limits the work that waits on other threads. Work that nobody needs any more loses its turn: it is not begun, or, if a thread is at
// work on it (a key distribution centre may be silent for half a minute), a spare thread takes the next one.
import { type Clock, systemClock, type Timer } from "../../base/clock.js";
import { GssError, major } from "../mechanism.js";

/** Milliseconds between looks at whether work is still needed, while other work waits. */
const lookInterval = 100;

interface Work {
  readonly isNeeded: () => boolean;
  start(): Promise<void>;
  drop(): void;
}

export interface TurnsOptions {
  /** Pieces of work at a time. */
  readonly most: number;
  /** How many more run at a time, beside as many that are not needed any more. Default 0. */
  readonly spare?: number;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

export class Turns {
  readonly #options: TurnsOptions;
  readonly #running = new Set<Work>();
  #waiting: Work[] = [];
  #timer: Timer | undefined;

  constructor(options: TurnsOptions) {
    this.#options = options;
  }

  /** Begins the work when it is its turn. @throws GssError if it was not needed any more before that; else the error of the work. */
  run<T>(begin: () => Promise<T>, isNeeded = () => true): Promise<T> {
    return new Promise((resolve, reject) => {
      const drop = (): void => reject(new GssError("no call waits for the context any more", { major: major.failure }));
      this.#waiting.push({ isNeeded, drop, start: () => begin().then(resolve, reject) });
      this.#next();
    });
  }

  #next(): void {
    const { most, spare = 0, clock = systemClock } = this.#options;
    const waiting: Work[] = [];
    for (const work of this.#waiting) {
      if (work.isNeeded()) waiting.push(work);
      else work.drop();
    }
    this.#waiting = waiting;
    let needed = [...this.#running].filter((work) => work.isNeeded()).length;
    for (; needed < most && this.#running.size < most + spare && waiting.length > 0; needed++) {
      this.#start(waiting.shift() as Work);
    }
    clock.clearTimeout(this.#timer);
    this.#timer = waiting.length === 0 ? undefined : clock.setTimeout(() => this.#next(), lookInterval);
    this.#timer?.unref();
  }

  #start(work: Work): void {
    this.#running.add(work);
    work.start().then(() => {
      this.#running.delete(work);
      this.#next();
    });
  }
}

/** Node's threads for such work (UV_THREADPOOL_SIZE). Files and host names need some of them. */
const threads = Math.max(1, Number(process.env["UV_THREADPOOL_SIZE"]) || 4);
const half = Math.max(1, threads >> 1);

/** For callers: their library may wait for a key distribution centre. */
export const callersTurns = new Turns({ most: half, spare: Math.max(0, threads - half - 1) });

/** For servers: accepting needs a keytab, and never waits for a caller's work. */
export const serversTurns = new Turns({ most: half });
