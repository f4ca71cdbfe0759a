// The open connections of one listener, by remote address, and the choice of the one that is closed for a new one.
import { Bag, type Member } from "../base/bag.js";

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

interface Group<T> {
  readonly address: string;
  readonly places: Bag<Place<T>>;
}

/** The place of a connection in the table. */
export interface Place<T> extends Member {
  readonly connection: T;
  /** When it was accepted. */
  readonly since: number;
  readonly group: Group<T>;
}

/** The limit that a new connection would exceed. */
export type Fullness = "free" | "full" | "address full";

/** Every `address` is that of a group: see `addressGroup`. */
export class OpenConnections<T extends OpenConnection> {
  readonly #limits: ConnectionLimits;
  readonly #byAddress = new Map<string, Group<T>>();
  #size = 0;

  constructor(limits: ConnectionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#size;
  }

  /** Whether a new connection is within the limits. Unix sockets ("") have no limit for each address. */
  fullness(address: string): Fullness {
    if (this.#size >= this.#limits.most) return "full";
    return address !== "" && this.#countOf(address) >= this.#limits.mostPerAddress ? "address full" : "free";
  }

  /** True if half of a limit is used: silent connections are then closed earlier. */
  isCrowded(address: string): boolean {
    const { most, mostPerAddress } = this.#limits;
    return this.#size * 2 >= most || (address !== "" && this.#countOf(address) * 2 >= mostPerAddress);
  }

  add(connection: T, address: string, now: number): Place<T> {
    const group = this.#byAddress.get(address) ?? { address, places: new Bag() };
    const place = { connection, since: now, group, seat: -1 };
    group.places.add(place);
    this.#byAddress.set(address, group);
    this.#size++;
    return place;
  }

  /** Does nothing if it was removed already. */
  remove(place: Place<T>): void {
    if (place.seat < 0) return;
    const { address, places } = place.group;
    places.remove(place);
    if (places.members.length === 0) this.#byAddress.delete(address);
    this.#size--;
  }

  /**
   * The connection to close for a new one. If all places are taken, it belongs to the address that has most
   * connections; if only `address` has too many, to `address`. Of those it is the one that has been idle longest.
   */
  leaver(address: string | undefined): Place<T> | undefined {
    const isFull = address === undefined || this.#size >= this.#limits.most;
    const group = isFull ? this.#largest() : this.#byAddress.get(address);
    return group === undefined ? undefined : longestIdle(group.places.members);
  }

  /**
   * Connections without a single record that were accepted before `time`, if their address, or the whole listener, is
   * crowded.
   */
  *silentSince(time: number): Iterable<Place<T>> {
    for (const { address, places } of this.#byAddress.values()) {
      if (!this.isCrowded(address)) continue;
      for (const place of places.members) if (place.since <= time && place.connection.records === 0) yield place;
    }
  }

  #countOf(address: string): number {
    return this.#byAddress.get(address)?.places.members.length ?? 0;
  }

  #largest(): Group<T> | undefined {
    let largest: Group<T> | undefined;
    for (const group of this.#byAddress.values()) {
      if (group.places.members.length > (largest?.places.members.length ?? 0)) largest = group;
    }
    return largest;
  }
}

/** The connection that was idle for longest; one without waiting calls if there is any. */
function longestIdle<T extends OpenConnection>(places: readonly Place<T>[]): Place<T> | undefined {
  let leaver: Place<T> | undefined;
  for (const place of places) {
    if (leaver === undefined || isBefore(place.connection, leaver.connection)) leaver = place;
  }
  return leaver;
}

function isBefore(one: OpenConnection, other: OpenConnection): boolean {
  return one.isBusy === other.isBusy ? one.activeAt < other.activeAt : other.isBusy;
}
