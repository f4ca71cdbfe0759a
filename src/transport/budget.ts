// The memory budget of a process's connections: running calls, their arguments, and messages that wait to be sent.
// There is one total for all servers and clients, and a budget for each, so that none can use up the total.
import type { Member } from "../base/bag.js";
import type { Clock } from "../base/clock.js";

/**
 * With a shared total, a budget accepts new calls until it holds this multiple of the free part. With a total of its
 * own: four fifths of it.
 */
export const timesFree = 4;

export const defaultTotalCalls = 32_768;
export const defaultTotalBytes = 192 * 1024 * 1024;

/** A server's budget, which can disconnect some of its connections. */
export interface Relievable {
  readonly bytes: number;
  /** The connection with the most queued replies. */
  largest(): Holder | undefined;
}

/** One connection's part of a server's budget. */
export interface Holder extends Member {
  /** Bytes that are released when the connection ends: replies that wait to be sent. */
  readonly queued: number;
  /** Ends the connection, and releases `queued` at once. */
  cutOff(why: Error): void;
}

/** A total that belongs to one budget, or that several share. */
export class Total {
  calls = 0;
  bytes = 0;
  readonly mostCalls: number;
  readonly mostBytes: number;
  /** True: other budgets may join and need their share. */
  readonly isShared: boolean;
  /** The waiting calls of a simulated process. */
  declare waiting?: Total;
  /** Budgets that can disconnect connections. */
  readonly relievable = new Set<Relievable>();

  constructor(mostCalls: number, mostBytes: number, isShared = false) {
    this.mostCalls = mostCalls;
    this.mostBytes = mostBytes;
    this.isShared = isShared;
  }
}

/** The total of this process, used by every server and client without a limit of its own. */
export const processTotal: Total = /* @__PURE__ */ new Total(defaultTotalCalls, defaultTotalBytes, true);

/** The clock of a simulated process: what a crashed one held must not count against those that run, nor be kept for it. */
export interface ProcessClock extends Clock {
  readonly total?: Total;
}

/** The total of the process whose clock it is. */
export function totalOf(clock: ProcessClock): Total {
  return clock.total ?? processTotal;
}

/** The share of one server, or of one client's connection. */
export class Budget {
  calls = 0;
  bytes = 0;
  readonly total: Total;

  constructor(total: Total) {
    this.total = total;
  }

  /** Adds this many running calls and held bytes; negative numbers remove them. */
  add(calls: number, bytes: number): void {
    this.calls += calls;
    this.bytes += bytes;
    this.total.calls += calls;
    this.total.bytes += bytes;
  }

  /** Whether it may take no more bytes: `freeBytes <= 0`. */
  get isFull(): boolean {
    const { bytes, mostBytes, isShared } = this.total;
    return isShared ? this.bytes >= timesFree * (mostBytes - bytes) : bytes >= mostBytes;
  }

  /** Bytes that the budget may still take; negative if it holds more than its share. */
  get freeBytes(): number {
    const { bytes, mostBytes } = this.total;
    return this.freeFor(this.bytes, mostBytes - bytes);
  }

  /** A budget with a shared total may hold `timesFree` times the free part; this returns what is left until there. */
  protected freeFor(held: number, free: number): number {
    return this.total.isShared ? (timesFree * free - held) / (timesFree + 1) : free;
  }
}
