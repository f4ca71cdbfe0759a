// How often a lease is renewed, and how long an attempt may take: two attempts may fail without consequences.

/** Milliseconds until the next renewal. */
export function renewalTime(lease: number): number {
  return lease / 3;
}

/** Milliseconds that an attempt may take, and milliseconds before the next one after a failure. */
export function attemptTime(lease: number): number {
  return Math.min(2_000, Math.max(250, lease / 6));
}

export function retryPause(lease: number): number {
  return Math.min(250, lease / 6);
}
