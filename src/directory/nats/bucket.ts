// The bucket: a JetStream stream in the form of NATS's key-value stores, so that `nats kv` reads it too.
import { ask, JetStreamError, jetStreamCodes, store } from "./jetstream.js";
import type { Messages } from "./link.js";
import type { NatsPackage, Subscription } from "./packages.js";
import { type Kept, keptOf, readLast } from "./snapshot.js";
import type { NatsUrl } from "./url.js";

/** The properties of a bucket that is created. */
export interface BucketForm {
  readonly description: string;
  /** Milliseconds for which a message that is not renewed is kept. */
  readonly age: number;
  /** The most bytes of one message. */
  readonly longest: number;
  /** The most bytes of all messages. Then the oldest is dropped. Default: no limit. */
  readonly bytes?: number;
}

/** Nanoseconds of a millisecond, the unit of JetStream's API. */
const nanos = 1_000_000;

/** Operations on one bucket over one connection. Each is a request to the server, and may be repeated. */
export class Bucket {
  readonly #nats: Messages;
  readonly #package: NatsPackage;
  readonly #name: string;
  readonly #replicas: number;
  readonly #inbox: string | undefined;
  readonly #form: BucketForm;
  /** Milliseconds that the bucket keeps messages; 0: for ever. */
  keeps = 0;

  constructor(nats: Messages, its: NatsPackage, { bucket, options }: NatsUrl, form: BucketForm) {
    this.#nats = nats;
    this.#package = its;
    this.#name = bucket;
    this.#replicas = Number(options.replicas ?? 1);
    this.#inbox = options.inbox;
    this.#form = form;
  }

  get #stream(): string {
    return `KV_${this.#name}`;
  }

  /** Creates the bucket if it does not exist. */
  async make(timeout: number): Promise<void> {
    let info: Readonly<Record<string, unknown>>;
    try {
      info = await ask(this.#nats, `STREAM.INFO.${this.#stream}`, undefined, timeout);
    } catch (error) {
      if (!(error instanceof JetStreamError) || error.code !== jetStreamCodes.streamNotFound) throw error;
      info = await ask(this.#nats, `STREAM.CREATE.${this.#stream}`, this.#config(), timeout);
    }
    const { max_age } = (info["config"] ?? {}) as Readonly<Record<string, unknown>>;
    this.keeps = Number(max_age ?? 0) / nanos;
  }

  #config(): object {
    const { description, age, longest, bytes } = this.#form;
    return {
      name: this.#stream,
      description,
      subjects: [`$KV.${this.#name}.>`],
      retention: "limits",
      storage: "file",
      discard: bytes === undefined ? "new" : "old",
      max_msgs_per_subject: 1,
      max_msg_size: longest,
      max_msgs: -1,
      max_bytes: bytes ?? -1,
      max_consumers: -1,
      max_age: age * nanos,
      num_replicas: this.#replicas,
      allow_rollup_hdrs: true,
    };
  }

  subject(key: string): string {
    return `$KV.${this.#name}.${key}`;
  }

  async put(key: string, data: Uint8Array, timeout: number): Promise<void> {
    await store(this.#nats, this.subject(key), data, { timeout });
  }

  /**
   * Stores a value if the last message of the key has the sequence number `last`, or if `last` is 0 and the key has no message.
   * @returns the sequence number of the new message. @throws JetStreamError `wrongLastSequence`
   */
  async replace(key: string, data: Uint8Array, last: number, timeout: number): Promise<number> {
    const headers = this.#package.headers();
    headers.set("Nats-Expected-Last-Subject-Sequence", String(last));
    return store(this.#nats, this.subject(key), data, { timeout, headers });
  }

  /** `last`: only if the last message of the key has this sequence number. */
  async delete(key: string, timeout: number, last?: number): Promise<void> {
    const headers = this.#package.headers();
    headers.set("KV-Operation", "DEL");
    if (last !== undefined) headers.set("Nats-Expected-Last-Subject-Sequence", String(last));
    await store(this.#nats, this.subject(key), "", { timeout, headers });
  }

  /** The last message of a key; undefined without one. A deletion has no data. */
  async last(
    key: string,
    timeout: number,
  ): Promise<{ readonly data: Uint8Array; readonly sequence: number } | undefined> {
    try {
      const answer = await ask(
        this.#nats,
        `STREAM.MSG.GET.${this.#stream}`,
        { last_by_subj: this.subject(key) },
        timeout,
      );
      const { seq, data = "" } = answer["message"] as { readonly seq: number; readonly data?: string };
      return { data: Buffer.from(data, "base64"), sequence: seq };
    } catch (error) {
      if (error instanceof JetStreamError && error.code === jetStreamCodes.messageNotFound) return undefined;
      throw error;
    }
  }

  /** Removes a message from the store if it is still the last of its key. Watchers are not notified. */
  async purge(key: string, sequence: number, timeout: number): Promise<void> {
    const what = { filter: this.subject(key), seq: sequence + 1 };
    await ask(this.#nats, `STREAM.PURGE.${this.#stream}`, what, timeout);
  }

  /** Fails unless the bucket's leader answers. The content of the key does not matter. */
  async probe(key: string, timeout: number): Promise<void> {
    try {
      await ask(this.#nats, `STREAM.MSG.GET.${this.#stream}`, { last_by_subj: this.subject(key) }, timeout);
    } catch (error) {
      if (!(error instanceof JetStreamError) || error.code !== jetStreamCodes.messageNotFound) throw error;
    }
  }

  /** Passes on the last message of every matching key, deletions included. */
  async read(keys: string, timeout: number, each: (kept: Kept) => void): Promise<void> {
    const inbox = this.#package.createInbox(this.#inbox);
    const filter = this.subject(keys);
    await readLast(this.#nats, { stream: this.#stream, filter, inbox, timeout }, (subject, message, delivery) => {
      each(keptOf(this.#keyOf(subject), message, delivery));
    });
  }

  /** Passes on what is put and deleted from now on, even if the store rejects it. */
  follow(keys: string, each: (kept: Kept) => void, failed: (error: Error) => void): Subscription {
    return this.#nats.subscribe(this.subject(keys), {
      callback: (error, message) => {
        if (error !== null) failed(error);
        else each(keptOf(this.#keyOf(message.subject), message, undefined));
      },
    });
  }

  #keyOf(subject: string): string {
    return subject.slice(this.subject("").length);
  }
}
