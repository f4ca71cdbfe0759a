// The contents of a directory server: services by path, and the revision of each. No I/O.
import { randomWord } from "../../base/random.js";
import type { dir_revision } from "../directory.gen.js";
import { type DirectoryLimits, defaultDirectoryLimits } from "./limits.js";
import { isSame, type Registered, type Registration, sizeOf } from "./registered.js";
import { ByHost, hostOf, Shares } from "./shares.js";
import { firstFrom, SortedPaths } from "./sorted-paths.js";
import { countIn, keepIn, newUsers, type Users } from "./users.js";

/** The journal to which changes are written before they take effect. `change` is the number of the path's new state. */
export interface DirectoryJournal {
  /** @throws an error that prevents writing the change. */
  put(item: Registration, change: number): void;
  removed(item: Registration, change: number): void;
}

export type Full = "directory" | "path" | "host";

class Service {
  readonly entries = new Map<string, Registered>();
  change = 0;
  bytes = 0;
  /** Registrations that are kept. */
  kept = 0;
  /** The part of the path that each host has; undefined until the path was full for the first time. */
  users: Users | undefined;
  /** Sorted by id; undefined until it is built. */
  sorted: readonly Registered[] | undefined;
}

/** The services of a directory server. Revisions of a path only increase, even while nothing is registered there. */
export class ServiceTable {
  readonly limits: DirectoryLimits;
  readonly #services = new Map<string, Service>();
  epoch = 0n;
  #change = 0;
  /** The revision of every empty path: that of the last change that emptied a path. */
  #emptied = 0;
  readonly #users: Users;
  /** The number of the last registration or renewal. */
  #order = 0;
  readonly #paths = new SortedPaths();
  #journal: DirectoryJournal | undefined;

  constructor(epoch: bigint, limits: Partial<DirectoryLimits> = {}) {
    this.epoch = epoch;
    this.limits = { ...defaultDirectoryLimits, ...limits };
    const { entries, perHost, bytes, hostBytes, reserved } = this.limits;
    this.#users = {
      entries: new Shares({ most: entries, perHost, reserved }),
      bytes: new Shares({ most: bytes, perHost: hostBytes, reserved }),
      items: new ByHost(),
    };
  }

  get size(): number {
    return this.#users.entries.total;
  }

  get services(): number {
    return this.#services.size;
  }

  get counters(): { readonly change: number; readonly emptied: number } {
    return { change: this.#change, emptied: this.#emptied };
  }

  /** Writes changes to a journal from now on. */
  record(journal: DirectoryJournal): void {
    this.#journal = journal;
  }

  revision(path: string): dir_revision {
    const change = this.#services.get(path)?.change ?? this.#emptied;
    return { epoch: this.epoch, change: BigInt(change) };
  }

  find(path: string, id: string): Registered | undefined {
    return this.#services.get(path)?.entries.get(id);
  }

  count(path: string): number {
    return this.#services.get(path)?.entries.size ?? 0;
  }

  /** The approximate bytes of an answer about a path. */
  bytesAt(path: string): number {
    return this.#services.get(path)?.bytes ?? 0;
  }

  /** The registrations of a path, sorted by id. */
  at(path: string): readonly Registered[] {
    const service = this.#services.get(path);
    if (service === undefined) return [];
    service.sorted ??= [...service.entries.values()].sort((a, b) => (a.entry.id < b.entry.id ? -1 : 1));
    return service.sorted;
  }

  /** Every registration with the number of its path's state. */
  *all(): Generator<readonly [item: Registered, change: number]> {
    for (const { entries, change } of this.#services.values()) {
      for (const item of entries.values()) yield [item, change];
    }
  }

  /** Lists paths at or below a folder in order: at most `most`, starting after `after`. `more` reports whether others follow. */
  list(folder: string, after: string, most: number): { readonly paths: string[]; readonly more: boolean } {
    const all = this.#paths.sorted();
    const paths: string[] = [];
    const [below, beyond] = folder === "/" ? ["/", "0"] : [`${folder}/`, `${folder}0`];
    if (folder !== "/" && folder > after && this.#services.has(folder)) paths.push(folder);
    const isIn = (at: number): boolean => at < all.length && (all[at] as string) < beyond;
    let at = firstFrom(all, after < below ? below : after);
    if (all[at] === after) at++;
    for (; paths.length < most && isIn(at); at++) paths.push(all[at] as string);
    return { paths, more: isIn(at) };
  }

  /** The limit that one more or larger registration would exceed; undefined if it fits. */
  full(what: Registration): Full | undefined {
    const { perPath, pathBytes } = this.limits;
    const { more, moreBytes, ofHost, bytesOfHost } = this.#growth(what);
    const excess =
      this.#users.entries.excess(what.origin, more, ofHost) ??
      this.#users.bytes.excess(what.origin, moreBytes, bytesOfHost);
    if (excess === "all") return "directory";
    if (more > 0 && this.count(what.path) >= perPath) return "path";
    if (moreBytes > 0 && this.bytesAt(what.path) + moreBytes > pathBytes) return "path";
    return excess;
  }

  /** The registration to remove for one more or larger one, because its host has more than its share. */
  giver(what: Registration, full: Full): Registered | undefined {
    if (full === "host") return undefined;
    const { entries, bytes, items } = full === "path" ? this.#usersOf(what.path) : this.#users;
    const { more, moreBytes } = this.#growth(what);
    const isCountFull = full === "path" ? entries.total >= this.limits.perPath : this.#isCountFull(what, more);
    const host = more > 0 && isCountFull ? entries.giver(what.origin, more) : bytes.giver(what.origin, moreBytes);
    for (const item of host === undefined ? [] : items.of(host)) {
      if (item.path !== what.path || item.entry.id !== what.entry.id) return item;
    }
    return undefined;
  }

  /**
   * Must be called when a registration was renewed: at a limit, other registrations of its host are then removed before it. An old
   * registration (`isOld`) is never removed to make room again, unless too many are kept already.
   */
  renewed(item: Registered, isOld = false): void {
    if (item.isKept) return;
    item.order = ++this.#order;
    const service = this.#services.get(item.path);
    this.#users.items.touch(item.origin, item);
    service?.users?.items.touch(item.origin, item);
    if (isOld && service !== undefined && this.#mayKeep(service, item)) this.#keep(service, item, 1);
  }

  #mayKeep(service: Service, item: Registered): boolean {
    const { entries, bytes } = this.#users;
    if (item.origin === "" || 2 * service.kept >= this.limits.perPath) return false;
    return entries.mayKeep(item.origin, 1) && bytes.mayKeep(item.origin, sizeOf(item));
  }

  #keep(service: Service, item: Registered, by: 1 | -1): void {
    item.isKept = by > 0;
    service.kept += by;
    keepIn(this.#users, item, by);
    if (service.users !== undefined) keepIn(service.users, item, by);
  }

  /** The hosts that use a path are counted from the first time that it is full. */
  #usersOf(path: string): Users {
    const service = this.#services.get(path);
    const users = service?.users ?? newUsers();
    if (service === undefined || service.users !== undefined) return users;
    for (const item of [...service.entries.values()].sort((a, b) => a.order - b.order)) {
      countIn(users, item, 1);
      if (item.isKept) keepIn(users, item, 1);
    }
    service.users = users;
    return users;
  }

  #isCountFull({ origin }: Registration, more: number): boolean {
    return this.#users.entries.excess(origin, more) === "all";
  }

  /** The difference that a registration makes to one of its id: in all, and for its host. */
  #growth(what: Registration) {
    const before = this.find(what.path, what.entry.id);
    const size = sizeOf(what);
    const [more, moreBytes] = before === undefined ? [1, size] : [0, size - sizeOf(before)];
    const isNewHost = before === undefined || hostOf(before.origin) !== hostOf(what.origin);
    return { more, moreBytes, ofHost: isNewHost ? 1 : 0, bytesOfHost: isNewHost ? size : moreBytes };
  }

  /**
   * Adds a registration, or replaces the one with its id.
   * @returns whether the path has a new state.
   * @throws errors of the journal; then nothing has changed.
   */
  put(item: Registered): boolean {
    const before = this.find(item.path, item.entry.id);
    const same = before !== undefined && isSame(before.entry, item.entry);
    const change = same ? this.#changeOf(item.path) : this.#change + 1;
    if (!same || before.lease !== item.lease || before.origin !== item.origin || before.owner !== item.owner) {
      this.#journal?.put(item, change);
    }
    this.restore(item, change);
    return !same;
  }

  /** Like `put`, with the revision from the journal. */
  restore(item: Registered, change: number): void {
    const before = this.find(item.path, item.entry.id);
    if (before !== undefined) this.#take(before);
    let service = this.#services.get(item.path);
    if (service === undefined) {
      service = new Service();
      this.#services.set(item.path, service);
      this.#paths.changed(item.path, true);
    }
    service.entries.set(item.entry.id, item);
    service.sorted = undefined;
    service.change = Math.max(service.change, change);
    this.#change = Math.max(this.#change, change);
    this.#count(service, item, 1);
  }

  /**
   * Removes a registration, even if that cannot be written to the state file. In that case a new epoch begins, because
   * the journal may lack the latest revisions of this one.
   */
  remove(item: Registered): void {
    if (this.find(item.path, item.entry.id) !== item) return;
    const change = this.#change + 1;
    try {
      this.#journal?.removed(item, change);
    } catch {
      this.epoch = newEpoch();
    }
    this.forget(item, change);
  }

  /** Like `remove`, with the revision from the journal. */
  forget(item: Registered, change: number): void {
    this.#change = Math.max(this.#change, change);
    const service = this.#services.get(item.path);
    if (service === undefined) return;
    this.#take(item);
    service.change = Math.max(service.change, change);
    if (service.entries.size > 0) return;
    this.#services.delete(item.path);
    this.#paths.changed(item.path, false);
    this.#emptied = Math.max(this.#emptied, service.change);
  }

  /** Continues with the revision numbers of a journal. The changes with those numbers are no longer in it. */
  resume(change: number, emptied: number): void {
    this.#change = Math.max(this.#change, change);
    this.#emptied = Math.max(this.#emptied, emptied);
  }

  #changeOf(path: string): number {
    return this.#services.get(path)?.change ?? this.#emptied;
  }

  #take(item: Registered): void {
    const service = this.#services.get(item.path);
    if (service === undefined || !service.entries.delete(item.entry.id)) return;
    service.sorted = undefined;
    this.#count(service, item, -1);
  }

  #count(service: Service, item: Registered, by: 1 | -1): void {
    const bytes = by * sizeOf(item);
    if (by > 0) item.order = ++this.#order;
    else if (item.isKept) this.#keep(service, item, -1);
    countIn(this.#users, item, by);
    if (service.users !== undefined) countIn(service.users, item, by);
    service.bytes += bytes;
  }
}

/** A random epoch. Never 0, which a watcher sends if it knows nothing. */
export function newEpoch(): bigint {
  return (BigInt(randomWord()) << 32n) | BigInt(randomWord()) || 1n;
}
