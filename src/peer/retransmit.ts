// When a call on an unreliable connection is sent again. It keeps its xid, so that a server can distinguish it from a new one.

import { backoffDelay } from "../base/backoff.js";
import { systemClock } from "../base/clock.js";

/**
 * When a call over UDP is sent again. It keeps its transaction id, so the server can recognise it. Calls over TCP and Unix
 * sockets are never sent again.
 */
export interface RetransmitPolicy {
  /** Milliseconds before the first retransmission. Default 1000, as RFC 8085 section 3.1.1 recommends for an unknown path. */
  readonly first: number;
  /** Each wait is this many times as long as the one before. At least 1; default 2. */
  readonly factor: number;
  /** The longest wait, in milliseconds. Default 15,000. */
  readonly longest: number;
  /** The random share of each wait, 0 to 1, so that clients do not all retransmit at the same moment. Default 0.1. */
  readonly jitter: number;
  /** Returns a random number from 0 (inclusive) to 1 (exclusive). Default: that of the clock. */
  readonly random: () => number;
}

/** The default retransmission policy: after 1, 2, 4, 8 and then every 15 seconds, each varied by 10 %. */
export const defaultRetransmit: RetransmitPolicy = Object.freeze({
  first: 1000,
  factor: 2,
  longest: 15_000,
  jitter: 0.1,
  random: systemClock.random,
});

/** Milliseconds to wait after transmission number `transmission` (1 is the first). */
export function retransmitDelay(policy: RetransmitPolicy, transmission: number): number {
  return backoffDelay(policy, transmission, policy.random(), policy.longest);
}
