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
/** The same where nobody registers, but some ask. */
const questionInterval = 2_000;
const delay = 50;

/** Looks at long lists take long: while servers register, at most a twentieth of the time goes to them. */
const lookShare = 20;

/** Milliseconds for which a look is believed when somebody asks where a program is; longer where looks take long. */
const lookAge = 1_000;
const lookAgePerLook = 50;

/** Milliseconds between two looks that somebody waits for. */
const secondLook = 20;

export interface SurveyOptions {
  readonly enabled: boolean;
  /** Called for each registration that was removed. Must not throw. */
  readonly gone: (entry: BinderEntry) => void;
  /** Milliseconds that pass. Default: the machine's clock. */
  readonly now?: () => number;
  /**
   * Everything that listens; undefined if the system does not say. Must look carefully for the `expected` places, where
   * something listened before. Default: as Linux lists it.
   */
  readonly listening?: (expected: Iterable<string>) => Promise<ReadonlySet<string> | undefined>;
}

/**
 * Looks now and then, and when somebody asks for a server and the last look is not recent. A registration goes when its server was seen listening once, and was not in two looks after
 * that: a server in another network namespace is never seen, and stays.
 */
export class Survey {
  readonly #table: RegistrationTable;
  readonly #options: SurveyOptions;
  readonly #now: () => number;
  #file: StateFile | undefined;
  #seen = new Set<BinderEntry>();
  #missing = new Set<BinderEntry>();
  /** Where each registration says that its server listens: read once, as there may be many. */
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
   * For who asks where a program is: undefined, at once, where the last look is recent or the server was never seen; else
   * ends when it is certain whether the server is still there. `entry` undefined: for all of them. Never rejects.
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

  /** Somebody registered. */
  soon(): void {
    const interval = Math.max(shortestInterval, lookShare * this.#lookTook);
    if (this.#running) this.#in(Math.max(delay, this.#lastAt + interval - this.#now()));
  }

  #in(milliseconds: number): void {
    const at = this.#now() + milliseconds;
    if (at >= this.#next) return;
    this.#next = at;
    systemClock.clearTimeout(this.#timer);
    // A look that is under way may have read its list before the event that asked for this one.
    this.#timer = systemClock
      .setTimeout(() => void (this.#looking ?? Promise.resolve()).then(() => this.look()), milliseconds)
      .unref();
  }

  /** One look, or the one that is under way. Never rejects. */
  look(): Promise<void> {
    this.#looking ??= this.#look().finally(() => {
      this.#looking = undefined;
    });
    return this.#looking;
  }

  async #look(): Promise<void> {
    this.#lastAt = this.#now();
    // Before the list is read: a registration that comes meanwhile asks for another look.
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
      // The state file has told of it; the next look tries again.
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
    // It may have registered again, elsewhere, since the look began.
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
