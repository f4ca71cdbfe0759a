// The client's side of one session: its slots, and who waits for one.
import { LinkedList, type Place } from "../base/linked-list.js";
import type { session_grant } from "./session.gen.js";

/** A slot as the client sees it. */
export interface ClientSlot {
  readonly number: number;
  /** The sequence number of the last call in this slot. */
  sequence: number;
  /** The sequence number of the last call whose outcome is known. */
  settled: number;
  /** The object of its usual calls, for use again. */
  call?: object;
  /** That of its usual calls with a signal, over a reliable connection. */
  watched?: object;
}

/** Called once, at the end of a turn, with a slot; with undefined if the session is over before. Must not throw. */
export type SlotWaiter = (slot: ClientSlot | undefined) => void;

/** The slots of a session that an earlier process made. */
export interface KnownSlots {
  /** The slots that have had a call, by number. */
  readonly slots: ReadonlyMap<number, ClientSlot>;
  /** The slots that are not free. */
  readonly reserved: ReadonlySet<ClientSlot>;
}

/** Sequence numbers end here; then the client makes a new session. */
const lastSequence = 0xffff_fff0;

/** One session, as its client sees it. */
export class ClientSession {
  readonly id: Uint8Array<ArrayBuffer>;
  /** The words of the id. */
  readonly idWords: Int32Array;
  readonly #free: ClientSlot[] = [];
  readonly #slots: number;
  readonly #lease: number;
  /** Those that wait for a slot, in order. */
  readonly #waiting = new LinkedList<SlotWaiter>();
  #willHandOut = false;
  #lastUsed: number;
  #over = false;

  constructor({ id, slots, lease }: session_grant, now: number, known?: KnownSlots) {
    this.id = id;
    const bytes = new DataView(id.buffer, id.byteOffset, id.length);
    this.idWords = Int32Array.from({ length: id.length / 4 }, (_, word) => bytes.getInt32(word * 4));
    this.#slots = slots;
    this.#lease = lease;
    this.#lastUsed = now;
    for (let number = slots - 1; number >= 0; number--) {
      const slot = known?.slots.get(number) ?? { number, sequence: 0, settled: 0 };
      if (known?.reserved.has(slot) !== true) this.#free.push(slot);
    }
  }

  /** True if the server has forgotten the session, or may soon: no call may begin in it. */
  get over(): boolean {
    return this.#over;
  }

  /** True if so much of its lease has passed without a call that another call might arrive too late. */
  isOld(now: number): boolean {
    return now - this.#lastUsed > this.#lease / 2;
  }

  /** True if no call uses it, and so much of its lease has passed that another call might arrive too late. */
  isStale(now: number): boolean {
    return this.#free.length === this.#slots && this.isOld(now);
  }

  /** True if a call that begins now has to wait for a slot. */
  get isFull(): boolean {
    return !this.#over && (this.#free.length === 0 || this.#waiting.first !== undefined);
  }

  /** A slot, when one is free; undefined if the session is over before. */
  take(): Promise<ClientSlot | undefined> | ClientSlot | undefined {
    if (this.#over) return undefined;
    if (this.isFull) return new Promise((resolve) => this.wait(resolve));
    return this.#free.pop();
  }

  /** Calls `waiter` when it has a slot, after those that wait already. */
  wait(waiter: SlotWaiter): Place<SlotWaiter> {
    return this.#waiting.add(waiter);
  }

  /** Ends the wait of one that was not called yet. */
  leave(place: Place<SlotWaiter>): void {
    this.#waiting.remove(place);
  }

  /** A slot whose last call is settled, for a call that begins now; undefined if no such slot is free, or the session is stale. */
  takeSettled(now: number): ClientSlot | undefined {
    const slot = this.#free.at(-1);
    if (
      slot === undefined ||
      this.#waiting.first !== undefined ||
      slot.settled !== slot.sequence ||
      this.#over ||
      this.isStale(now)
    )
      return undefined;
    this.#lastUsed = now;
    return this.#free.pop();
  }

  /** The slot's call has ended, or was given up. `now`: 0 if the slot had no call. */
  release(slot: ClientSlot, now: number): void {
    if (now > this.#lastUsed) this.#lastUsed = now;
    if (slot.sequence >= lastSequence) this.finish();
    if (slot.settled === slot.sequence) this.#free.push(slot);
    // Prefer other slots, because the last call of this one may still be running.
    else this.#free.unshift(slot);
    this.#handOutSoon();
  }

  /** No call begins in it any more. Those that wait for a slot begin in another session. */
  finish(): void {
    this.#over = true;
    this.#handOutSoon();
  }

  // Later in the turn: the reply to a slot's last call is perhaps being read now, and others with it.
  #handOutSoon(): void {
    if (this.#willHandOut || this.#waiting.first === undefined) return;
    this.#willHandOut = true;
    queueMicrotask(() => this.#handOut());
  }

  #handOut(): void {
    for (let place = this.#waiting.first; place !== undefined; place = this.#waiting.first) {
      const slot = this.#over ? undefined : this.#free.pop();
      if (slot === undefined && !this.#over) break;
      this.#waiting.remove(place);
      place.value(slot);
    }
    this.#willHandOut = false;
  }
}
