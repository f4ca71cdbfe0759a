// The one backoff: how long to wait before something that has failed is tried again.
import { systemClock } from "./clock.js";

/** Waits between failed attempts to connect, in milliseconds. */
export interface Backoff {
  /** After the first failure. */
  readonly first: number;
  /** Each further failure multiplies the wait by this. */
  readonly factor: number;
  readonly most: number;
  /** The share of the wait that is left to chance, 0 to 1, so that clients do not come back all at once. */
  readonly jitter: number;
}

/** The waits where none are given: 100 ms, 200 ms, ... up to 5 s, give or take a fifth. */
export const defaultBackoff: Backoff = Object.freeze({ first: 100, factor: 2, most: 5_000, jitter: 0.2 });

/** Milliseconds to wait after `failures` failures in a row. `random`, 0 up to 1, decides the jitter. */
export function backoffDelay(backoff: Backoff, failures: number, random: number = systemClock.random()): number {
  if (failures <= 0) return 0;
  const delay = Math.min(backoff.most, backoff.first * backoff.factor ** (failures - 1));
  return delay * (1 + backoff.jitter * (2 * random - 1));
}
