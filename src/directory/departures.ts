// How a server leaves the directory: it is withdrawn first, and keeps serving until its clients have moved to other
// servers.

import { systemClock } from "../base/clock.js";
import { pause, waitAtMost } from "../base/wait.js";
import type { Server } from "../server/server.js";
import type { Lease } from "./engine.js";

/**
 * Milliseconds for which a closing server continues to serve after it was withdrawn, so that clients can move to other
 * servers.
 */
export const defaultLinger = 1_000;

/** Milliseconds between checks whether clients are left. */
const interval = 10;

/** The registrations to withdraw when a server closes. */
interface Departure {
  readonly leases: Set<Lease>;
  /** The registration under each path, complete or in progress. A later one replaces it. */
  readonly standing: Map<string, Promise<Lease | undefined>>;
  /** Registrations that are not acknowledged yet. */
  readonly pending: Set<Promise<unknown>>;
  linger: number;
}

/** The leases of servers, withdrawn together when their server closes. */
export class Departures {
  readonly #departures = new WeakMap<Server, Departure>();

  /**
   * Ties the lease to the server. The server's earlier registration under that path is withdrawn as soon as the new one
   * is acknowledged, so that clients see no gap. Rejects as `announced` does; then the earlier registration remains.
   */
  tie(server: Server, path: string, announced: Promise<Lease>, linger = defaultLinger): Promise<Lease> {
    const departure = this.#departureOf(server);
    const earlier = departure.standing.get(path);
    const own = announced.then((lease) => hold(departure, lease, linger));
    const standing = own.catch(() => earlier);
    departure.standing.set(path, standing);
    const tied = own.then(async (lease) => {
      await (await earlier)?.withdraw();
      return lease;
    });
    const settled: Promise<unknown> = tied.then(
      () => departure.pending.delete(settled),
      () => departure.pending.delete(settled),
    );
    departure.pending.add(settled);
    return tied;
  }

  #departureOf(server: Server): Departure {
    const known = this.#departures.get(server);
    if (known !== undefined) return known;
    const made: Departure = { leases: new Set(), standing: new Map(), pending: new Set(), linger: 0 };
    this.#departures.set(server, made);
    server.onClosing(() => depart(server, made));
    return made;
  }
}

function hold(departure: Departure, lease: Lease, linger: number): Lease {
  departure.leases.add(lease);
  departure.linger = Math.max(departure.linger, linger);
  let withdrawn: Promise<void> | undefined;
  const withdraw = (): Promise<void> => {
    departure.leases.delete(lease);
    withdrawn ??= lease.withdraw();
    return withdrawn;
  };
  return { id: lease.id, withdraw, [Symbol.asyncDispose]: withdraw };
}

async function depart(server: Server, departure: Departure): Promise<void> {
  await Promise.all(departure.pending);
  const { leases, linger } = departure;
  if (leases.size === 0) return;
  const deadline = systemClock.now() + linger;
  // An unreachable directory removes expired leases itself, so the server does not wait for it.
  await waitAtMost(linger, Promise.all([...leases].map((lease) => lease.withdraw())));
  while (server.connections > 0 && systemClock.now() < deadline) await pause(interval);
}
