// Time for tests: it advances only when the test advances it, so that a test of an hour takes no time and does not
// depend on the load of the machine.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Clock, Timer } from "../base/clock.js";
import { seededRandom } from "./random.js";

/** Options of a FakeClock. */
export interface FakeClockOptions {
  /** The first value of `now()`, in milliseconds. Default 12,345. */
  readonly now?: number;
  /** The first value of `date()`, in milliseconds since 1970. Default 2026-01-01T00:00:00Z. */
  readonly date?: number;
  /** The seed of `random()`. Default 1. */
  readonly seed?: number;
}

const clockOptions: OptionTable<FakeClockOptions> = { now: "number", date: "number", seed: "number" };

/** More timers than this in one advance are treated as an endless loop. */
const mostRings = 1_000_000;

/**
 * A clock that only moves when the test advances it.
 * @example
 * const clock = new FakeClock();
 * const [near] = memoryPair();
 * await using client = createClient(ADD_VERS, near, { clock, timeout: 30_000 });
 * const call = client.add({ a: 1, b: 2 }).catch((error) => error.code);
 * clock.advance(30_000);
 * console.log(await call); // RPC_TIMEOUT
 */
export class FakeClock implements Clock {
  #now: number;
  readonly #dateAtZero: number;
  readonly #timers = new Set<FakeTimer>();
  /** A number from the seed: 0 inclusive to 1 exclusive. The same seed gives the same numbers. */
  readonly random: () => number;
  #whenSet: (() => void)[] = [];

  /** Makes a clock that stands still. */
  constructor(options: FakeClockOptions = {}) {
    checkOptions(clockOptions, options);
    const { now = 12_345, date = Date.UTC(2026, 0), seed = 1 } = options;
    this.#now = now;
    this.#dateAtZero = date - now;
    this.random = seededRandom(seed);
  }

  /** Milliseconds since an arbitrary start. Changes only by `advance`, `suspend`, `run` and `runUntil`. */
  now(): number {
    return this.#now;
  }

  /** Milliseconds since 1970, UTC. Advances together with `now`. */
  date(): number {
    return Math.floor(this.#dateAtZero + this.#now);
  }

  /** Calls `ring` once, when time has been advanced by `milliseconds`. Negative ones count as 0. */
  setTimeout(ring: () => void, milliseconds: number): Timer {
    return this.#set(ring, milliseconds, undefined);
  }

  /** Calls `ring` each time that time has been advanced by `milliseconds`, at least 1. */
  setInterval(ring: () => void, milliseconds: number): Timer {
    return this.#set(ring, milliseconds, Math.max(1, milliseconds));
  }

  /** Stops a timer of either kind. Harmless for one that has ended, and for undefined. */
  clearTimeout(timer: Timer | undefined): void {
    this.#timers.delete(timer as FakeTimer);
  }

  /** The number of timers that are set. */
  get timers(): number {
    return this.#timers.size;
  }

  /** True if any timer that is set would keep the process alive. */
  get holds(): boolean {
    return [...this.#timers].some(({ holds }) => holds);
  }

  /** Milliseconds until the next timer is due; undefined if none is set. */
  get next(): number | undefined {
    const first = this.#first();
    return first === undefined ? undefined : Math.max(0, first.at - this.#now);
  }

  /**
   * Advances time, and calls everything that is due, in order. The effect of promises that a timer settles is visible
   * after this returns.
   */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds;
    for (let rings = 0; this.#ringNext(end); rings++) {
      if (rings > mostRings) throw new Error(`more than ${mostRings} timers rang within ${milliseconds} ms`);
    }
    this.#now = end;
  }

  /** Advances time without calling anything, like a suspended machine: due timers are called late. */
  suspend(milliseconds: number): void {
    this.#now += milliseconds;
  }

  /**
   * Advances time like `advance`, and lets the event loop turn before each timer and at the end, so that the effects of
   * a timer (promises, `memory:` connections) take place before the next one rings.
   */
  async run(milliseconds: number): Promise<void> {
    const end = this.#now + milliseconds;
    await settle();
    while (this.#ringNext(end)) await settle();
    this.#now = end;
  }

  /**
   * Calls timer after timer until the promise is settled, and returns its result.
   * @throws Error after `longest` milliseconds of this clock, by default an hour; the promise's own error if it rejects.
   */
  async runUntil<T>(promise: Promise<T>, longest = 3_600_000): Promise<T> {
    let settled = false;
    const done = (): void => {
      settled = true;
    };
    promise.then(done, done);
    const end = this.#now + longest;
    for (;;) {
      await settle();
      if (settled) return promise;
      if (!this.#ringNext(end)) {
        if (this.#timers.size > 0) throw new Error(`the promise is not settled after ${longest} ms of the fake clock`);
        await Promise.race([promise.then(done, done), this.whenSet()]);
      }
    }
  }

  /** Resolves when the next timer is set. */
  whenSet(): Promise<void> {
    return new Promise((resolve) => this.#whenSet.push(resolve));
  }

  #set(ring: () => void, milliseconds: number, interval: number | undefined): FakeTimer {
    const timer = new FakeTimer(ring, this.#now + Math.max(0, milliseconds), interval);
    this.#timers.add(timer);
    for (const resolve of this.#whenSet.splice(0)) resolve();
    return timer;
  }

  /** The timer that is due next; if several are due at the same time, the one that was set first. */
  #first(): FakeTimer | undefined {
    let first: FakeTimer | undefined;
    for (const timer of this.#timers) if (first === undefined || timer.at < first.at) first = timer;
    return first;
  }

  /** Whether a timer was due before `end`. */
  #ringNext(end: number): boolean {
    const timer = this.#first();
    if (timer === undefined || timer.at > end) return false;
    this.#now = Math.max(this.#now, timer.at);
    this.#timers.delete(timer);
    if (timer.interval !== undefined) {
      timer.at += timer.interval;
      this.#timers.add(timer);
    }
    timer.ring();
    return true;
  }
}

class FakeTimer implements Timer {
  holds = true;
  readonly ring: () => void;
  at: number;
  readonly interval: number | undefined;

  constructor(ring: () => void, at: number, interval: number | undefined) {
    this.ring = ring;
    this.at = at;
    this.interval = interval;
  }

  ref(): this {
    this.holds = true;
    return this;
  }

  unref(): this {
    this.holds = false;
    return this;
  }
}

/** The number of turns of the event loop in which a message can go back and forth over a `memory:` connection. */
async function settle(): Promise<void> {
  for (let turns = 0; turns < 10; turns++) await new Promise((resolve) => setImmediate(resolve));
}
