// The options for spreading calls over several servers, and their defaults.
import type { Backoff } from "../base/backoff.js";
import type { RetryBudgetOptions } from "./retry-budget.js";

/** How calls are spread. See `PoolOptions.balance`. */
export type BalanceName = "round-robin" | "least-busy" | "sticky";

/** Options of a client whose target may be several servers: a list, a service of a directory, a host name with several addresses. */
export interface PoolOptions {
  /**
   * - "round-robin" (default): each server in turn, as often as its weight says;
   * - "least-busy": the server with the fewest calls of this client in flight for its weight;
   * - "sticky": one server, until it fails or leaves.
   *
   * For a host name it makes a pool of the name's addresses, which are looked up again every 30 seconds. Without it a host name is
   * one server, and the first of its addresses that answers is called.
   */
  readonly balance?: BalanceName | undefined;
  /**
   * How soon an unresponsive server counts as failed. Increase it for networks that are slower than most. Default
   * `defaultBalanceTimes`.
   */
  readonly times?: Partial<BalanceTimes> | undefined;
  /**
   * Limits how often calls of "at-least-once" are sent again after they may have run. To a server that has failed the call: each call of the
   * client allows `share` (default 0.2) repetitions, and each second `perSecond` (default 10), of which `burst` (default 500) can be saved
   * up; more calls wait, until their deadline. To other servers: `burst` in the beginning, and `share` for each answered call; more calls
   * fail.
   */
  readonly retryBudget?: Partial<RetryBudgetOptions> | undefined;
}

/** Times of failover, in milliseconds. */
export interface BalanceTimes {
  /** How long a call waits for a connection before it also tries the next server. */
  readonly connectPatience: number;
  /** How long a server with calls in flight may send nothing before it is probed with procedure 0. */
  readonly silence: number;
  /** How long a server has to answer a probe, or to be connected to, before it counts as failed. */
  readonly probeTimeout: number;
  /** Waits between the probes of a server that has failed. */
  readonly quarantine: Backoff;
}

/** The default of `PoolOptions.times`. */
export const defaultBalanceTimes: BalanceTimes = Object.freeze({
  connectPatience: 250,
  silence: 100,
  probeTimeout: 500,
  quarantine: Object.freeze({ first: 100, factor: 2, most: 5_000, jitter: 0.2 }),
});
