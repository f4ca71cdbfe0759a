// The registrations of a directory: leases, and the connections that hold them.
import type { Deadlines } from "../../peer/deadlines.js";
import { type dir_registration, dir_stat } from "../directory.gen.js";
import { highestRank, longestLease, shortestLease } from "../engine.js";
import { type Caller, isPrincipal, keptAddresses } from "./addresses.js";
import type { DirectoryLog } from "./events.js";
import { type Holder, isSame, Registered, type Registration } from "./registered.js";
import { Standstill } from "./standstill.js";
import type { Full, ServiceTable } from "./table.js";

/**
 * Milliseconds that servers have to return after this process was suspended: they may have closed their connections,
 * and may be waiting before they retry.
 */
const defaultComeback = 2_000;

/**
 * How often a registration is extended in this way, so that a process that is always late still removes dead servers.
 */
const mostPostponed = 2;

/** Milliseconds after which a registration that is renewed is no longer removed to make room for other hosts. */
export const keptAfter = 600_000;

/** Why a change was rejected. */
export type RejectedChange = { readonly status: Exclude<dir_stat, 0>; readonly why: string };

export interface RegistrationRules {
  /** Milliseconds, see DirectoryServerOptions. */
  readonly grace: number;
  /** Default 2000. */
  readonly comeback?: number;
  readonly log: DirectoryLog;
  /** Called when a registration of a host is removed to make room for another host's. */
  readonly crowded?: (host: string) => void;
  /** Called when a path has a new state. */
  readonly changed: (path: string) => void;
}

export class Registrations {
  readonly #table: ServiceTable;
  readonly #deadlines: Deadlines;
  readonly #rules: RegistrationRules;
  readonly #comeback: number;
  readonly #standstill: Standstill;
  #closed = false;

  constructor(table: ServiceTable, deadlines: Deadlines, rules: RegistrationRules) {
    this.#table = table;
    this.#deadlines = deadlines;
    this.#rules = rules;
    this.#comeback = rules.comeback ?? defaultComeback;
    this.#standstill = new Standstill(this.#comeback, deadlines.clock);
  }

  /** Registers, or renews. The connection, if any, holds the lease. @returns the reason for a refusal. */
  register(what: dir_registration, caller: Caller, holder: Holder | undefined): RejectedChange | undefined {
    const addresses = keptAddresses(what.entry.addresses, caller.origin);
    if ("why" in addresses) return { status: dir_stat.DIR_BAD_ENTRY, why: addresses.why };
    const wanted: Registration = {
      ...what,
      entry: { ...what.entry, addresses },
      origin: caller.origin,
      owner: caller.owner,
    };
    const unsound = unsoundness(wanted);
    if (unsound !== undefined) return { status: dir_stat.DIR_BAD_ENTRY, why: unsound };
    const before = this.#table.find(what.path, what.entry.id);
    if (before !== undefined && !isHeldBy(before, caller, holder)) return notYours(before);
    if (before !== undefined && isRenewal(before, wanted)) {
      this.#hold(before, before.lease, later(before.holder, holder));
      this.#table.renewed(before, this.#deadlines.now() - before.since >= keptAfter);
    } else return this.#put(wanted, before, caller, holder);
    return undefined;
  }

  /**
   * Succeeds if the entry does not exist, so that a caller that lost the reply and repeats the call gets the same
   * answer.
   * @returns the reason for a refusal.
   */
  withdraw(path: string, id: string, caller: Caller, holder: Holder | undefined): RejectedChange | undefined {
    const item = this.#table.find(path, id);
    if (item === undefined) return undefined;
    if (!isHeldBy(item, caller, holder)) return notYours(item);
    item.departure = "withdrawn";
    this.#leave(item);
    return undefined;
  }

  /** A connection has ended: its registrations are removed soon, unless they are renewed over another one. */
  disconnected(holder: Holder): void {
    if (this.#closed) return;
    const grace = this.#standstill.recovering ? this.#comeback : this.#rules.grace;
    for (const item of holder.holds) {
      item.holder = undefined;
      item.departure = "its connection was lost";
      this.#deadlines.clear(item);
      this.#deadlines.set(item, Math.min(item.lease, grace));
    }
    holder.holds.clear();
  }

  /** Adds the registrations from before this start. */
  restore(what: Registration, change: number): void {
    this.#table.restore(this.#newItem(what), change);
  }

  /** Sets the leases of all restored registrations: their servers must return within `least` milliseconds. */
  expect(least: number): void {
    for (const [item] of this.#table.all()) this.#deadlines.set(item, Math.max(item.lease, least));
  }

  /** Removes no server any more: connections that end because the directory closes say nothing about their servers. */
  close(): void {
    this.#closed = true;
    this.#standstill.stop();
    for (const [item] of this.#table.all()) this.#deadlines.clear(item);
  }

  #put(what: Registration, before: Registered | undefined, caller: Caller, holder: Holder | undefined) {
    const full = this.#makeRoom(what);
    if (full !== undefined) return { status: dir_stat.DIR_FULL, why: fullness(full, what, this.#table) };
    const item = this.#newItem(what);
    if (before !== undefined && before.origin === item.origin) item.since = before.since;
    const isOther = before === undefined || !isSame(before.entry, item.entry);
    try {
      this.#table.put(item);
    } catch (error) {
      return { status: dir_stat.DIR_FULL, why: `it cannot be saved: ${(error as Error).message}` };
    }
    if (before !== undefined) this.#release(before);
    this.#hold(item, item.lease, holder);
    if (!isOther) return undefined;
    this.#rules.log({ kind: "joined", path: item.path, entry: item.entry, by: caller.remote });
    this.#rules.changed(item.path);
    return undefined;
  }

  /** Removes registrations to make room for one. @returns the limit that it exceeds nevertheless. */
  #makeRoom(what: Registration): Full | undefined {
    for (;;) {
      const full = this.#table.full(what);
      const giver = full === undefined ? undefined : this.#table.giver(what, full);
      if (giver === undefined) return full;
      this.#rules.crowded?.(giver.origin);
      giver.departure = "its place was needed by a host with fewer";
      this.#leave(giver);
    }
  }

  #newItem(what: Registration): Registered {
    const item = new Registered(what, (one) => this.#expired(one));
    item.since = this.#deadlines.now();
    return item;
  }

  /** This process may have been suspended: then renewals that arrived in time have not been read yet. */
  #expired(item: Registered): void {
    if (this.#standstill.recovering && item.postponed++ < mostPostponed) this.#deadlines.set(item, this.#comeback);
    else this.#leave(item);
  }

  #hold(item: Registered, lease: number, holder: Holder | undefined): void {
    this.#release(item);
    item.departure = "its lease ended";
    item.postponed = 0;
    item.holder = holder;
    holder?.holds.add(item);
    if (!this.#closed) this.#deadlines.set(item, lease);
  }

  #release(item: Registered): void {
    this.#deadlines.clear(item);
    item.holder?.holds.delete(item);
    item.holder = undefined;
  }

  #leave(item: Registered): void {
    this.#release(item);
    this.#table.remove(item);
    this.#rules.log({ kind: "left", path: item.path, entry: item.entry, why: item.departure });
    this.#rules.changed(item.path);
  }
}

/** Identifies the owner by secret or principal, otherwise by connection or host. Ids are not secret: every look-up returns them. */
function isHeldBy(item: Registered, caller: Caller, holder: Holder | undefined): boolean {
  if (item.owner !== undefined) return item.owner === caller.owner;
  return item.origin === caller.origin || (item.holder !== undefined && item.holder === holder);
}

/**
 * Data of a cut connection may arrive after its successor has renewed the lease. The end of the old connection, which
 * follows, must not end the lease.
 */
function later(one: Holder | undefined, other: Holder | undefined): Holder | undefined {
  return one !== undefined && other !== undefined && one.number > other.number ? one : other;
}

function isRenewal(before: Registered, what: Registration): boolean {
  const { lease, origin, owner } = before;
  return lease === what.lease && origin === what.origin && owner === what.owner && isSame(before.entry, what.entry);
}

function unsoundness({ entry, lease }: Registration): string | undefined {
  if (!/^[\x21-\x7e]+$/.test(entry.id)) return "its id must be 1 to 64 printable characters without blanks";
  if (entry.weight < 1 || entry.weight > highestRank)
    return `its weight is ${entry.weight}, and must be 1 to ${highestRank}`;
  if (lease >= shortestLease && lease <= longestLease) return undefined;
  return `a lease of ${lease} ms: it must be ${shortestLease} to ${longestLease}`;
}

function notYours({ path, entry, origin, owner }: Registered): RejectedChange {
  if (owner !== undefined) {
    const only = isPrincipal(owner)
      ? `that belongs to the ${owner}, which alone may change it`
      : `that was made with the secret ${owner}: only a caller with that secret may change it`;
    const why = `${path} has a registration ${JSON.stringify(entry.id)} ${only}`;
    return { status: dir_stat.DIR_NOT_YOURS, why };
  }
  const where = origin === "" ? "the directory's own machine" : origin;
  const why = `${path} has a registration ${JSON.stringify(entry.id)} of ${where}, which may change it; others may when its lease has ended`;
  return { status: dir_stat.DIR_NOT_YOURS, why };
}

function fullness(full: Full, { path, origin }: Registration, { limits }: ServiceTable): string {
  switch (full) {
    case "directory": {
      const part = origin === "" ? "" : ", minus those reserved for its own machine";
      return `it holds ${limits.entries} registrations or ${limits.bytes} bytes${part}, and takes no more`;
    }
    case "path":
      return `${path} has ${limits.perPath} registrations or ${limits.pathBytes} bytes, and takes no more`;
    case "host": {
      const host = origin === "" ? "this machine" : origin;
      const share = `${limits.perHost} registrations and ${limits.hostBytes} bytes, or as much as is left for others`;
      return `${host} has its share of the directory, and may have no more: at most ${share}`;
    }
  }
}
