// Options for spreading calls over the servers of a service, and their defaults.
import type { Backoff } from "../../client/index.js";
import type { Procedures } from "../../rpc/program.js";
import type { Directory } from "../directory.js";

/** How calls are spread. See `DirectoryOptions.balance`. */
export type BalanceName = "round-robin" | "least-busy" | "sticky";

/** Options of a client whose target is `dir:/services/time`. Other targets have no use for them. */
export interface DirectoryOptions<P extends Procedures = Procedures> {
  /** Where the service is registered. Default: what the target says, else what `openDirectory` takes by itself. */
  readonly directory?: Directory | string | undefined;
  /**
   * - "round-robin" (default): each server in turn, as often as its weight says;
   * - "least-busy": the server with the fewest calls of this client in flight for its weight;
   * - "sticky": one server, until it fails or leaves.
   */
  readonly balance?: BalanceName | undefined;
  /**
   * Procedures that may run twice without harm; true: all of them. Such a call is retried on the next server if the
   * connection is lost or no reply comes in its share of the time. Other calls are retried only if they certainly did not run.
   */
  readonly idempotent?: true | readonly (keyof P & string)[] | undefined;
  /** How soon a server counts as dead, where the network is slower than most. Default `defaultBalanceTimes`. */
  readonly times?: Partial<BalanceTimes> | undefined;
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

/** The default times of `DirectoryOptions.times`. */
export const defaultBalanceTimes: BalanceTimes = Object.freeze({
  connectPatience: 250,
  silence: 100,
  probeTimeout: 500,
  quarantine: Object.freeze({ first: 100, factor: 2, most: 5_000, jitter: 0.2 }),
});

const timeNames = ["connectPatience", "silence", "probeTimeout", "quarantine", "first", "factor", "most", "jitter"];

/** @throws TypeError for an unknown name, and for a time that setTimeout does not accept. */
export function checkTimes(times: object | undefined, where = "options.times"): void {
  for (const [name, value] of Object.entries(times ?? {})) {
    if (!timeNames.includes(name)) throw new TypeError(`${where}: ${name} is not one of ${timeNames.join(", ")}`);
    const what = `${where}.${name}`;
    if (name === "quarantine") checkTimes(value, what);
    else if (!(value >= 0 && value < 2 ** 31)) throw new TypeError(`${what}: ${value} is not 0 to 2 ** 31`);
  }
}
