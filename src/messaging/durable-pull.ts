// Fetches the messages of a durable mailbox: asks for a batch while the owner wants more, and keeps those that are held from being
// delivered again.
import { systemClock, type Timer } from "../base/clock.js";
import { deliveryOf } from "../directory/nats/jetstream.js";
import type { Message, Subscription } from "../directory/nats/packages.js";
import type { MailStreams } from "./durable-stream.js";

/** Messages of one question, and milliseconds that the server may take to answer it. */
const batch = 64;
const expires = 5_000;
/** Milliseconds after which a question counts as lost. */
const lost = expires + 2_000;
/** Milliseconds between two questions if the server refuses. */
const refusedPause = 100;

/** Without the delay the server could deliver the message to this process again, which still has a question open. */
const giveBack = `-NAK {"delay": ${50_000_000}}`;

/** A message that was delivered. */
export interface Delivered {
  readonly data: Uint8Array;
  /** Where it is acknowledged. */
  readonly reply: string;
  readonly sequence: number;
}

/** The owner of the mailbox. */
export interface PullOwner {
  /** Whether more messages are wanted. */
  wants(): boolean;
  take(message: Delivered): void;
}

export class Pull {
  readonly #streams: MailStreams;
  readonly #name: string;
  readonly #owner: PullOwner;
  readonly #inbox: string;
  readonly #subscription: Subscription;
  readonly #interval: Timer;
  /** The messages that are delivered and not acknowledged, by their numbers. */
  readonly #held = new Map<number, string>();
  /** Messages that were asked for and have not come. */
  #due = 0;
  #askedAt = 0;
  #mayAskAt = 0;
  #closed = false;

  /** `redelivery`: milliseconds after which the server delivers a message again. */
  constructor(streams: MailStreams, name: string, redelivery: number, owner: PullOwner) {
    this.#streams = streams;
    this.#name = name;
    this.#owner = owner;
    this.#inbox = streams.nats.createInbox();
    this.#subscription = streams.link.subscribe(this.#inbox, {
      callback: (error, message) => {
        if (error === null) this.#arrived(message);
      },
    });
    streams.link.follow({
      lost: () => undefined,
      restored: () => {
        this.#due = 0;
        this.ask();
      },
    });
    // It also keeps the process alive, as a listening socket would.
    this.#interval = systemClock.setInterval(() => this.#beat(), Math.max(50, redelivery / 3));
  }

  /** Asks for messages, if more are wanted. */
  ask(): void {
    const now = systemClock.now();
    if (this.#due > 0 && now - this.#askedAt > lost) this.#due = 0;
    if (this.#closed || this.#due > 0 || now < this.#mayAskAt || !this.#owner.wants()) return;
    this.#due = batch;
    this.#askedAt = now;
    this.#streams.pull(this.#name, this.#inbox, batch, expires);
  }

  /** The message is acknowledged. */
  forget(sequence: number): void {
    this.#held.delete(sequence);
  }

  /** Gives the messages back that are held. */
  async close(): Promise<void> {
    this.#closed = true;
    systemClock.clearTimeout(this.#interval);
    this.#subscription.unsubscribe();
    for (const reply of this.#held.values()) this.#streams.link.publish(reply, giveBack);
    await this.#streams.flush();
  }

  #beat(): void {
    for (const reply of this.#held.values()) this.#streams.link.publish(reply, "+WPI");
    this.ask();
  }

  #arrived(message: Message): void {
    const { reply, data, headers } = message;
    const delivery = deliveryOf(reply);
    if (reply === undefined || delivery === undefined) {
      // The end of a question: 404 and 408 say that there are no more messages; others come at once, again and again.
      this.#due = 0;
      if (headers !== undefined && headers.code !== 404 && headers.code !== 408)
        this.#mayAskAt = systemClock.now() + refusedPause;
      this.ask();
      return;
    }
    this.#due--;
    const { sequence } = delivery;
    const isHeld = this.#held.has(sequence);
    this.#held.set(sequence, reply);
    if (this.#closed) this.#streams.link.publish(reply, giveBack);
    else if (!isHeld) this.#owner.take({ data, reply, sequence });
    this.ask();
  }
}
