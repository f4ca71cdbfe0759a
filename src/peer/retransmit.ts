// When a call on an unreliable connection goes out again. It keeps its xid, so that a server can tell it from a new one.

/** How calls are repeated where messages may get lost. Reliable connections never repeat. */
export interface RetransmitPolicy {
  /** Milliseconds before the first repetition. Default 1000, as RFC 8085 section 3.1.1 advises for an unknown path. */
  readonly first: number;
  /** Each wait is this many times the one before, at least 1. Default 2. */
  readonly factor: number;
  /** No wait is longer, in milliseconds. Default 15,000. */
  readonly longest: number;
  /** Each wait varies by this share, 0 to 1, so that clients that lost together do not repeat together. Default 0.1. */
  readonly jitter: number;
  /** 0 inclusive to 1 exclusive. Default Math.random. */
  readonly random: () => number;
}

export const defaultRetransmit: RetransmitPolicy = Object.freeze({
  first: 1000,
  factor: 2,
  longest: 15_000,
  jitter: 0.1,
  random: Math.random,
});

/** Milliseconds to wait after transmission number `transmission` (1 is the first). */
export function retransmitDelay(policy: RetransmitPolicy, transmission: number): number {
  const base = Math.min(policy.longest, policy.first * policy.factor ** (transmission - 1));
  return base * (1 + policy.jitter * (2 * policy.random() - 1));
}
