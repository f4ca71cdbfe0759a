// Detects servers that have stopped: Linux lists the listening sockets of the machine. No server is called.
import { systemClock, type Timer } from "../../base/clock.js";
import { pause } from "../../base/wait.js";
import { listeningHere } from "../../machine/listening-here.js";
import { fromUniversalAddress } from "../../transport/address.js";
import { listeningKey, type StateFile } from "./state-file.js";
import { type BinderEntry, binderProgram, type RegistrationTable } from "./table.js";

/** Milliseconds between two checks without events, and the least between any two checks. */
export const surveyInterval = 10_000;
const shortestInterval = 500;
/** The same interval while no server registers, but clients ask. */
const questionInterval = 2_000;
const delay = 50;

/** Checking long lists takes long: while servers register, checks use at most a twentieth of the time. */
const lookShare = 20;

/** Milliseconds for which a check is trusted when a client asks for a program; longer if checks take long. */
const lookAge = 1_000;
const lookAgePerLook = 50;

/** Milliseconds between two checks that a client waits for. */
const secondLook = 20;

export interface SurveyOptions {
  readonly enabled: boolean;
  /** Called for each registration that was removed. Must not throw. */
  readonly gone: (entry: BinderEntry) => void;
  /** Monotonic time in milliseconds. Default: the machine's clock. */
  readonly now?: () => number;
  /**
   * Returns all listening places; undefined if the system does not report them. Must look carefully for the `expected`
   * places, where something listened before. Default: as Linux lists them.
   */
  readonly listening?: (expected: Iterable<string>) => Promise<ReadonlySet<string> | undefined>;
}

/**
 * Checks from time to time, and when a client asks for a server and the last check is old. A registration is removed if
 * its server was seen listening once and was missing in two later checks. A server in another network namespace is
 * never seen, so its registration stays.
 */
export class Survey {
  readonly #table: RegistrationTable;
  readonly #options: SurveyOptions;
  readonly #now: () => number;
  #file: StateFile | undefined;
  #seen = new Set<BinderEntry>();
  #missing = new Set<BinderEntry>();
  /** The registered address of each entry, parsed once, as there may be many. */
  readonly #places = new WeakMap<BinderEntry, string>();
  #timer: Timer | undefined;
  #next = Number.POSITIVE_INFINITY;
  #lastAt = Number.NEGATIVE_INFINITY;
  #running = false;
  #lookTook = 0;
  #waiting: Promise<void> | undefined;
  #looking: Promise<void> | undefined;

  constructor(table: RegistrationTable, options: SurveyOptions) {
    this.#table = table;
    this.#options = options;
    this.#now = options.now ?? (() => systemClock.now());
  }

  start(file?: StateFile): void {
    if (!this.#options.enabled) return;
    this.#file = file;
    const before = file?.seenBefore;
    if (before !== undefined) this.#seen = new Set(this.#table.all().filter((one) => before.has(listeningKey(one))));
    this.#running = true;
    this.soon();
  }

  stop(): void {
    this.#running = false;
    systemClock.clearTimeout(this.#timer);
  }

  /**
   * Called before the binder answers where a program is. Returns undefined at once if the last check is recent or the
   * server was never seen; else a promise that resolves when it is certain whether the server still runs. `entry`
   * undefined: for all of them. Never rejects.
   */
  current(entry?: BinderEntry): Promise<void> | undefined {
    if (!this.#running) return undefined;
    const age = this.#now() - this.#lastAt;
    this.#in(Math.max(delay, questionInterval - age));
    if (entry === undefined ? this.#seen.size === 0 : !this.#seen.has(entry)) return undefined;
    if (age < Math.max(lookAge, lookAgePerLook * this.#lookTook)) return this.#waiting;
    this.#waiting ??= this.#lookTwice().finally(() => {
      this.#waiting = undefined;
    });
    return this.#waiting;
  }

  async #lookTwice(): Promise<void> {
    await this.look();
    if (this.#missing.size === 0) return;
    await pause(secondLook);
    await this.look();
  }

  /** Called after a registration: makes the next check soon. */
  soon(): void {
    const interval = Math.max(shortestInterval, lookShare * this.#lookTook);
    if (this.#running) this.#in(Math.max(delay, this.#lastAt + interval - this.#now()));
  }

  #in(milliseconds: number): void {
    const at = this.#now() + milliseconds;
    if (at >= this.#next) return;
    this.#next = at;
    systemClock.clearTimeout(this.#timer);
    // A check in progress may have read its list before the event that requested this one.
    this.#timer = systemClock
      .setTimeout(() => void (this.#looking ?? Promise.resolve()).then(() => this.look()), milliseconds)
      .unref();
  }

  /** One check, or the one in progress. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    this.#lastAt = this.#now();
    // Cleared before the list is read: a registration during the check requests another one.
    this.#next = Number.POSITIVE_INFINITY;
    const entries = this.#table.all().filter(({ program }) => program !== binderProgram);
    const expected = entries.filter((entry) => this.#seen.has(entry)).map((entry) => this.#placeOf(entry));
    const listening = await (this.#options.listening ?? listeningHere)(expected).catch(() => undefined);
    if (listening !== undefined && this.#running) this.#compare(entries, listening);
    this.#lookTook = this.#now() - this.#lastAt;
    if (this.#running) this.#in(this.#missing.size > 0 ? shortestInterval : surveyInterval);
  }

  #compare(entries: readonly BinderEntry[], listening: ReadonlySet<string>): void {
    const present = entries.filter((entry) => listening.has(this.#placeOf(entry)));
    const fresh = present.filter((entry) => !this.#seen.has(entry));
    const isThere = new Set(present);
    const missing = entries.filter((entry) => this.#seen.has(entry) && !isThere.has(entry));
    const gone = missing.filter((entry) => this.#missing.has(entry));
    this.#missing = new Set(missing);
    try {
      if (fresh.length > 0) this.#file?.seen(fresh);
      this.#remove(gone);
    } catch {
      // The state file has reported the error; the next check tries again.
      return;
    }
    const left = new Set(gone);
    this.#seen = new Set(entries.filter((entry) => !left.has(entry) && (this.#seen.has(entry) || isThere.has(entry))));
  }

  #placeOf(entry: BinderEntry): string {
    let place = this.#places.get(entry);
    if (place === undefined) {
      place = placeOf(entry);
      this.#places.set(entry, place);
    }
    return place;
  }

  #remove(gone: readonly BinderEntry[]): void {
    // The server may have registered again, elsewhere, during the check.
    const same = gone.filter((entry) => this.#table.find(entry.program, entry.version, entry.netid) === entry);
    this.#table.remove(same);
    for (const entry of same) {
      this.#missing.delete(entry);
      this.#options.gone(entry);
    }
  }
}

/** "tcp:2049", "udp:2049" or "local:/run/x.sock". A port of one IP version counts for both: one socket may serve both. */
function placeOf({ netid, address }: BinderEntry): string {
  const place = fromUniversalAddress(netid, address);
  if (place.kind === "unix") return `local:${place.path}`;
  return "port" in place ? `${place.kind}:${place.port}` : "";
}
