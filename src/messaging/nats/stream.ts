// The JetStream stream of a durable mailbox: it keeps each message until it is acknowledged. One request of JetStream's API each.
import { ask, hasNoResponders, JetStreamError, jetStreamCodes, store } from "../../directory/nats/jetstream.js";
import { parseNatsName } from "../nats-names.js";
import type { MailLink } from "./links.js";

/** Nanoseconds of a millisecond, the unit of JetStream's API. */
const nanos = 1_000_000;
/** Milliseconds for which JetStream recognises a message that is stored again by its id. */
export const duplicateWindow = 120_000;
/** A process that ends leaves its messages to the next one at once; an acknowledgment in the same process has no limit of time. */
const acknowledgeTime = 24 * 3_600_000;
/** The most messages that a process has and has not acknowledged. */
const mostInHand = 10_000;
const consumer = "mailbox";
const consumerNotFound = 10_014;
const nameInUse = 10_058;
const full = 10_077;
const notEnabled = new Set([10_039, 10_076]);

export class MailStream {
  readonly #mail: MailLink;
  readonly name: string;
  /** Where senders publish. */
  readonly subject: string;

  constructor(mail: MailLink, name: string) {
    const { subject } = parseNatsName(name);
    this.#mail = mail;
    this.name = `MAIL_${subject.replaceAll(".", "=")}`;
    this.subject = `${subject}.~kept`;
  }

  /** Whether the mailbox is a durable one: a process has opened it as such. */
  async exists(timeout: number): Promise<boolean> {
    const { link, nats } = this.#mail;
    if (link.info?.jetstream !== true) return false;
    try {
      await ask(link, `STREAM.INFO.${this.name}`, undefined, timeout);
      return true;
    } catch (error) {
      if (error instanceof JetStreamError && (isNotFound(error) || notEnabled.has(error.code))) return false;
      if (hasNoResponders(error, nats)) return false;
      throw error;
    }
  }

  /** Makes the stream, or gives an existing one these limits. */
  async make(limits: { readonly messages: number; readonly bytes: number }, timeout: number): Promise<void> {
    const { link, replicas } = this.#mail;
    const config = {
      name: this.name,
      description: "Messages of a mailbox that nobody has handled",
      subjects: [this.subject],
      retention: "workqueue",
      storage: "file",
      discard: "new",
      max_msgs: limits.messages,
      max_bytes: limits.bytes,
      max_msg_size: -1,
      max_age: 0,
      max_consumers: -1,
      num_replicas: replicas,
      duplicate_window: duplicateWindow * nanos,
    };
    try {
      await ask(link, `STREAM.CREATE.${this.name}`, config, timeout);
    } catch (error) {
      if (!(error instanceof JetStreamError) || error.code !== nameInUse) throw error;
      await ask(link, `STREAM.UPDATE.${this.name}`, config, timeout);
    }
  }

  /** All messages that are not acknowledged are sent to this subject from now on, oldest first, and to no other. */
  async deliverTo(inbox: string, timeout: number): Promise<void> {
    const { link } = this.#mail;
    try {
      await ask(link, `CONSUMER.DELETE.${this.name}.${consumer}`, undefined, timeout);
    } catch (error) {
      if (!(error instanceof JetStreamError) || error.code !== consumerNotFound) throw error;
    }
    const config = {
      durable_name: consumer,
      deliver_subject: inbox,
      deliver_policy: "all",
      ack_policy: "explicit",
      ack_wait: acknowledgeTime * nanos,
      max_ack_pending: mostInHand,
      replay_policy: "instant",
    };
    const create = `CONSUMER.DURABLE.CREATE.${this.name}.${consumer}`;
    await ask(link, create, { stream_name: this.name, config }, timeout);
  }

  /** Stores a message. @returns its sequence number, also if it was stored before under this id. @throws JetStreamError */
  store(id: string, bytes: Uint8Array, timeout: number): Promise<number> {
    const { link, nats } = this.#mail;
    const headers = nats.headers();
    headers.set("Nats-Msg-Id", id);
    return store(link, this.subject, bytes, { timeout, headers });
  }

  /** Whether a message is still kept: it was not acknowledged. */
  async has(sequence: number, timeout: number): Promise<boolean> {
    try {
      await ask(this.#mail.link, `STREAM.MSG.GET.${this.name}`, { seq: sequence }, timeout);
      return true;
    } catch (error) {
      if (error instanceof JetStreamError && (isNotFound(error) || error.code === jetStreamCodes.messageNotFound))
        return false;
      throw error;
    }
  }
}

export function isFull(error: unknown): boolean {
  return error instanceof JetStreamError && error.code === full;
}

function isNotFound({ code }: JetStreamError): boolean {
  return code === jetStreamCodes.streamNotFound;
}
