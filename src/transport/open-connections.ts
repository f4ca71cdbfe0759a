// The open connections of one listener, by remote address, and the choice of the one that is closed for a new one.
import { addressGroup } from "./address-group.js";

/** The properties of a connection that the table uses. */
export interface OpenConnection {
  /** Orders connections by when they received something last: lower means longer ago. */
  readonly activeAt: number;
  /** Calls of the peer are waiting for their replies. */
  readonly isBusy: boolean;
  /** The number of complete records that were received. */
  readonly records: number;
}

export interface ConnectionLimits {
  readonly most: number;
  readonly mostPerAddress: number;
}

interface Entry<T> {
  readonly address: string;
  readonly connections: Map<T, number>;
}

/** The limit that a new connection would exceed. */
export type Fullness = "free" | "full" | "address full";

export class OpenConnections<T extends OpenConnection> {
  readonly #limits: ConnectionLimits;
  /** Oldest first, with the time at which each was accepted. */
  readonly #byAddress = new Map<string, Entry<T>>();
  #size = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether a new connection from `remote` is within the limits. Unix sockets ("") have no limit for each address. */
  fullness(remote: string): Fullness {
    if (this.#size >= this.#limits.most) return "full";
    return remote !== "" && this.#countOf(remote) >= this.#limits.mostPerAddress ? "address full" : "free";
  }

  /** True if half of a limit is used: silent connections are then closed earlier. */
  isCrowded(remote: string): boolean {
    const { most, mostPerAddress } = this.#limits;
    return this.#size * 2 >= most || (remote !== "" && this.#countOf(remote) * 2 >= mostPerAddress);
  }

  add(connection: T, remote: string, now: number): void {
    const address = addressGroup(remote);
    const entry = this.#byAddress.get(address) ?? { address, connections: new Map() };
    entry.connections.set(connection, now);
    this.#byAddress.set(address, entry);
    this.#size++;
  }

  /** @returns false if it was already removed. */
  delete(connection: T, remote: string): boolean {
    const entry = this.#byAddress.get(addressGroup(remote));
    if (entry?.connections.delete(connection) !== true) return false;
    if (entry.connections.size === 0) this.#byAddress.delete(entry.address);
    this.#size--;
    return true;
  }

  /**
   * The connection to close for a new one. If all places are taken, it belongs to the address that has most
   * connections; if only `remote` has too many, to `remote`. Of those it is the one that has been idle longest.
   */
  leaver(remote: string | undefined): T | undefined {
    const isFull = remote === undefined || this.#size >= this.#limits.most;
    const entry = isFull ? this.#largest() : this.#byAddress.get(addressGroup(remote));
    return entry === undefined ? undefined : longestIdle(entry.connections);
  }

  /**
   * Connections without a single record that were accepted before `time`, if their address, or the whole listener, is
   * crowded.
   */
  *silentSince(time: number): Iterable<T> {
    for (const { address, connections } of this.#byAddress.values()) {
      if (!this.isCrowded(address)) continue;
      for (const [connection, since] of connections) if (since <= time && connection.records === 0) yield connection;
    }
  }

  #countOf(remote: string): number {
    return this.#byAddress.get(addressGroup(remote))?.connections.size ?? 0;
  }

  #largest(): Entry<T> | undefined {
    let largest: Entry<T> | undefined;
    for (const entry of this.#byAddress.values()) {
      if (entry.connections.size > (largest?.connections.size ?? 0)) largest = entry;
    }
    return largest;
  }
}

/** One without waiting calls if there is any. */
function longestIdle<T extends OpenConnection>(connections: Map<T, number>): T | undefined {
  let leaver: T | undefined;
  for (const [connection] of connections) if (leaver === undefined || isBefore(connection, leaver)) leaver = connection;
  return leaver;
}

function isBefore(one: OpenConnection, other: OpenConnection): boolean {
  return one.isBusy === other.isBusy ? one.activeAt < other.activeAt : other.isBusy;
}
