// The bucket: a JetStream stream in the form of NATS's key-value stores, so that `nats kv` reads it too.
import { longestLease } from "../engine.js";
import { ask, JetStreamError, jetStreamCodes, store } from "./jetstream.js";
import type { Messages } from "./link.js";
import type { NatsPackage, Subscription } from "./packages.js";
import { longestRecord } from "./record.js";
import { type Kept, keptOf, readLast } from "./snapshot.js";

/**
 * Milliseconds for which the store keeps an entry that is not renewed, so that dead entries do not pile up. Longer than
 * any lease.
 */
const longestKept = longestLease + 60_000;
/** Nanoseconds of a millisecond, the unit of JetStream's API. */
const nanos = 1_000_000;

/** Operations on one bucket over one connection. Each is a request to the server, and may be repeated. */
export class Bucket {
  readonly #nats: Messages;
  readonly #package: NatsPackage;
  readonly #name: string;
  readonly #replicas: number;
  readonly #inbox: string | undefined;
  /** Milliseconds that the bucket keeps messages; 0: for ever. */
  keeps = 0;

  constructor(nats: Messages, its: NatsPackage, name: string, replicas: number, inbox: string | undefined) {
    this.#nats = nats;
    this.#package = its;
    this.#name = name;
    this.#replicas = replicas;
    this.#inbox = inbox;
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
    return {
      name: this.#stream,
      description: "Services of a directory of ONC RPC servers",
      subjects: [`$KV.${this.#name}.>`],
      retention: "limits",
      storage: "file",
      discard: "new",
      max_msgs_per_subject: 1,
      max_msg_size: longestRecord,
      max_msgs: -1,
      max_bytes: -1,
      max_consumers: -1,
      max_age: longestKept * nanos,
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

  async delete(key: string, timeout: number): Promise<void> {
    const headers = this.#package.headers();
    headers.set("KV-Operation", "DEL");
    await store(this.#nats, this.subject(key), "", { timeout, headers });
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
