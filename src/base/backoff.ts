// The one backoff: how long to wait before something that has failed is tried again.

/** Waits between failed attempts to connect, in milliseconds. Default: 100, 200, 400, ... up to 5,000, each varied by 20 %. */
export interface Backoff {
  /** The wait after the first failure, in milliseconds, 0 or more. */
  readonly first: number;
  /** Each further failure multiplies the wait by this number, 1 or more. */
  readonly factor: number;
  /** The longest wait, in milliseconds. */
  readonly most: number;
  /** The random share of each wait, 0 to 1, so that clients do not all reconnect at the same moment. */
  readonly jitter: number;
}

/** The default waits between attempts to connect: 100 ms, 200 ms, ... up to 5 s, each varied by 20 %. */
export const defaultBackoff: Backoff = Object.freeze({ first: 100, factor: 2, most: 5_000, jitter: 0.2 });

/**
 * Returns the milliseconds to wait after `failures` failures in a row. `random` is a number from 0 to 1. The longest wait is
 * `most` milliseconds, by default `backoff.most`.
 * @example
 * console.log(backoffDelay(defaultBackoff, 3, 0.5)); // 400
 */
export function backoffDelay(
  backoff: Omit<Backoff, "most"> & Partial<Backoff>,
  failures: number,
  random: number,
  most: number = backoff.most ?? Number.POSITIVE_INFINITY,
): number {
  if (failures <= 0) return 0;
  const delay = Math.min(most, backoff.first * backoff.factor ** (failures - 1));
  return delay * (1 + backoff.jitter * (2 * random - 1));
}
