// Calls that wait for their reply, found by xid: an array indexed by the low bits of the xid; the full xid is compared.
import { randomXid } from "../rpc/xid.js";

/** The call that waits for the reply with its xid. */
export interface Waiting {
  xid: number;
}

/** The most calls that may wait for replies on one connection. One more fails with RPC_TOO_MANY_CALLS. */
export const defaultCallsInFlight = 1 << 20;

const firstSlots = 64;

/** Assigns xids in sequence, and skips those of waiting calls. */
export class PendingCalls<T extends Waiting> {
  readonly most: number;
  #slots: (T | undefined)[] = [];
  #mask = -1;
  #next: number;
  #count = 0;

  /** @param most Calls that may wait at once. */
  constructor(firstXid: number = randomXid(), most: number = defaultCallsInFlight) {
    this.#next = firstXid >>> 0;
    this.most = most;
  }

  get count(): number {
    return this.#count;
  }

  /** Returns an xid for a call that does not wait for a reply (one-way). */
  takeXid(): number {
    if (this.#mask < 0) this.#grow(firstSlots);
    let xid = this.#next;
    while (this.#slots[xid & this.#mask] !== undefined) xid = (xid + 1) >>> 0;
    this.#next = (xid + 1) >>> 0;
    return xid;
  }

  /** Assigns an xid to `call` and stores it. Returns false if too many calls wait. */
  add(call: T): boolean {
    if (this.#count >= this.most) return false;
    if (this.#count * 2 > this.#mask) this.#grow(Math.max(firstSlots, this.#slots.length * 2));
    const xid = this.takeXid();
    call.xid = xid;
    this.#slots[xid & this.#mask] = call;
    this.#count++;
    return true;
  }

  get(xid: number): T | undefined {
    const call = this.#slots[xid & this.#mask];
    return call !== undefined && call.xid === xid ? call : undefined;
  }

  /** Returns false if it was not stored. */
  delete(call: T): boolean {
    const slot = call.xid & this.#mask;
    if (this.#slots[slot] !== call) return false;
    this.#slots[slot] = undefined;
    this.#count--;
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
