// The open connections of one listener, by the address that they come from, and which of them makes room for a new one.
import { isIPv6 } from "node:net";
import { withoutMapping } from "./address.js";

/** The properties of a connection that the table uses. */
export interface OpenConnection {
  /** Something has come in since this was last set to false. */
  wasActive: boolean;
  /** Calls of the peer wait for their answer. */
  readonly isBusy: boolean;
  /** Whole records that have come in. */
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

/** Which limit a new connection would pass. */
export type Fullness = "free" | "full" | "address full";

export class OpenConnections<T extends OpenConnection> {
  readonly #limits: ConnectionLimits;
  /** The oldest first, with the time at which they were accepted. */
  readonly #byAddress = new Map<string, Entry<T>>();
  #size = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether a new connection from `remote` has a place. Unix sockets ("") have no limit for each address. */
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

  /** @returns false where it was not there any more. */
  delete(connection: T, remote: string): boolean {
    const entry = this.#byAddress.get(addressGroup(remote));
    if (entry?.connections.delete(connection) !== true) return false;
    if (entry.connections.size === 0) this.#byAddress.delete(entry.address);
    this.#size--;
    return true;
  }

  /**
   * The connection to close for a new one from `remote`: the one that has been idle longest, of the address that has
   * most connections; if no connection is idle, the oldest.
   */
  leaver(remote: string): T | undefined {
    const isFull = this.#size >= this.#limits.most;
    const entry = isFull ? this.#largest() : this.#byAddress.get(addressGroup(remote));
    return entry === undefined ? undefined : longestIdle(entry.connections);
  }

  /** Connections without a single record that were accepted before `time`, where their address or all are crowded. */
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

/** Looks at each connection once at most: one that was active since the last look moves to the end of the queue. */
function longestIdle<T extends OpenConnection>(connections: Map<T, number>): T | undefined {
  let left = connections.size;
  for (const [connection, since] of connections) {
    if (left-- === 0) break;
    if (!connection.wasActive && !connection.isBusy) return connection;
    connection.wasActive = false;
    connections.delete(connection);
    connections.set(connection, since);
  }
  const [first] = connections.keys();
  return first;
}

/** The key under which connections of one source are counted: of IPv6 a network of /64, which one customer has; link-local addresses each by itself. */
export function addressGroup(remote: string): string {
  const plain = withoutMapping(remote);
  if (!isIPv6(plain) || /^fe[89ab]/i.test(plain)) return plain;
  if (plain === "::1" || plain.endsWith("::/64")) return plain;
  const [before = "", after] = plain.split("::", 2);
  const head = before === "" ? [] : before.split(":");
  const tail = after === undefined || after === "" ? [] : after.split(":");
  const words = [...head, ...new Array<string>(Math.max(0, 8 - head.length - tail.length)).fill("0"), ...tail];
  return `${words.slice(0, 4).join(":")}::/64`;
}
