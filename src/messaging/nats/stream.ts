// The JetStream stream of a durable mailbox: it keeps each message until it is acknowledged. One request of JetStream's API each.
import { ask, hasNoResponders, JetStreamError, jetStreamCodes, storedAs } from "../../directory/nats/jetstream.js";
import type { Message } from "../../directory/nats/open-link.js";
import { parseNatsName } from "../nats-names.js";
import { isNobody } from "./frames.js";
import type { MailLink } from "./links.js";

/** Nanoseconds of a millisecond, the unit of JetStream's API. */
const nanos = 1_000_000;
/** Milliseconds for which JetStream recognises a message that is stored again by its id. */
export const duplicateWindow = 120_000;
/** The header with the subject to which the receiver of a message reports that it has handled it. */
export const noticeHeader = "Lupine-Handled";
/** Bytes of the headers with which a message is stored, without that subject. */
export const headerBytes = 256;
const nameInUse = 10_058;
const full = 10_077;
const wrongLastId = 10_070;
const unavailable = 503;
const notEnabled = new Set([10_039, 10_076]);

export interface StoreOptions {
  readonly id: string;
  /** The id of the message that must be the last one in the stream. */
  readonly after: string | undefined;
  /** Where the receiver reports that it has handled the message. */
  readonly notice: string | undefined;
}

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

  /** Makes the stream, or gives an existing one this limit. */
  async make(messages: number, timeout: number): Promise<void> {
    const { link, replicas } = this.#mail;
    const config = {
      name: this.name,
      description: "Messages of a mailbox that nobody has handled",
      subjects: [this.subject],
      retention: "workqueue",
      storage: "file",
      discard: "new",
      max_msgs: messages,
      // With a limit of bytes, a full stream would drop its oldest messages: nats-server 2.9 forgets a part of a new message when it
      // compares its length with the room that is left.
      max_bytes: -1,
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

  /** Publishes a message. JetStream answers to the subject `reply`: see `storedAs`. */
  store({ id, after, notice }: StoreOptions, bytes: Uint8Array, reply: string): void {
    const { link, nats } = this.#mail;
    const headers = nats.headers();
    headers.set("Nats-Msg-Id", id);
    if (after !== undefined) headers.set("Nats-Expected-Last-Msg-Id", after);
    if (notice !== undefined) headers.set(noticeHeader, notice);
    link.publish(this.subject, bytes, { headers, reply });
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

/**
 * The sequence number of a stored message, also if it was stored before under its id.
 * @throws JetStreamError, for which `isFull`, `isAfterAnother` or `isUnavailable` may be true.
 */
export function sequenceOf(answer: Message): number {
  if (isNobody(answer)) throw new JetStreamError(0, unavailable, "there is no such stream now");
  return storedAs(answer);
}

/** JetStream is starting, or electing a leader, or the stream is not there. */
export function isUnavailable(error: unknown): boolean {
  return error instanceof JetStreamError && error.status === unavailable;
}

/** The message was to follow another one, which is not the last in the stream. */
export function isAfterAnother(error: unknown): boolean {
  return error instanceof JetStreamError && error.code === wrongLastId;
}

export function isFull(error: unknown): boolean {
  return error instanceof JetStreamError && error.code === full;
}

/** There is no such stream. */
export function isNotFound({ code }: JetStreamError): boolean {
  return code === jetStreamCodes.streamNotFound;
}
