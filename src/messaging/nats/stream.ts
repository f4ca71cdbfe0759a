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
/** The header with the id of a message in a replicated stream, where JetStream must not see it: the receiver recognises it. */
const ownIdHeader = "Lupine-Id";
const idHeader = "Nats-Msg-Id";
/** Bytes of the headers with which a message is stored, without that subject. */
export const headerBytes = 256;
/** Added to the limit of messages of a replicated stream, so that JetStream does not refuse any. */
const spare = 1_000_000;
const nameInUse = 10_058;
const full = 10_077;
const wrongLastId = 10_070;
const unavailable = 503;
const notEnabled = new Set([10_039, 10_076]);

/** The properties of a stream that senders must know. */
export interface StreamFacts {
  /** It is on several servers. */
  readonly isReplicated: boolean;
  /** How many messages it can take. Infinity if JetStream refuses those that it cannot. */
  readonly room: number;
}

export interface StoreOptions {
  readonly isReplicated: boolean;
  readonly id: string;
  /** The id of the message that must be the last one in the stream. */
  readonly after: string | undefined;
  /** Where the receiver reports that it has handled the message. */
  readonly notice: string | undefined;
}

export class MailStream {
  readonly #mail: MailLink;
  readonly #subject: string;
  readonly name: string;

  constructor(mail: MailLink, name: string) {
    const { subject } = parseNatsName(name);
    this.#mail = mail;
    this.name = `MAIL_${subject.replaceAll(".", "=")}`;
    this.#subject = subject;
  }

  /** Whether the mailbox is a durable one: a process has opened it as such. */
  async exists(timeout: number): Promise<boolean> {
    return (await this.find(timeout)) !== undefined;
  }

  /** Undefined if the mailbox is not a durable one. */
  async find(timeout: number): Promise<StreamFacts | undefined> {
    const { link, nats } = this.#mail;
    if (link.info?.jetstream !== true) return undefined;
    try {
      return factsOf(await ask(link, `STREAM.INFO.${this.name}`, undefined, timeout));
    } catch (error) {
      if (error instanceof JetStreamError && (isNotFound(error) || isNotEnabled(error))) return undefined;
      if (hasNoResponders(error, nats)) return undefined;
      throw error;
    }
  }

  /** Makes the stream, or gives an existing one this limit. */
  async make(messages: number, timeout: number): Promise<void> {
    const { link, replicas } = this.#mail;
    const isReplicated = replicas > 1;
    const config = {
      name: this.name,
      description: "Messages of a mailbox that nobody has handled",
      subjects: [this.#subjectFor(isReplicated)],
      retention: "workqueue",
      storage: "file",
      discard: "new",
      max_msgs: isReplicated ? messages + spare : messages,
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
  store({ isReplicated, id, after, notice }: StoreOptions, bytes: Uint8Array, reply: string): void {
    const { link, nats } = this.#mail;
    const headers = nats.headers();
    headers.set(isReplicated ? ownIdHeader : idHeader, id);
    if (after !== undefined) headers.set("Nats-Expected-Last-Msg-Id", after);
    if (notice !== undefined) headers.set(noticeHeader, notice);
    link.publish(this.#subjectFor(isReplicated), bytes, { headers, reply });
  }

  /** Where senders publish. They must not mistake one kind of stream for the other, so JetStream does not hear those that do. */
  #subjectFor(isReplicated: boolean): string {
    return `${this.#subject}.${isReplicated ? "~replicated" : "~kept"}`;
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

function factsOf(info: Readonly<Record<string, unknown>>): StreamFacts {
  const { num_replicas, max_msgs } = (info["config"] ?? {}) as { num_replicas?: number; max_msgs?: number };
  const { messages } = (info["state"] ?? {}) as { messages?: number };
  const isReplicated = Number(num_replicas) > 1;
  return { isReplicated, room: isReplicated ? Number(max_msgs) - spare - Number(messages) : Number.POSITIVE_INFINITY };
}

/** The id of a message in a replicated stream, the same for each attempt to store it; else empty. */
export function idOf({ headers }: Message): string {
  return headers?.get(ownIdHeader) ?? "";
}

/**
 * The sequence number of a stored message, also if it was stored before under its id.
 * @throws JetStreamError, for which `isFull`, `isAfterAnother` or `isUnavailable` may be true.
 */
export function sequenceOf(answer: Message): number {
  if (isNobody(answer)) throw new JetStreamError(0, unavailable, "there is no such stream now");
  return storedAs(answer);
}

/** JetStream is switched off for this user, or for all. */
export function isNotEnabled(error: unknown): boolean {
  return error instanceof JetStreamError && notEnabled.has(error.code);
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
