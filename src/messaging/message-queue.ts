// The messages of a mailbox that nobody has received yet, and the receivers that wait. A message goes to the receiver that
// has waited longest for it; a receiver gets the oldest message that it takes.
import { Fifo } from "./fifo.js";

/** A message and its sender. */
export interface Received<T> {
  /** The sender's mailbox, which `send` takes: a name of this machine, or a URL. Empty if the sender has no mailbox. */
  readonly from: string;
  /** The message, decoded. It belongs to the receiver. */
  readonly message: T;
}

/** The most that a mailbox holds. */
export interface QueueLimits {
  readonly messages: number;
  readonly bytes: number;
}

interface Entry<T> extends Received<T> {
  readonly bytes: number;
  /** There was room for it, so it counts against the limits. */
  hasRoom: boolean;
  /** The message was received, or dropped. */
  isTaken: boolean;
  /** The queue has no room for it, and its sender has disconnected. */
  isLeft: boolean;
  readonly sent: Sent;
}

interface Waiter<T> {
  /** The order of the receivers' calls, over all senders. */
  readonly turn: number;
  readonly resolve: (received: Received<T>) => void;
  readonly reject: (error: Error) => void;
  isGone: boolean;
}

/** Called when the state of a message changes: `placed` before `received`, and `closed` if it was never received. */
export interface Sent {
  /** The message is in the mailbox. */
  readonly placed?: () => void;
  /** A process has received it. */
  readonly received?: () => void;
  /** The mailbox was closed before. */
  readonly closed?: () => void;
}

const isTaken = ({ isTaken }: { readonly isTaken: boolean }): boolean => isTaken;
const isGone = ({ isGone }: { readonly isGone: boolean }): boolean => isGone;

export class MessageQueue<T> {
  readonly #limits: QueueLimits;
  readonly #all = new Fifo<Entry<T>>(isTaken);
  readonly #bySender = new Map<string, Fifo<Entry<T>>>();
  /** Messages without room, oldest first; they are also in the lists above. */
  readonly #outside = new Fifo<Entry<T>>(({ isTaken, hasRoom }) => isTaken || hasRoom);
  readonly #waitingForAny = new Fifo<Waiter<T>>(isGone);
  readonly #waitingFor = new Map<string, Fifo<Waiter<T>>>();
  #messages = 0;
  #bytes = 0;
  /** Messages without room whose senders have disconnected. The same limits apply to them. */
  #leftMessages = 0;
  #leftBytes = 0;
  #turns = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** Messages that nobody has received, those without room included. */
  get size(): number {
    return this.#all.size;
  }

  /** Bytes of the messages that have room. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a message of this size would have to wait for room. An empty mailbox has room for every message. */
  isFull(bytes: number): boolean {
    if (this.#outside.size > 0) return true;
    return this.#messages > 0 && (this.#messages >= this.#limits.messages || this.#bytes + bytes > this.#limits.bytes);
  }

  /**
   * Adds a message, whether there is room or not.
   * @returns a function to call when the sender of a message without room disconnects. It returns false if the message was dropped
   * then, because there are too many of that kind: senders that come and go must not fill the memory.
   */
  put(from: string, message: T, bytes: number, sent: Sent): () => boolean {
    const waiter = this.#waiterFor(from);
    if (waiter !== undefined) {
      sent.placed?.();
      sent.received?.();
      waiter.resolve({ from, message });
      return () => true;
    }
    const hasRoom = !this.isFull(bytes);
    const entry: Entry<T> = { from, message, bytes, hasRoom, isTaken: false, isLeft: false, sent };
    this.#all.push(entry);
    listOf(this.#bySender, from, isTaken).push(entry);
    if (hasRoom) this.#enter(entry);
    else this.#outside.push(entry);
    return () => this.#leaveBehind(entry);
  }

  /** The oldest message, or the oldest of one sender. */
  take(from: string | undefined): Received<T> | undefined {
    const own = from === undefined ? this.#all : this.#bySender.get(from);
    const entry = own?.shift();
    if (entry === undefined) return undefined;
    entry.isTaken = true;
    const bySender = this.#bySender.get(entry.from);
    if (own === this.#all) bySender?.drop();
    else this.#all.drop();
    if (bySender?.size === 0) this.#bySender.delete(entry.from);
    this.#leave(entry);
    entry.sent.received?.();
    return { from: entry.from, message: entry.message };
  }

  /** Waits for a message. `reject` is called when the mailbox closes. @returns a function that ends the wait. */
  wait(from: string | undefined, resolve: (received: Received<T>) => void, reject: (error: Error) => void): () => void {
    const list = from === undefined ? this.#waitingForAny : listOf(this.#waitingFor, from, isGone);
    const waiter: Waiter<T> = { turn: this.#turns++, resolve, reject, isGone: false };
    list.push(waiter);
    return () => {
      if (waiter.isGone) return;
      waiter.isGone = true;
      list.drop();
      if (from !== undefined && list.size === 0) this.#waitingFor.delete(from);
    };
  }

  /** Nobody will receive what is still here. @returns how many messages were not received. */
  close(error: Error): number {
    const unread = this.size;
    for (let entry = this.#all.shift(); entry !== undefined; entry = this.#all.shift()) {
      entry.isTaken = true;
      entry.sent.closed?.();
    }
    this.#bySender.clear();
    for (const list of [this.#waitingForAny, ...this.#waitingFor.values()]) {
      for (let waiter = list.shift(); waiter !== undefined; waiter = list.shift()) {
        waiter.isGone = true;
        waiter.reject(error);
      }
    }
    this.#waitingFor.clear();
    return unread;
  }

  /** Takes the receiver that has waited longest out of its list. */
  #waiterFor(from: string): Waiter<T> | undefined {
    const own = this.#waitingFor.get(from);
    const forAny = this.#waitingForAny.peek()?.turn ?? Number.POSITIVE_INFINITY;
    const forOwn = own?.peek()?.turn ?? Number.POSITIVE_INFINITY;
    const waiter = forOwn < forAny ? own?.shift() : this.#waitingForAny.shift();
    if (waiter !== undefined) waiter.isGone = true;
    if (own?.size === 0) this.#waitingFor.delete(from);
    return waiter;
  }

  #leaveBehind(entry: Entry<T>): boolean {
    if (entry.hasRoom || entry.isTaken) return true;
    const { messages, bytes } = this.#limits;
    if (this.#leftMessages < messages && this.#leftBytes + entry.bytes <= bytes) {
      entry.isLeft = true;
      this.#leftMessages++;
      this.#leftBytes += entry.bytes;
      return true;
    }
    entry.isTaken = true;
    for (const list of [this.#all, this.#outside, this.#bySender.get(entry.from)]) list?.drop();
    if (this.#bySender.get(entry.from)?.size === 0) this.#bySender.delete(entry.from);
    return false;
  }

  #noLongerLeft(entry: Entry<T>): void {
    if (!entry.isLeft) return;
    entry.isLeft = false;
    this.#leftMessages--;
    this.#leftBytes -= entry.bytes;
  }

  #enter(entry: Entry<T>): void {
    this.#noLongerLeft(entry);
    entry.hasRoom = true;
    this.#messages++;
    this.#bytes += entry.bytes;
    entry.sent.placed?.();
  }

  #leave(entry: Entry<T>): void {
    if (entry.hasRoom) {
      this.#messages--;
      this.#bytes -= entry.bytes;
    } else {
      this.#noLongerLeft(entry);
      this.#outside.drop();
      entry.sent.placed?.();
    }
    this.#admit();
  }

  /** Admits waiting messages while there is room, oldest first. */
  #admit(): void {
    for (let next = this.#outside.peek(); next !== undefined; next = this.#outside.peek()) {
      const { messages, bytes } = this.#limits;
      if (this.#messages > 0 && (this.#messages >= messages || this.#bytes + next.bytes > bytes)) return;
      this.#outside.shift();
      this.#enter(next);
    }
  }
}

function listOf<T>(lists: Map<string, Fifo<T>>, from: string, isGone: (item: T) => boolean): Fifo<T> {
  let list = lists.get(from);
  if (list === undefined) {
    list = new Fifo(isGone);
    lists.set(from, list);
  }
  return list;
}
