// The JetStream consumer of the process that has a durable mailbox. Each process makes one under a name of its own, and the stream of a
// mailbox, a work queue, accepts one. So JetStream decides between processes that open the mailbox at the same moment.
import { randomName } from "../../base/random-bytes.js";
import { pause } from "../../base/wait.js";
import { ask, JetStreamError } from "../../directory/nats/jetstream.js";
import type { MailLink } from "./links.js";
import { nameTaken } from "./name-taken.js";
import { isNotFound, type MailStream } from "./stream.js";

/** Nanoseconds of a millisecond, the unit of JetStream's API. */
const nanos = 1_000_000;
/** A process that ends leaves its messages to the next one at once; an acknowledgment in the same process has no limit of time. */
const acknowledgeTime = 24 * 3_600_000;
/** The most messages that a process has and has not acknowledged. */
const mostInHand = 10_000;
/** Milliseconds between two messages of JetStream that say that the consumer is there. */
export const heartbeat = 2_000;
/** Milliseconds until all servers of a cluster know who has subscribed. */
const spreadTime = 250;
const mostAttempts = 10;
const consumerNotFound = 10_014;
const isAnother: ReadonlySet<number> = new Set([10_099, 10_100]);

export class MailConsumer {
  readonly #mail: MailLink;
  readonly #stream: MailStream;
  readonly #mailbox: string;
  /** Begins the names of all consumers that this process makes: the answer to the request for one may be lost. */
  readonly #own = `mailbox-${randomName()}`;
  #count = 0;
  #name: string | undefined;

  constructor(mail: MailLink, stream: MailStream, mailbox: string) {
    this.#mail = mail;
    this.#stream = stream;
    this.#mailbox = mailbox;
  }

  /**
   * All messages that are not acknowledged are sent to this subject from now on, oldest first.
   * @throws TransportError TRANSPORT_LISTEN_FAILED if another process has the mailbox. JetStreamError, or an error of the client.
   */
  async deliverTo(inbox: string, timeout: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      await this.remove(timeout);
      try {
        return await this.#make(inbox, timeout);
      } catch (error) {
        if (!(error instanceof JetStreamError) || !isAnother.has(error.code) || attempt === mostAttempts) throw error;
      }
      await this.#removeOthers(timeout);
    }
  }

  /** Removes the consumer that this process has made. */
  async remove(timeout: number): Promise<void> {
    const name = this.#name;
    this.#name = undefined;
    if (name !== undefined) await this.#delete(name, timeout);
  }

  async #make(inbox: string, timeout: number): Promise<void> {
    const stream = this.#stream.name;
    const name = `${this.#own}-${++this.#count}`;
    const config = {
      durable_name: name,
      deliver_subject: inbox,
      deliver_policy: "all",
      ack_policy: "explicit",
      ack_wait: acknowledgeTime * nanos,
      max_ack_pending: mostInHand,
      replay_policy: "instant",
      flow_control: true,
      idle_heartbeat: heartbeat * nanos,
    };
    await ask(this.#mail.link, `CONSUMER.DURABLE.CREATE.${stream}.${name}`, { stream_name: stream, config }, timeout);
    this.#name = name;
  }

  /** Those of processes that have ended, and forgotten ones of this process. */
  async #removeOthers(timeout: number): Promise<void> {
    const answer = await ask(this.#mail.link, `CONSUMER.NAMES.${this.#stream.name}`, undefined, timeout);
    for (const name of (answer["consumers"] ?? []) as readonly string[]) {
      // A server may say for a while after the end of a subscription that it is there.
      const isOwn = name.startsWith(this.#own);
      if (!isOwn && (await this.#isInUse(name, timeout))) throw nameTaken(this.#mailbox);
      await this.#delete(name, timeout);
    }
  }

  async #isInUse(name: string, timeout: number): Promise<boolean> {
    for (let isFirst = true; ; isFirst = false) {
      try {
        const info = await ask(this.#mail.link, `CONSUMER.INFO.${this.#stream.name}.${name}`, undefined, timeout);
        if (info["push_bound"] === true) return true;
        if (info["cluster"] === undefined || !isFirst) return false;
      } catch (error) {
        if (error instanceof JetStreamError && error.code === consumerNotFound) return false;
        throw error;
      }
      await pause(spreadTime);
    }
  }

  async #delete(name: string, timeout: number): Promise<void> {
    try {
      await ask(this.#mail.link, `CONSUMER.DELETE.${this.#stream.name}.${name}`, undefined, timeout);
    } catch (error) {
      if (!(error instanceof JetStreamError) || (error.code !== consumerNotFound && !isNotFound(error))) throw error;
    }
  }
}
