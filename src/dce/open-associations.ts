// The connections of a server, and the choice of the one that is closed for a new one.
import { hostOf } from "./ends.js";
import type { ServerAssociation } from "./server-association.js";

export class OpenAssociations {
  readonly #open = new Set<ServerAssociation>();
  /** Closed for others; their ends have not been reported yet. */
  readonly #leaving = new Set<ServerAssociation>();

  /** The number of connections that are open. */
  get size(): number {
    return this.#open.size;
  }

  /** The number of those that have a socket: not a program's own streams. */
  get sockets(): number {
    let count = 0;
    for (const { ends } of this.#open) if ("host" in ends.remote) count++;
    return count;
  }

  /** Whether all have ended. */
  get isEmpty(): boolean {
    return this.#open.size + this.#leaving.size === 0;
  }

  add(association: ServerAssociation): void {
    this.#open.add(association);
  }

  /** It has ended. */
  remove(association: ServerAssociation): void {
    this.#open.delete(association);
    this.#leaving.delete(association);
  }

  [Symbol.iterator](): Iterator<ServerAssociation> {
    return [...this.#open, ...this.#leaving].values();
  }

  /** Closes the connection that is needed least for `added`, which counts and stays, unless it is alone. */
  replace(added: ServerAssociation): void {
    this.#close(leaver(this.#open, added) ?? added);
  }

  /** Closes the least needed of the connections that have a socket, and returns it. Undefined: none has one. */
  release(): ServerAssociation | undefined {
    const found = leaver([...this.#open].filter(({ ends }) => "host" in ends.remote));
    if (found !== undefined) this.#close(found);
    return found;
  }

  #close(association: ServerAssociation): void {
    this.#open.delete(association);
    this.#leaving.add(association);
    association.destroy();
  }
}

/**
 * A connection of the address (for IPv6, the /64 network) that has most. Of those without running operations, or else of all, it is the one
 * that has been silent for longest. If several addresses have most, one with an idle connection gives way.
 */
function leaver(all: Iterable<ServerAssociation>, added?: ServerAssociation): ServerAssociation | undefined {
  const byHost = new Map<string | undefined, ServerAssociation[]>();
  for (const one of all) {
    const host = hostOf(one.ends);
    const own = byHost.get(host);
    if (own === undefined) byHost.set(host, [one]);
    else own.push(one);
  }
  const most = [...byHost.values()].reduce((found, { length }) => Math.max(found, length), 0);
  const largest = [...byHost.values()].filter(({ length }) => length === most);
  const others = largest.flat().filter((one) => one !== added);
  return silentLongest(others.filter((one) => one.isIdle)) ?? silentLongest(others);
}

function silentLongest(associations: readonly ServerAssociation[]): ServerAssociation | undefined {
  let found: ServerAssociation | undefined;
  for (const one of associations) if (found === undefined || one.activeAt < found.activeAt) found = one;
  return found;
}
