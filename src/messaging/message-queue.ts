// The messages of a mailbox that nobody has received yet, and the receivers that wait. A message goes to the receiver that
// has waited longest for it; a receiver gets the oldest message that it takes.
import { LinkedList, type Place } from "../base/linked-list.js";

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

/**
 * - "inside": the message counts against the limits
 * - "outside": there is no room for it yet
 * - "left": as "outside", and its sender has disconnected
 * - "gone": it was received, or dropped
 */
type EntryState = "inside" | "outside" | "left" | "gone";

interface Entry<T> {
  readonly from: string;
  /** The message, or a function that decodes it. */
  readonly message: T | undefined;
  readonly later: (() => T) | undefined;
  readonly bytes: number;
  readonly sent: Sent;
  state: EntryState;
  /** Its places in the lists of the queue. The last one only while it is not inside. */
  inAll: Place<Entry<T>>;
  inSender: Place<Entry<T>>;
  inOutside: Place<Entry<T>> | undefined;
}

interface Waiter<T> {
  /** The order of the receivers' calls, over all senders. */
  readonly turn: number;
  readonly from: string | undefined;
  readonly resolve: (received: Received<T>) => void;
  readonly reject: (error: Error) => void;
  place: Place<Waiter<T>> | undefined;
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

export class MessageQueue<T> {
  readonly #limits: QueueLimits;
  readonly #all = new LinkedList<Entry<T>>();
  readonly #bySender = new Map<string, LinkedList<Entry<T>>>();
  /** Messages without room, oldest first; they are also in the lists above. */
  readonly #outside = new LinkedList<Entry<T>>();
  readonly #waitingForAny = new LinkedList<Waiter<T>>();
  readonly #waitingFor = new Map<string, LinkedList<Waiter<T>>>();
  #size = 0;
  #messages = 0;
  #bytes = 0;
  /** Messages without room whose senders have disconnected. The same limits apply to them. */
  #leftMessages = 0;
  #leftBytes = 0;
  #turns = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** The number of messages that nobody has received, including those that wait for room. */
  get size(): number {
    return this.#size;
  }

  /** The bytes of all messages in the queue, without those that wait for room. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Whether a message of this size would have to wait for room. An empty mailbox has room for every message. */
  isFull(bytes: number): boolean {
    return this.#outside.oldest !== undefined || !this.#hasRoomFor(bytes);
  }

  /** Gives a message to the receiver that has waited longest for it. @returns false if none waits. */
  handOver(from: string, message: T): boolean {
    const waiter = this.#waiterFor(from);
    waiter?.resolve({ from, message });
    return waiter !== undefined;
  }

  /**
   * Adds a message for which no receiver waits, whether there is room or not.
   * @returns a function to call when the sender of a message without room disconnects. It returns false if the message was dropped
   * then, because there are too many of that kind: senders that come and go must not fill the memory. `later` decodes the message
   * when it is received; it is then kept as `bytes` bytes.
   */
  put(from: string, message: T, bytes: number, sent: Sent, later?: () => T): () => boolean {
    const isFull = this.isFull(bytes);
    const kept = later === undefined ? message : undefined;
    const entry = { from, message: kept, later, bytes, sent, state: "outside" } as Entry<T>;
    entry.inAll = this.#all.add(entry);
    entry.inSender = listOf(this.#bySender, from).add(entry);
    this.#size++;
    if (isFull) entry.inOutside = this.#outside.add(entry);
    else this.#enter(entry);
    return () => this.#leaveBehind(entry);
  }

  /** The oldest message, or the oldest of one sender. */
  take(from: string | undefined): Received<T> | undefined {
    const entry = from === undefined ? this.#all.oldest : this.#bySender.get(from)?.oldest;
    if (entry === undefined) return undefined;
    const wasInside = entry.state === "inside";
    this.#remove(entry);
    if (!wasInside) entry.sent.placed?.();
    this.#admit();
    entry.sent.received?.();
    const { from: sender, message, later } = entry;
    return { from: sender, message: later === undefined ? (message as T) : later() };
  }

  /** Waits for a message. `reject` is called when the mailbox closes. @returns a function that ends the wait. */
  wait(from: string | undefined, resolve: (received: Received<T>) => void, reject: (error: Error) => void): () => void {
    const waiter: Waiter<T> = { turn: this.#turns++, from, resolve, reject, place: undefined };
    waiter.place = (from === undefined ? this.#waitingForAny : listOf(this.#waitingFor, from)).add(waiter);
    return () => this.#removeWaiter(waiter);
  }

  /** Nobody will receive what is still here. @returns how many messages were not received. */
  close(error: Error): number {
    const unread = this.#size;
    for (let entry = this.#all.oldest; entry !== undefined; entry = this.#all.oldest) {
      this.#remove(entry);
      entry.sent.closed?.();
    }
    for (const list of [this.#waitingForAny, ...this.#waitingFor.values()]) {
      for (let waiter = list.oldest; waiter !== undefined; waiter = list.oldest) {
        this.#removeWaiter(waiter);
        waiter.reject(error);
      }
    }
    return unread;
  }

  /** Takes the receiver that has waited longest out of its list. */
  #waiterFor(from: string): Waiter<T> | undefined {
    const forAny = this.#waitingForAny.oldest;
    const forOwn = this.#waitingFor.get(from)?.oldest;
    const waiter = forOwn === undefined || (forAny !== undefined && forAny.turn < forOwn.turn) ? forAny : forOwn;
    if (waiter !== undefined) this.#removeWaiter(waiter);
    return waiter;
  }

  #removeWaiter(waiter: Waiter<T>): void {
    if (waiter.place === undefined) return;
    if (waiter.from === undefined) this.#waitingForAny.remove(waiter.place);
    else removeFrom(this.#waitingFor, waiter.from, waiter.place);
    waiter.place = undefined;
  }

  #leaveBehind(entry: Entry<T>): boolean {
    if (entry.state !== "outside") return true;
    const { messages, bytes } = this.#limits;
    if (this.#leftMessages >= messages || this.#leftBytes + entry.bytes > bytes) {
      this.#remove(entry);
      return false;
    }
    entry.state = "left";
    this.#leftMessages++;
    this.#leftBytes += entry.bytes;
    return true;
  }

  /** Takes a message out of all lists and counts. */
  #remove(entry: Entry<T>): void {
    this.#all.remove(entry.inAll);
    removeFrom(this.#bySender, entry.from, entry.inSender);
    this.#size--;
    if (entry.state === "inside") {
      this.#messages--;
      this.#bytes -= entry.bytes;
    }
    this.#leaveOutside(entry);
    entry.state = "gone";
  }

  #leaveOutside(entry: Entry<T>): void {
    if (entry.state === "left") {
      this.#leftMessages--;
      this.#leftBytes -= entry.bytes;
    }
    if (entry.inOutside !== undefined) this.#outside.remove(entry.inOutside);
    entry.inOutside = undefined;
  }

  #enter(entry: Entry<T>): void {
    this.#leaveOutside(entry);
    entry.state = "inside";
    this.#messages++;
    this.#bytes += entry.bytes;
    entry.sent.placed?.();
  }

  /** Admits waiting messages while there is room, oldest first. */
  #admit(): void {
    for (let next = this.#outside.oldest; next !== undefined; next = this.#outside.oldest) {
      if (!this.#hasRoomFor(next.bytes)) return;
      this.#enter(next);
    }
  }

  #hasRoomFor(bytes: number): boolean {
    const { messages, bytes: most } = this.#limits;
    return this.#messages === 0 || (this.#messages < messages && this.#bytes + bytes <= most);
  }
}

function listOf<T>(lists: Map<string, LinkedList<T>>, from: string): LinkedList<T> {
  let list = lists.get(from);
  if (list === undefined) {
    list = new LinkedList();
    lists.set(from, list);
  }
  return list;
}

/** Removes a value, and the sender's list with its last value. */
function removeFrom<T>(lists: Map<string, LinkedList<T>>, from: string, place: Place<T>): void {
  const list = lists.get(from);
  list?.remove(place);
  if (list?.oldest === undefined) lists.delete(from);
}
