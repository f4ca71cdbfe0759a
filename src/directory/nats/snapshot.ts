// Reads the last message of every matching key through a temporary consumer.

import { systemClock, type Timer } from "../../base/clock.js";
import { randomName } from "../../base/random-bytes.js";
import { ask, type Delivery, deliveryOf } from "./jetstream.js";
import type { Messages } from "./link.js";
import type { Message } from "./packages.js";

/** The value that the bucket stores under a key. */
export interface Kept {
  readonly key: string;
  readonly data: Uint8Array;
  readonly isDeleted: boolean;
  /** Milliseconds since it was stored, by the server's clock; 0 if it has just arrived. */
  readonly age: number;
  /** 0 if it has just arrived. */
  readonly sequence: number;
}

export function keptOf(key: string, message: Message, aged: Aged | undefined): Kept {
  const { data, headers } = message;
  const isDeleted = headers?.has("KV-Operation") === true || headers?.has("Nats-Marker-Reason") === true;
  return { key, data, isDeleted, age: aged?.age ?? 0, sequence: aged?.sequence ?? 0 };
}

interface Aged {
  readonly age: number;
  readonly sequence: number;
}

interface What {
  readonly stream: string;
  readonly filter: string;
  readonly inbox: string;
  /** Milliseconds for each message to come. */
  readonly timeout: number;
}

/** Nanoseconds of a millisecond. */
const nanos = 1_000_000;
/** Milliseconds of silence after which the server reports that there is nothing more. */
const heartbeat = 500;
const idle = 100;

type Each = (subject: string, message: Message, aged: Aged) => void;

/** Rejects with JetStreamError, with an error of the client, or if nothing arrives in time. */
export async function readLast(nats: Messages, what: What, each: Each): Promise<void> {
  const { stream, filter, inbox, timeout } = what;
  const name = `lupine-${randomName(8)}`;
  const reading = new Reading(each, timeout);
  const subscription = nats.subscribe(inbox, { callback: (error, message) => reading.took(error, message) });
  try {
    const config = {
      name,
      deliver_subject: inbox,
      deliver_policy: "last_per_subject",
      ack_policy: "none",
      replay_policy: "instant",
      filter_subject: filter,
      idle_heartbeat: heartbeat * nanos,
      inactive_threshold: 5_000 * nanos,
      mem_storage: true,
      num_replicas: 1,
    };
    const create = `CONSUMER.CREATE.${stream}.${name}.${filter}`;
    reading.begin(await ask(nats, create, { stream_name: stream, config, action: "create" }, timeout));
    await reading.ended;
  } finally {
    reading.stop();
    subscription.unsubscribe();
    if (!nats.isClosed()) nats.publish(`$JS.API.CONSUMER.DELETE.${stream}.${name}`);
  }
}

/**
 * Messages may arrive before the answer with the time when the consumer was created, which is needed to compute their
 * age.
 */
class Reading {
  readonly ended: Promise<void>;
  readonly #each: Each;
  readonly #timeout: number;
  #timer: Timer | undefined;
  #lastAt = systemClock.now();
  #early: Message[] | undefined = [];
  /** When the consumer was created, by the server's clock. */
  #made = 0;
  /** How many messages have arrived, and how many there were when the consumer was created. */
  #count = 0;
  #expected = 0;
  #resolve: () => void = () => {};
  #reject: (error: Error) => void = () => {};

  constructor(each: Each, timeout: number) {
    this.#each = each;
    this.ended = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.ended.catch(() => {});
    this.#timeout = timeout;
    this.#wait(timeout);
  }

  begin(info: Readonly<Record<string, unknown>>): void {
    const { created, num_pending, delivered } = info;
    this.#made = Date.parse(String(created));
    const { consumer_seq } = (delivered ?? {}) as Readonly<Record<string, unknown>>;
    this.#expected = Number(num_pending) + Number(consumer_seq);
    const early = this.#early ?? [];
    this.#early = undefined;
    for (const message of early) this.took(null, message);
    if (num_pending === 0 && consumer_seq === 0) this.#resolve();
  }

  took(error: Error | null, message: Message): void {
    if (error !== null) this.#reject(error);
    else if (this.#early !== undefined) this.#early.push(message);
    else if (message.headers?.code === idle) this.#resolve();
    else this.#delivered(message, deliveryOf(message.reply));
  }

  #delivered(message: Message, delivery: Delivery | undefined): void {
    if (delivery === undefined) return;
    this.#lastAt = systemClock.now();
    this.#each(message.subject, message, this.#aged(delivery));
    this.#count++;
    if (delivery.pending === 0 || this.#isLive(delivery)) this.#resolve();
  }

  /**
   * Whether this message was stored after all that there is to read. If a message is replaced while it is read, the server's
   * count of pending messages stays too high, and renewals may come more often than heartbeats.
   */
  #isLive({ stored }: Delivery): boolean {
    return this.#count >= this.#expected && stored >= this.#made + heartbeat;
  }

  /** Checks the clock when it fires, so that messages need not set a timer. */
  #wait(milliseconds: number): void {
    this.#timer = systemClock.setTimeout(() => {
      const left = this.#lastAt + this.#timeout - systemClock.now();
      if (left > 0) this.#wait(left);
      else this.#reject(new Error(`nothing came for ${Math.ceil(this.#timeout)} ms`));
    }, milliseconds);
  }

  stop(): void {
    systemClock.clearTimeout(this.#timer);
  }

  #aged({ stored, sequence }: Delivery): Aged {
    const age = this.#made - stored;
    return { age: Number.isFinite(age) ? Math.max(0, age) : 0, sequence };
  }
}
