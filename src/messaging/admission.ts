// Who may put a message into a mailbox that fills up, and who is next when there is room again. Hosts leave room to each other, and so do
// the senders of one host. Knows nothing of messages but their size.
import { LinkedList, type Place } from "../base/linked-list.js";
import { timesFree } from "../transport/budget.js";
import { leavesRoom } from "../transport/host-shares.js";

/** The most that a mailbox holds of one sender. */
export interface QueueLimits {
  readonly messages: number;
  readonly bytes: number;
}

/** Messages and bytes in the mailbox. */
interface Held {
  messages: number;
  bytes: number;
}

/** A message that waits for room. */
export interface Waiting {
  readonly bytes: number;
  readonly sender: Sender;
}

/** One host, as long as it has messages in the mailbox or messages that wait. */
interface Host extends Held {
  readonly key: string;
  /** Its senders that have messages here. */
  senders: number;
  /** The senders with messages that wait, in their turns. */
  readonly turns: LinkedList<Sender>;
  place: Place<Host> | undefined;
}

/** A connection, or a source of datagrams. */
export class Sender implements Held {
  messages = 0;
  bytes = 0;
  /** The key of its host. */
  readonly host: string;
  /** Its messages that wait, oldest first. */
  readonly waiting = new LinkedList<Waiting>();
  /** Its host, while it has messages here. */
  group: Host | undefined;
  /** Its place among the senders of its host with messages that wait. */
  place: Place<Sender> | undefined;

  constructor(host: string) {
    this.host = host;
  }
}

/**
 * With limits of a mailbox that are this multiple of those of a sender, a sender that is alone on a host that is alone has exactly its
 * limits: each of the two leaves a fifth to others.
 */
const timesOfSender = ((timesFree + 1) / timesFree) ** 2;

/** The part of the limits that may be used by others, while a sender that has nothing in the mailbox waits for its turn. */
const partInPassing = 1 / 16;

export class Admission {
  readonly #limits: QueueLimits;
  readonly #hosts = new Map<string, Host>();
  readonly #turns = new LinkedList<Host>();
  readonly #held: Held = { messages: 0, bytes: 0 };
  /** The sender that waits with nothing in the mailbox, because there was no room at its turn, and what passed it since. */
  #next: Sender | undefined;
  readonly #passed: Held = { messages: 0, bytes: 0 };

  /** `limits` are those of a sender. */
  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** The bytes of all messages in the mailbox. */
  get bytes(): number {
    return this.#held.bytes;
  }

  /** Whether a new message of a sender has to wait. An empty mailbox has room for every message. */
  isFull(sender: Sender, bytes: number): boolean {
    return sender.waiting.oldest !== undefined || !this.#mayEnter(sender, bytes);
  }

  /** A message is in the mailbox now. */
  enter(sender: Sender, bytes: number): void {
    const host = this.#join(sender);
    if (this.#next === sender) this.#next = undefined;
    else if (this.#next !== undefined) count(this.#passed, 1, bytes);
    count(this.#held, 1, bytes);
    count(host, 1, bytes);
    count(sender, 1, bytes);
  }

  /** A message has left the mailbox. */
  leave(sender: Sender, bytes: number): void {
    const host = sender.group as Host;
    count(this.#held, -1, -bytes);
    count(host, -1, -bytes);
    count(sender, -1, -bytes);
    this.#forget(sender, host);
  }

  /** A message waits for room. */
  wait<W extends Waiting>(message: W): Place<W> {
    const { sender, bytes } = message;
    const host = this.#join(sender);
    const place = sender.waiting.add(message) as Place<W>;
    sender.place ??= host.turns.add(sender);
    host.place ??= this.#turns.add(host);
    this.#note(sender, bytes);
    return place;
  }

  /** It does not wait any more. */
  stopWaiting<W extends Waiting>(place: Place<W>): void {
    const { sender } = place.value;
    const host = sender.group as Host;
    sender.waiting.remove(place);
    if (sender.waiting.oldest === undefined && sender.place !== undefined) {
      host.turns.remove(sender.place);
      sender.place = undefined;
      if (this.#next === sender) this.#next = undefined;
    }
    if (host.turns.oldest === undefined && host.place !== undefined) {
      this.#turns.remove(host.place);
      host.place = undefined;
    }
    this.#forget(sender, host);
  }

  /** The message that may enter next. Hosts take turns, and so do the senders of each. */
  next(): Waiting | undefined {
    if (this.#held.messages + 1 > this.#limits.messages * timesOfSender && this.#held.messages > 0) return undefined;
    for (let host = this.#turns.first; host !== undefined; host = host.after) {
      for (let place = host.value.turns.first; place !== undefined; place = place.after) {
        const sender = place.value;
        const { bytes } = sender.waiting.oldest as Waiting;
        if (this.#mayEnter(sender, bytes)) return this.#turnOf(host.value, sender);
        this.#note(sender, bytes);
      }
    }
    return undefined;
  }

  /** The host and the sender that have had their turn come last now. */
  #turnOf(host: Host, sender: Sender): Waiting {
    if (host.place !== undefined) this.#turns.moveToEnd(host.place);
    if (sender.place !== undefined) host.turns.moveToEnd(sender.place);
    return sender.waiting.oldest as Waiting;
  }

  /** Its message does not fit. If it has nothing else in the mailbox, only few others may pass it. */
  #note(sender: Sender, bytes: number): void {
    if (this.#next !== undefined || sender.messages > 0 || this.#hasRoomFor(sender, bytes)) return;
    this.#next = sender;
    this.#passed.messages = 0;
    this.#passed.bytes = 0;
  }

  #mayEnter(sender: Sender, bytes: number): boolean {
    return this.#hasRoomFor(sender, bytes) && this.#mayPass(sender, bytes);
  }

  #mayPass(sender: Sender, bytes: number): boolean {
    if (this.#next === undefined || this.#next === sender || this.#held.messages === 0) return true;
    const { messages, bytes: most } = this.#limits;
    return this.#passed.messages < messages * partInPassing && this.#passed.bytes + bytes <= most * partInPassing;
  }

  #hasRoomFor(sender: Sender, bytes: number): boolean {
    if (this.#held.messages === 0) return true;
    const host = sender.group ?? this.#hosts.get(sender.host) ?? nothing;
    const { messages, bytes: mostBytes } = this.#limits;
    const { messages: all, bytes: allBytes } = this.#held;
    const free = messages * timesOfSender - all;
    const freeBytes = mostBytes * timesOfSender - allBytes;
    return (
      leavesRoom(host.messages, 1, free - 1) &&
      leavesRoom(host.bytes, bytes, freeBytes - bytes) &&
      leavesRoom(sender.messages, 1, freeOfHost(free, host.messages) - 1) &&
      leavesRoom(sender.bytes, bytes, freeOfHost(freeBytes, host.bytes) - bytes)
    );
  }

  #join(sender: Sender): Host {
    if (sender.group !== undefined) return sender.group;
    let host = this.#hosts.get(sender.host);
    if (host === undefined) {
      host = { key: sender.host, messages: 0, bytes: 0, senders: 0, turns: new LinkedList(), place: undefined };
      this.#hosts.set(host.key, host);
    }
    host.senders++;
    sender.group = host;
    return host;
  }

  #forget(sender: Sender, host: Host): void {
    if (!isIdle(sender)) return;
    sender.group = undefined;
    if (--host.senders === 0) this.#hosts.delete(host.key);
  }
}

const nothing: Held = Object.freeze({ messages: 0, bytes: 0 });

function isIdle(sender: Sender): boolean {
  return sender.messages === 0 && sender.waiting.oldest === undefined;
}

function count(held: Held, messages: number, bytes: number): void {
  held.messages += messages;
  held.bytes += bytes;
}

/** The free part that a host which has `held` may still take, if it leaves room to others. */
function freeOfHost(free: number, held: number): number {
  return ((free + held) * timesFree) / (timesFree + 1) - held;
}
