// Association groups (C706 section 9.3): the connections of one client, which share its contexts. A group ends with its last connection.
import { randomWord } from "../base/random.js";
import type { Address } from "../transport/address.js";
import { addressGroup } from "../transport/address-group.js";
import { HostShares } from "../transport/host-shares.js";
import { Contexts } from "./contexts.js";

export class AssociationGroup {
  readonly id: number;
  readonly host: string | undefined;
  readonly contexts: Contexts;
  members = 0;

  constructor(id: number, host: string | undefined, contexts: Contexts) {
    this.id = id;
    this.host = host;
    this.contexts = contexts;
  }
}

/** The groups of a server. There are at most as many as connections. */
export class AssociationGroups {
  readonly #groups = new Map<number, AssociationGroup>();
  readonly #mostContexts: number;
  readonly #allContexts: HostShares;

  /** `mostContexts` is the limit of each group, `totalContexts` that of all. */
  constructor(mostContexts: number, totalContexts: number) {
    this.#mostContexts = mostContexts;
    this.#allContexts = new HostShares(totalContexts);
  }

  /** The contexts of all groups. */
  get contexts(): number {
    return this.#allContexts.total;
  }

  /**
   * Adds a connection to a group: to a new one for 0. Undefined if the client has no such group: clients are told apart by their
   * address, so a number that was guessed or overheard is of no use elsewhere. Streams of a program's own have no address.
   */
  join(id: number, remote: Address): AssociationGroup | undefined {
    const host = "host" in remote ? remote.host : undefined;
    const group = id === 0 ? this.#make(host) : this.#groups.get(id);
    if (group === undefined || (id !== 0 && (host === undefined || group.host !== host))) return undefined;
    group.members++;
    return group;
  }

  /** A connection has ended. `failed` receives what the run-down of a context throws. */
  leave(group: AssociationGroup, failed: (error: unknown) => void): void {
    if (--group.members > 0) return;
    this.#groups.delete(group.id);
    group.contexts.runDown(failed);
  }

  #make(host: string | undefined): AssociationGroup {
    let id = 0;
    while (id === 0 || this.#groups.has(id)) id = randomWord();
    const limits = { most: this.#mostContexts, all: this.#allContexts, host: addressGroup(host ?? "") };
    const group = new AssociationGroup(id, host, new Contexts(limits));
    this.#groups.set(id, group);
    return group;
  }
}
