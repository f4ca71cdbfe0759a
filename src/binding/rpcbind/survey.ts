// Detects servers that have stopped: Linux lists the listening sockets of the machine. No server is called.
import { systemClock, type Timer } from "../../base/clock.js";
import { pause } from "../../base/wait.js";
import { listeningHere } from "../../machine/listening-here.js";
import { addressOf } from "./entry-address.js";
import { listeningKey, type StateFile } from "./state-file.js";
import { type BinderEntry, binderProgram, type RegistrationTable } from "./table.js";

/** Milliseconds between two checks without events, and between two in which a server is missing. */
export const surveyInterval = 10_000;
const missingInterval = 500;
/** Milliseconds between two checks while no server registers, but clients ask. */
const questionInterval = 2_000;
const delay = 50;

/**
 * Checks that registrations and questions cause use at most this share of the time, a fiftieth: then a check of 3 ms of
 * processor time is trusted for 150 ms.
 */
const checkShare = 50;

/** Milliseconds between two checks for a client that waits. A server is missing only if neither finds it. */
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
  /** Returns the processor time of this process in milliseconds. Default: as the system reports it. */
  readonly spent?: () => number;
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
  readonly #spent: () => number;
  #file: StateFile | undefined;
  #seen = new Set<BinderEntry>();
  #missing = new Set<BinderEntry>();
  /** The registered address of each entry, parsed once, as there may be many. */
  readonly #places = new WeakMap<BinderEntry, string>();
  #timer: Timer | undefined;
  #next = Number.POSITIVE_INFINITY;
  #lastAt = Number.NEGATIVE_INFINITY;
  #running = false;
  /** Processor time of the last check. The time on the clock would be much longer on a busy machine. */
  #lookCost = 0;
  #waiting: Promise<void> | undefined;
  #looking: Promise<void> | undefined;

  constructor(table: RegistrationTable, options: SurveyOptions) {
    this.#table = table;
    this.#options = options;
    this.#now = options.now ?? (() => systemClock.now());
    this.#spent = options.spent ?? processorTime;
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
    if (age <= checkShare * this.#lookCost) return this.#waiting;
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
    const next = this.#lastAt + checkShare * this.#lookCost;
    if (this.#running) this.#in(Math.max(delay, next - this.#now()));
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

  /** Checks all registrations once, or joins the check that is in progress. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    this.#lastAt = this.#now();
    const before = this.#spent();
    // Cleared before the list is read: a registration during the check requests another one.
    this.#next = Number.POSITIVE_INFINITY;
    const entries = this.#table.all().filter(({ program }) => program !== binderProgram);
    const expected = entries.filter((entry) => this.#seen.has(entry)).map((entry) => this.#placeOf(entry));
    const listening = await (this.#options.listening ?? listeningHere)(expected).catch(() => undefined);
    if (listening !== undefined && this.#running) this.#compare(entries, listening);
    this.#lookCost = this.#spent() - before;
    if (this.#running) this.#in(this.#missing.size > 0 ? missingInterval : surveyInterval);
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

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

/** "tcp:2049", "udp:2049" or "local:/run/x.sock". A port of one IP version counts for both: one socket may serve both. Empty for an address that cannot be read. */
function placeOf({ netid, address }: BinderEntry): string {
  const place = addressOf(netid, address);
  if (place === undefined) return "";
  if (place.kind === "unix") return `local:${place.path}`;
  return "port" in place ? `${place.kind}:${place.port}` : "";
}
