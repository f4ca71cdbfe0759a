// How often a lease is renewed, and what an attempt may take: two attempts may fail and nobody notices.

/** Milliseconds until the next renewal. */
export function renewalTime(lease: number): number {
  return lease / 3;
}

/** Milliseconds that an attempt may take, and until the next one when it has failed. */
export function attemptTime(lease: number): number {
  return Math.min(2_000, Math.max(250, lease / 6));
}

export function retryPause(lease: number): number {
  return Math.min(250, lease / 6);
}
