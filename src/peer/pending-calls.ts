// Calls that wait for their reply, found by xid: an array indexed by the low bits of the xid; the full xid is compared.
import { randomXid } from "../rpc/header.js";
import { Total, timesFree } from "../transport/budget.js";

/** The call that waits for the reply with its xid. */
export interface Waiting {
  /** As a signed word: V8 stores a larger number in an object of its own. */
  xid: number;
}

/** The most calls that may wait for replies on one connection. One more fails with RPC_TOO_MANY_CALLS. */
export const defaultCallsInFlight = 1 << 20;

/** The most calls that may wait on all connections of a process; each takes about 1 KiB of memory. */
export const defaultTotalCallsInFlight = 1 << 18;

/** The waiting calls of this process. */
const processWaiting: Total = /* @__PURE__ */ new Total(defaultTotalCallsInFlight, 0, true);

const firstSlots = 64;

/** Assigns xids in sequence, and skips those of waiting calls. */
export class PendingCalls<T extends Waiting> {
  readonly most: number;
  readonly total: Total;
  #slots: (T | undefined)[] = [];
  #mask = -1;
  #next: number;
  #count = 0;

  /** @param most Calls that may wait at once. @param total Counts them together with those of other connections. */
  constructor(firstXid: number = randomXid(), most: number = defaultCallsInFlight, total: Total = processWaiting) {
    this.#next = firstXid | 0;
    this.most = most;
    this.total = total;
  }

  get count(): number {
    return this.#count;
  }

  /** Returns an xid for a call that does not wait for a reply (one-way). */
  takeXid(): number {
    if (this.#mask < 0) this.#grow(firstSlots);
    let xid = this.#next;
    while (this.#slots[xid & this.#mask] !== undefined) xid = (xid + 1) | 0;
    this.#next = (xid + 1) | 0;
    return xid;
  }

  /** Assigns an xid to `call` and stores it. Returns false if too many calls wait. */
  add(call: T): boolean {
    if (this.#count >= this.most || !this.#hasRoom) return false;
    this.#store(call);
    this.#count++;
    this.total.calls++;
    return true;
  }

  /** Gives a waiting call another xid. */
  renew(call: T): void {
    if (this.get(call.xid) !== call) return;
    this.#slots[call.xid & this.#mask] = undefined;
    this.#store(call);
  }

  /** A connection may have `timesFree` times the unused part of a shared total. */
  get #hasRoom(): boolean {
    const { total } = this;
    const free = total.mostCalls - total.calls;
    return total.isShared ? this.#count < timesFree * free : free > 0;
  }

  #store(call: T): void {
    if (this.#count * 2 > this.#mask) this.#grow(Math.max(firstSlots, this.#slots.length * 2));
    const xid = this.takeXid();
    call.xid = xid;
    this.#slots[xid & this.#mask] = call;
  }

  get(xid: number): T | undefined {
    const call = this.#slots[xid & this.#mask];
    return call !== undefined && call.xid === (xid | 0) ? call : undefined;
  }

  /** Returns false if it was not stored. */
  delete(call: T): boolean {
    const slot = call.xid & this.#mask;
    if (this.#slots[slot] !== call) return false;
    this.#slots[slot] = undefined;
    this.#count--;
    this.total.calls--;
    return true;
  }

  /** All waiting calls, in no particular order. */
  all(): T[] {
    return this.#slots.filter((call) => call !== undefined);
  }

  // Two calls in different slots of the smaller array are in different slots of the larger.
  #grow(length: number): void {
    const slots = new Array<T | undefined>(length).fill(undefined);
    const mask = length - 1;
    for (const call of this.#slots) {
      if (call !== undefined) slots[call.xid & mask] = call;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
