// The endpoints of a machine: which server has which interface and where it listens. No I/O.
import type { Syntax } from "../pdu.js";
import { nilUuid, type Uuid } from "../uuid.js";
import { decodeTower, ipAddress, type Tower } from "./tower.js";

/** One server's endpoint. */
export interface NewEndpoint {
  readonly object: Uuid;
  readonly bytes: Uint8Array;
  readonly tower: Tower;
  /** Equal for endpoints with the same representation and protocols, at whatever address. */
  readonly way: string;
  readonly annotation: string;
}

/** A registered endpoint. */
export interface Endpoint extends NewEndpoint {
  /** Rises with each registration: a lookup continues behind the last one that it reported. */
  readonly id: number;
}

/** @throws BadTower */
export function endpointOf(object: Uuid, bytes: Uint8Array, annotation: string): NewEndpoint {
  const tower = decodeTower(bytes);
  return { object, bytes, tower, way: wayOf(tower), annotation };
}

/** The wanted endpoints. Absent parts match every endpoint. */
export interface Query {
  readonly object?: Uuid | undefined;
  readonly matches?: ((interfaceId: Syntax) => boolean) | undefined;
  /** False leaves out the endpoints that only programs of this machine can reach. */
  readonly isLocal: boolean;
}

export class EndpointTable {
  readonly #entries = new Map<number, Endpoint>();
  readonly #most: number;
  #next = 1;

  constructor(most: number) {
    this.#most = most;
  }

  get entries(): readonly Endpoint[] {
    return [...this.#entries.values()];
  }

  /**
   * Adds endpoints, or nothing if there is no room. One that is registered already is not added twice; with `replace`, those of
   * the same interface, object and transports give way.
   * @returns whether there was room.
   */
  insert(added: readonly NewEndpoint[], replace: boolean): boolean {
    if (this.#entries.size + added.length > this.#most) return false;
    for (const one of added) {
      const isRivalled = replace ? isRival : isEqual;
      for (const entry of this.#entries.values()) if (isRivalled(entry, one)) this.#entries.delete(entry.id);
    }
    for (const one of added) {
      const id = this.#next++;
      this.#entries.set(id, { ...one, id });
    }
    return true;
  }

  /** @returns how many were removed. */
  remove(isRemoved: (entry: NewEndpoint) => boolean): number {
    const gone = this.entries.filter(isRemoved);
    for (const { id } of gone) this.#entries.delete(id);
    return gone.length;
  }

  /** The first `most` matching endpoints behind the one with this id. */
  lookup(query: Query, after: number, most: number): Endpoint[] {
    const found: Endpoint[] = [];
    for (const entry of this.#entries.values()) {
      if (found.length >= most) break;
      if (entry.id > after && isWanted(entry, query)) found.push(entry);
    }
    return found;
  }

  /** The endpoints of compatible servers (C706 appendix O: those of the object, else those without an object). */
  map(object: Uuid, wanted: Tower, isLocal: boolean, after: number, most: number): Endpoint[] {
    const matches = (one: Syntax): boolean => isCompatible(one, wanted.interfaceId);
    const way = wayOf(wanted);
    const isSame = (entry: Endpoint): boolean => entry.way === way;
    const all = (wantedObject: Uuid): Endpoint[] =>
      this.lookup({ object: wantedObject, matches, isLocal }, 0, this.#most).filter(isSame);
    const ofObject = object === nilUuid ? [] : all(object);
    const found = ofObject.length > 0 ? ofObject : all(nilUuid);
    return found.filter(({ id }) => id > after).slice(0, most);
  }
}

function isWanted({ object, tower }: Endpoint, query: Query): boolean {
  if (query.object !== undefined && object !== query.object) return false;
  if (query.matches !== undefined && !query.matches(tower.interfaceId)) return false;
  return query.isLocal || ipAddress(tower)?.startsWith("127.") !== true;
}

/** A server of the same major version and the same or a higher minor one serves the client. */
export function isCompatible(served: Syntax, wanted: Syntax): boolean {
  return served.uuid === wanted.uuid && served.major === wanted.major && served.minor >= wanted.minor;
}

function wayOf({ transfer, floors }: Tower): string {
  return [transfer.uuid, transfer.major, ...floors.map(({ protocol }) => protocol)].join();
}

function isRival(a: NewEndpoint, b: NewEndpoint): boolean {
  const [one, other] = [a.tower.interfaceId, b.tower.interfaceId];
  const isSameInterface = one.uuid === other.uuid && one.major === other.major && one.minor === other.minor;
  return isSameInterface && a.object === b.object && a.way === b.way;
}

export function isEqual(a: NewEndpoint, b: NewEndpoint): boolean {
  return a.object === b.object && isSameBytes(a.bytes, b.bytes);
}

export function isSameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
