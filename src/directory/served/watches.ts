// Pending WATCH calls. They are answered when their path changes, when their time is over, or when the directory
// closes.
import type { Clock } from "../../base/clock.js";
import { Alarm, type Deadlines } from "../../peer/deadlines.js";
import type { dir_revision } from "../directory.gen.js";
import { InTurns, type Step } from "./in-turns.js";
import { mostUnread } from "./limits.js";
import { ByHost, Shares } from "./shares.js";
import type { ServiceTable } from "./table.js";

/** The watches of one connection, by path. */
export interface Watcher {
  /** The host that it came from; "" is this machine. */
  readonly origin: string;
  readonly watches: Map<string, Waiting>;
  /** Bytes of changes sent since its last call. A connection that makes no calls may not be reading. */
  unread: number;
}

/** One pending call. Its alarm rings when its time is over. */
export class Waiting extends Alarm {
  readonly path: string;
  readonly watcher: Watcher;
  readonly known: dir_revision;
  readonly answer: () => void;
  /** True if the revision that it knows is of another epoch. */
  readonly isFromBefore: boolean;
  readonly #late: (waiting: Waiting) => void;

  constructor(at: Watching, isFromBefore: boolean, answer: () => void, late: (waiting: Waiting) => void) {
    super();
    this.isFromBefore = isFromBefore;
    this.path = at.path;
    this.watcher = at.watcher;
    this.known = at.known;
    this.answer = answer;
    this.#late = late;
  }

  override ring(): void {
    this.#late(this);
  }
}

export interface Watching {
  readonly path: string;
  readonly known: dir_revision;
  /** The longest wait in milliseconds. */
  readonly wait: number;
  readonly watcher: Watcher;
}

/** The pending calls of one path, and when they are answered. */
interface Spot {
  readonly waiting: Set<Waiting>;
  timer: { stop(): void } | undefined;
}

/** The most paths whose last notification time is remembered. */
const mostTold = 4_096;

/** Milliseconds between two answers to the watchers of a busy path. */
const shortestPause = 20;
const longestPause = 500;
/** The fixed cost of an answer, measured in entries. */
const answerCost = 50;

/** Bytes of answers in one turn of the event loop, and the fixed cost of an answer, measured in bytes. */
const mostInTurn = 4 * 1024 * 1024;
const answerBytes = 16_384;

export class Watches {
  readonly #table: ServiceTable;
  readonly #deadlines: Deadlines;
  readonly #spots = new Map<string, Spot>();
  /** When the watchers of each path were last notified, oldest first. */
  readonly #told = new Map<string, number>();
  /** The time until which watchers of another epoch wait, because their servers may be about to register again. */
  #settled = 0;
  readonly #crowded: (host: string) => void;
  readonly #shares: Shares;
  readonly #byHost = new ByHost<Waiting>();
  readonly #turns = new InTurns(mostInTurn);
  #closed = false;

  /** `crowded` is called when a watch of a host is ended to make room for another host's. */
  constructor(table: ServiceTable, deadlines: Deadlines, crowded: (host: string) => void = () => {}) {
    this.#crowded = crowded;
    this.#table = table;
    this.#deadlines = deadlines;
    const { watches: most, watchesPerHost: perHost, reserved } = table.limits;
    this.#shares = new Shares({ most, perHost, reserved });
  }

  /**
   * Delays answers to watchers that come from a previous directory process, so that servers can register again first.
   */
  settleFor(milliseconds: number): void {
    this.#settled = this.#deadlines.now() + milliseconds;
  }

  get size(): number {
    return this.#shares.total;
  }

  /**
   * If no more watches can wait, the oldest one of a host with more than its share is answered early, to make room.
   * @returns the reason why no more watches of a connection can wait; undefined if one more can.
   */
  full(watcher: Watcher): string | undefined {
    const { watches, origin } = watcher;
    const { watchesPerConnection, watchesPerHost } = this.#table.limits;
    if (watches.size >= watchesPerConnection) return `${watches.size} watches of this connection wait already`;
    switch (this.#shares.excess(origin, 1)) {
      case "all":
        if (this.#makeRoom(origin)) return this.full(watcher);
        return `${this.size} watches wait already`;
      case "host": {
        const host = origin === "" ? "this machine" : origin;
        return `${host} has its share of the watches: at most ${watchesPerHost}, or as many as are left for others`;
      }
      default:
        return undefined;
    }
  }

  /**
   * Resolves when there is a change to report. Returns undefined if there is one now. A second watch of a path ends the
   * first.
   */
  wait(watching: Watching): Promise<void> | undefined {
    const { path, watcher } = watching;
    const before = watcher.watches.get(path);
    if (before !== undefined) this.#finish(before);
    const delay = this.#delay(watching);
    if (delay === 0 || this.#closed) return undefined;
    return new Promise((resolve) => {
      const isFromBefore = watching.known.epoch !== this.#table.epoch;
      const waiting = new Waiting(watching, isFromBefore, resolve, (late) => this.#late(late));
      this.#spotOf(path).waiting.add(waiting);
      watcher.watches.set(path, waiting);
      this.#shares.count(watcher.origin, 1);
      this.#byHost.touch(watcher.origin, waiting);
      this.#deadlines.set(waiting, delay);
      if (this.#isStale(watching)) this.changed(path);
    });
  }

  /** A path has changed: answers its watchers now, or a little later if the answers are large. */
  changed(path: string): void {
    const spot = this.#spots.get(path);
    if (spot === undefined || spot.timer !== undefined) return;
    const pause =
      (this.#told.get(path) ?? Number.NEGATIVE_INFINITY) + this.#pauseOf(path, spot) - this.#deadlines.now();
    const tell = (): void => {
      spot.timer = this.#turns.add(this.#telling(path, spot));
    };
    if (pause <= 0) tell();
    else spot.timer = later(this.#deadlines.clock, tell, pause);
  }

  /** A connection has made a call, so it is reading: send delayed answers. */
  heard(watcher: Watcher): void {
    const wasFull = watcher.unread >= mostUnread;
    watcher.unread = 0;
    if (!wasFull) return;
    for (const waiting of watcher.watches.values()) if (this.#isStale(waiting)) this.changed(waiting.path);
  }

  /** No watcher is left to answer. */
  disconnected(watcher: Watcher): void {
    for (const waiting of [...watcher.watches.values()]) this.#remove(waiting);
  }

  /** Answers all watchers, and delays none any more. */
  close(): void {
    this.#closed = true;
    for (const { waiting } of [...this.#spots.values()]) {
      for (const one of [...waiting]) this.#finish(one);
    }
  }

  /** Milliseconds that a watch may wait; 0: answer at once. */
  #delay({ known, path, wait }: Watching): number {
    const longest = Math.min(wait, this.#table.limits.wait);
    const { epoch, change } = this.#table.revision(path);
    if (known.epoch === epoch) {
      if (known.change === change) return longest;
      const spot = this.#spots.get(path);
      const told = this.#told.get(path) ?? Number.NEGATIVE_INFINITY;
      return this.#deadlines.now() - told < this.#pauseOf(path, spot) ? longest : 0;
    }
    return known.epoch === 0n ? 0 : Math.min(longest, Math.max(0, this.#settled - this.#deadlines.now()));
  }

  #isStale({ known, path }: Pick<Watching, "known" | "path">): boolean {
    const { epoch, change } = this.#table.revision(path);
    return known.epoch === epoch && known.change !== change;
  }

  /** The more entries and watchers, the longer the interval. */
  #pauseOf(path: string, spot: Spot | undefined): number {
    const work = (answerCost + this.#table.count(path)) * (spot?.waiting.size ?? 0);
    return Math.min(longestPause, shortestPause + work / 1000);
  }

  /** Answers the watches that wait when it begins, one in each step. */
  #telling(path: string, spot: Spot): Step {
    let waiting: Iterator<Waiting> | undefined;
    return () => {
      if (waiting === undefined) this.#begun(path);
      waiting ??= [...spot.waiting].values();
      for (let next = waiting.next(); next.done !== true; next = waiting.next()) {
        const cost = this.#tell(next.value, spot);
        if (cost > 0) return cost;
      }
      spot.timer = undefined;
      // Those that began to wait meanwhile, and know an earlier state.
      for (const one of spot.waiting) {
        if (!this.#isStale(one) || one.watcher.unread >= mostUnread) continue;
        this.changed(path);
        break;
      }
      return undefined;
    };
  }

  #begun(path: string): void {
    this.#told.delete(path);
    this.#told.set(path, this.#deadlines.now());
    if (this.#told.size > mostTold) {
      for (const oldest of this.#told.keys()) {
        this.#told.delete(oldest);
        break;
      }
    }
  }

  /** Answers, unless it has to wait. @returns the cost of the answer, or 0 if it was not sent. */
  #tell(waiting: Waiting, spot: Spot): number {
    if (!spot.waiting.has(waiting) || waiting.watcher.unread >= mostUnread) return 0;
    if (waiting.isFromBefore && this.#deadlines.now() < this.#settled) return 0;
    const bytes = this.#table.bytesAt(waiting.path);
    waiting.watcher.unread += bytes;
    this.#finish(waiting);
    return bytes + answerBytes;
  }

  #makeRoom(origin: string): boolean {
    const host = this.#shares.giver(origin, 1);
    for (const oldest of host === undefined ? [] : this.#byHost.of(host)) {
      this.#crowded(oldest.watcher.origin);
      this.#finish(oldest);
      return true;
    }
    return false;
  }

  #late(waiting: Waiting): void {
    if (waiting.watcher.unread < mostUnread) this.#finish(waiting);
    else this.#deadlines.set(waiting, this.#table.limits.wait);
  }

  #finish(waiting: Waiting): void {
    this.#remove(waiting);
    waiting.answer();
  }

  #remove(waiting: Waiting): void {
    const { path, watcher } = waiting;
    const spot = this.#spots.get(path);
    if (spot === undefined || !spot.waiting.delete(waiting)) return;
    this.#deadlines.clear(waiting);
    this.#shares.count(watcher.origin, -1);
    this.#byHost.remove(watcher.origin, waiting);
    if (watcher.watches.get(path) === waiting) watcher.watches.delete(path);
    if (spot.waiting.size > 0) return;
    this.#spots.delete(path);
    spot.timer?.stop();
  }

  #spotOf(path: string): Spot {
    let spot = this.#spots.get(path);
    if (spot === undefined) {
      spot = { waiting: new Set(), timer: undefined };
      this.#spots.set(path, spot);
    }
    return spot;
  }
}

function later(clock: Clock, ring: () => void, milliseconds: number): { stop(): void } {
  const timer = clock.setTimeout(ring, milliseconds);
  return { stop: () => clock.clearTimeout(timer) };
}
