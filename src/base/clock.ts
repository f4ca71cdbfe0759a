// Time, timers and random numbers. Code that needs them takes a Clock, so that tests can pass their own. The default is
// the machine's clock.

/** A timer that is set. It keeps the process alive until `unref()`. */
export interface Timer {
  /** Keeps the process alive again until it has rung. Returns the timer. */
  ref(): this;
  /** Does not keep the process alive any more. Returns the timer. */
  unref(): this;
}

/** The source of time, timers and random numbers. `FakeClock` of `lupine/testing` is one for tests. */
export interface Clock {
  /** Milliseconds since an arbitrary start. Never goes back. */
  now(): number;
  /** Milliseconds since 1970, UTC: the calendar time. It jumps when the system's clock is set. */
  date(): number;
  /** 0 inclusive to 1 exclusive, for jitter and for choices. Secrets come from `base/random.ts`. */
  random(): number;
  /** Calls `ring` once. Times above `longestTimer`, Infinity included, are reduced to it; negative times count as 0. */
  setTimeout(ring: () => void, milliseconds: number): Timer;
  /** Calls `ring` again and again. */
  setInterval(ring: () => void, milliseconds: number): Timer;
  /** Stops a timer of either kind. Harmless for one that has ended, and for undefined. */
  clearTimeout(timer: Timer | undefined): void;
}

/** The longest time of a Node timer, in milliseconds: about 24.8 days. Node fires at once when given more. */
export const longestTimer = 0x7fff_ffff;

/** The machine's clock. The globals are looked up at each call: `t.mock.timers` of node:test replaces them. */
export const systemClock: Clock = {
  now: () => performance.now(),
  date: () => Date.now(),
  random: () => Math.random(),
  setTimeout: (ring, milliseconds) => setTimeout(ring, Math.min(milliseconds, longestTimer)),
  setInterval: (ring, milliseconds) => setInterval(ring, Math.min(milliseconds, longestTimer)),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout | undefined),
};
