// Bytes and calls of all connections of a server. If there are too many, connections may hold less, calls are refused,
// and callers that do not read are disconnected.
import { Bag } from "../base/bag.js";
import { Budget, type Holder } from "../transport/budget.js";
import { TransportError } from "../transport/errors.js";
import { Turns } from "./turns.js";

/** Current counts of one server: calls and bytes. The object is live. */
export interface Usage {
  /** Calls whose handler has not ended. */
  readonly calls: number;
  /** Bytes of decoded arguments, and of replies that wait to be sent. */
  readonly bytes: number;
}

/** Holds back handlers with large replies: `Starts`. */
export interface Gate {
  /** Whether the call has to wait. */
  holds(at: object, call: object): boolean;
}

/** From here on a connection's share shrinks, so that the last part is left for connections that hold little. */
const plenty = 0.5;
/** A connection may take this share of the rest. */
const shareOfRest = 1 / 8;
/** With a shared total: a server, with the replies that it sends later, holds at most this multiple of the bytes that are then free. */
const timesFreeAtMost = 8;
const smallMessage = 64 * 1024;
/**
 * The reserve accepts a call if it is at least this many times what the caller would then hold, or a sixteenth of the
 * total.
 */
const timesReserve = 64;
const partOfTotal = 1 / 16;

export class ServerBudget extends Budget implements Usage {
  readonly #holders = new Bag<Holder>();
  readonly turns = new Turns();
  #leaving = 0;
  /** Loaded when a handler has returned a promise. */
  gate: Gate | undefined;
  gateLoaded: Promise<void> | undefined;

  join(holder: Holder): void {
    this.#holders.add(holder);
    this.turns.opened();
    this.total.relievable.add(this);
  }

  leave(holder: Holder): void {
    this.#holders.remove(holder);
    if (this.#holders.members.length === 0) this.total.relievable.delete(this);
  }

  /** True while there is enough room that each connection may use its own limits in full. */
  get hasPlenty(): boolean {
    const { mostCalls, mostBytes } = this.total;
    return this.#freeCalls(mostCalls) >= mostCalls * plenty && this.freeBytes >= mostBytes * plenty;
  }

  /** The most running calls of a connection before it is not read; `most` while there is plenty of room. */
  callsFor(most: number): number {
    return shareOf(most, this.#freeCalls(this.total.mostCalls), this.total.mostCalls);
  }

  /** The most bytes that a connection may hold before it is not read. */
  bytesFor(most: number): number {
    return shareOf(most, this.freeBytes, this.total.mostBytes);
  }

  /**
   * Whether there is room for a call whose message has `bytes`, on a connection that then holds `held` bytes. Large
   * calls leave the last eighth to others. Callers that hold little may use the reserve, and if that is used up,
   * connections that leave large replies unread are disconnected for them. So callers that do not read cannot lock out
   * others.
   */
  hasRoomFor(bytes: number, held: number): boolean {
    if (this.#freeCalls(2 * this.total.mostCalls) <= 0) return false;
    const free = this.freeBytes;
    if (free - bytes >= (bytes > smallMessage ? (free + this.bytes) / 8 : 0)) return true;
    const reserve = Math.min(held * timesReserve, this.total.mostBytes * partOfTotal);
    return held <= smallMessage && this.#makeRoom(Math.max(held, reserve));
  }

  /**
   * True if the total is exceeded, or if the free part is so small compared with this server's part that others have no
   * room.
   */
  get isOver(): boolean {
    const { bytes, mostBytes, isShared } = this.total;
    return bytes > mostBytes || (isShared && this.bytes > timesFreeAtMost * (mostBytes - bytes));
  }

  /** A connection is cut off, whose replies of `bytes` the system releases only when this turn of the event loop ends. */
  leaves(bytes: number): void {
    this.#leaving += bytes;
    setImmediate(() => (this.#leaving -= bytes));
  }

  /**
   * Whether a later reply that is expected to take `bytes` may be kept. Many handlers may end in one turn of the event
   * loop, so replies of connections that were cut off in it still count.
   */
  hasRoomForReply(bytes: number): boolean {
    return bytes <= smallMessage || this.total.bytes + this.#leaving + bytes <= this.total.mostBytes;
  }

  /** Disconnects connections with the most queued replies, of the server that holds most, until enough is free. */
  relieve(): void {
    while (this.isOver && this.#cutOffLargest(0)) {}
  }

  /** The remaining bytes until `isOver`. They are reserved for replies, and for new calls of callers that hold little. */
  get #reserve(): number {
    const { bytes, mostBytes, isShared } = this.total;
    const free = mostBytes - bytes;
    return isShared ? (timesFreeAtMost * free - this.bytes) / (timesFreeAtMost + 1) : free;
  }

  /** Makes the reserve at least `bytes`. Connections with small replies stay. @returns whether it is that large. */
  #makeRoom(bytes: number): boolean {
    while (this.#reserve < bytes && this.#cutOffLargest(smallMessage)) {}
    return this.#reserve >= bytes;
  }

  /** @returns whether a connection with more than `least` bytes was found. */
  #cutOffLargest(least: number): boolean {
    const largest = this.#largestOfAll();
    if (largest === undefined || largest.queued <= least) return false;
    const { bytes, mostBytes } = this.total;
    const message = `${largest.queued} bytes of replies wait for this client to read, more than any other's, and all hold ${bytes} of ${mostBytes} bytes (limits.totalBytes)`;
    largest.cutOff(new TransportError("TRANSPORT_OUT_OF_MEMORY", message));
    return true;
  }

  largest(): Holder | undefined {
    let largest: Holder | undefined;
    for (const holder of this.#holders.members) {
      if (holder.queued > (largest?.queued ?? 0)) largest = holder;
    }
    return largest;
  }

  /** The connection with the most queued replies, of the server that holds most. */
  #largestOfAll(): Holder | undefined {
    let held = -1;
    let largest: Holder | undefined;
    for (const server of this.total.relievable) {
      const holder = server.bytes > held ? server.largest() : undefined;
      if (holder === undefined) continue;
      held = server.bytes;
      largest = holder;
    }
    return largest;
  }

  #freeCalls(most: number): number {
    return this.freeFor(this.calls, most - this.total.calls);
  }
}

function shareOf(most: number, free: number, all: number): number {
  return free >= all * (1 - plenty) ? most : Math.min(most, Math.max(0, free * shareOfRest));
}
