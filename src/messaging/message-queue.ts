// The messages of a mailbox that nobody has received yet, and the receivers that wait. A message goes to the receiver that
// has waited longest for it; a receiver gets the message that it takes and that has been in the mailbox for longest.
import { LinkedList, type Place } from "../base/linked-list.js";
import { timesFree } from "../transport/budget.js";
import { HostShares } from "../transport/host-shares.js";
import { Admission, type QueueLimits, type Sender, type Waiting } from "./admission.js";

/** A message and its sender. */
export interface Received<T> {
  /** The sender's mailbox, which `send` takes: a name of this machine, or a URL. Empty if the sender has no mailbox. */
  readonly from: string;
  /** The message, decoded. It belongs to the receiver. */
  readonly message: T;
}

/**
 * - "inside": the message counts against the limits
 * - "outside": there is no room for it yet
 * - "left": as "outside", and its sender has disconnected
 * - "gone": it was received, or dropped
 */
type EntryState = "inside" | "outside" | "left" | "gone";

/** A message for which no receiver waits. */
export interface NewMessage<T> {
  /** The claim of the sender. */
  readonly from: string;
  /** The connection that it came over. */
  readonly sender: Sender;
  readonly message: T;
  readonly bytes: number;
  readonly sent: Sent;
  /** Decodes the message when it is received; it is then kept as `bytes` bytes. */
  readonly later?: (() => T) | undefined;
  /** Called with what the receiver gets, before it gets it. */
  readonly given?: ((received: Received<T>) => void) | undefined;
}

interface Entry<T> extends Waiting {
  readonly from: string;
  /** The message, or a function that decodes it. */
  readonly message: T | undefined;
  readonly later: (() => T) | undefined;
  readonly sent: Sent;
  readonly given: ((received: Received<T>) => void) | undefined;
  state: EntryState;
  /** Its place among all messages of its claimed sender. */
  inSender: Place<Entry<T>>;
  /** Its place among those inside, or those of its connection that wait. */
  place: Place<Entry<T>>;
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
  readonly #admission: Admission;
  /** The messages in the mailbox, in the order in which they got there. */
  readonly #inside = new LinkedList<Entry<T>>();
  /** All messages, in the order in which they arrived. */
  readonly #bySender = new Map<string, LinkedList<Entry<T>>>();
  readonly #waitingForAny = new LinkedList<Waiter<T>>();
  readonly #waitingFor = new Map<string, LinkedList<Waiter<T>>>();
  #size = 0;
  #outside = 0;
  /** Messages without room whose senders have disconnected, and their bytes. */
  readonly #leftMessages: HostShares;
  readonly #leftBytes: HostShares;
  /** The senders of those messages, by host and claim, and the keys of each. */
  readonly #leavers = new Map<string, Sender>();
  readonly #keys = new Map<Sender, Set<string>>();
  #turns = 0;

  constructor(limits: QueueLimits) {
    this.#admission = new Admission(limits);
    this.#leftMessages = new HostShares(limits.messages * timesOfHost);
    this.#leftBytes = new HostShares(limits.bytes * timesOfHost);
  }

  /** The number of messages that nobody has received, including those that wait for room. */
  get size(): number {
    return this.#size;
  }

  /** The bytes of all messages in the queue, without those that wait for room. */
  get bytes(): number {
    return this.#admission.bytes;
  }

  /** Whether a message of this size would have to wait for room. An empty mailbox has room for every message. */
  isFull(from: string, sender: Sender, bytes: number): boolean {
    return this.#admission.isFull(this.#inOrder(from, sender), bytes);
  }

  /** Gives a message to the receiver that has waited longest for it. @returns false if none waits. */
  handOver(from: string, message: T, given?: (received: Received<T>) => void): boolean {
    const waiter = this.#waiterFor(from);
    if (waiter === undefined) return false;
    const received = { from, message };
    given?.(received);
    waiter.resolve(received);
    return true;
  }

  /**
   * Adds a message for which no receiver waits, whether there is room or not.
   * @returns a function to call when the sender of a message without room disconnects. It returns false if the message was dropped
   * then, because there are too many of that kind: senders that come and go must not fill the memory.
   */
  put({ from, sender: sentBy, message, bytes, sent, later, given }: NewMessage<T>): () => boolean {
    const sender = this.#inOrder(from, sentBy);
    const kept = later === undefined ? message : undefined;
    const entry = { from, sender, message: kept, later, bytes, sent, given, state: "outside" } as Entry<T>;
    entry.inSender = listOf(this.#bySender, from).add(entry);
    this.#size++;
    if (this.#admission.isFull(sender, bytes)) {
      this.#outside++;
      entry.place = this.#admission.wait(entry);
    } else this.#enter(entry);
    return () => this.#leaveBehind(entry);
  }

  /** The message that has been in the mailbox for longest, or the oldest of one sender, which may still wait for room. */
  take(from: string | undefined): Received<T> | undefined {
    const entry = from === undefined ? this.#inside.oldest : this.#bySender.get(from)?.oldest;
    if (entry === undefined) return undefined;
    const wasInside = entry.state === "inside";
    this.#remove(entry);
    if (!wasInside) entry.sent.placed?.();
    this.#admit();
    entry.sent.received?.();
    const { from: sender, message, later, given } = entry;
    const received = { from: sender, message: later === undefined ? (message as T) : later() };
    given?.(received);
    return received;
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
    for (const list of [...this.#bySender.values()]) {
      for (let entry = list.oldest; entry !== undefined; entry = list.oldest) {
        this.#remove(entry);
        entry.sent.closed?.();
      }
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

  /** Messages that were left behind come before those that the same sender sends over a new connection. */
  #inOrder(from: string, sender: Sender): Sender {
    if (this.#leavers.size === 0 || from === "" || sender.waiting.oldest !== undefined) return sender;
    return this.#leavers.get(leaverKey(from, sender)) ?? sender;
  }

  #leaveBehind(entry: Entry<T>): boolean {
    if (entry.state !== "outside") return true;
    const { sender, from, bytes } = entry;
    if (!this.#leftMessages.hasRoomFor(sender.host) || !this.#leftBytes.hasRoomFor(sender.host, bytes)) {
      this.#remove(entry);
      return false;
    }
    entry.state = "left";
    this.#leftMessages.add(sender.host);
    this.#leftBytes.add(sender.host, bytes);
    const key = leaverKey(from, sender);
    this.#leavers.set(key, sender);
    this.#keys.set(sender, (this.#keys.get(sender) ?? new Set()).add(key));
    return true;
  }

  /** Takes a message out of all lists and counts. */
  #remove(entry: Entry<T>): void {
    removeFrom(this.#bySender, entry.from, entry.inSender);
    this.#size--;
    if (entry.state === "inside") {
      this.#inside.remove(entry.place);
      this.#admission.leave(entry.sender, entry.bytes);
    } else this.#stopWaiting(entry);
    entry.state = "gone";
  }

  #stopWaiting({ place, state, sender, bytes }: Entry<T>): void {
    this.#outside--;
    this.#admission.stopWaiting(place);
    if (state === "left") {
      this.#leftMessages.add(sender.host, -1);
      this.#leftBytes.add(sender.host, -bytes);
    }
    if (sender.waiting.oldest === undefined) this.#forgetLeaver(sender);
  }

  /** Nothing of it waits any more. */
  #forgetLeaver(sender: Sender): void {
    for (const key of this.#keys.get(sender) ?? []) if (this.#leavers.get(key) === sender) this.#leavers.delete(key);
    this.#keys.delete(sender);
  }

  #enter(entry: Entry<T>): void {
    entry.state = "inside";
    entry.place = this.#inside.add(entry);
    this.#admission.enter(entry.sender, entry.bytes);
    entry.sent.placed?.();
  }

  /** Admits messages that wait, while there is room. */
  #admit(): void {
    while (this.#outside > 0) {
      const next = this.#admission.next() as Entry<T> | undefined;
      if (next === undefined) return;
      this.#stopWaiting(next);
      this.#enter(next);
    }
  }
}

/** A host that is alone may leave as much behind as the limits allow in the mailbox. */
const timesOfHost = (timesFree + 1) / timesFree;

function leaverKey(from: string, { host }: Sender): string {
  return `${host} ${from}`;
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
