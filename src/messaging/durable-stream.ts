// The streams of durable mailboxes on NATS: JetStream keeps each message until it is acknowledged. Knows nothing of message types.
import { systemClock } from "../base/clock.js";
import { randomWord } from "../base/random.js";
import { pause } from "../base/wait.js";
import { natsConnector } from "../directory/nats/connect.js";
import { ask, JetStreamError, jetStreamCodes, store } from "../directory/nats/jetstream.js";
import { NatsLink } from "../directory/nats/link.js";
import { loadNats, type NatsPackage } from "../directory/nats/packages.js";
import { type NatsUrl, shown } from "../directory/nats/url.js";
import { RpcDisconnected, RpcTimeout } from "../rpc/errors.js";
import { MailboxError } from "./errors.js";

/** Nanoseconds of a millisecond, the unit of JetStream's API. */
const nanos = 1_000_000;

/** Milliseconds of one attempt, and between two. */
const longestAttempt = 2_000;
const retryPause = 100;

/** JetStream's number for a message that a full stream refuses. */
const storeFailed = 10_077;

/** The limits of a mailbox's stream. */
export interface StreamLimits {
  readonly messages: number;
  readonly bytes: number;
  /** Milliseconds after which a message that is not acknowledged is delivered again. */
  readonly redelivery: number;
  /** The most messages that are delivered and not acknowledged. */
  readonly held: number;
}

/** The time that an operation has. */
export interface Deadline {
  readonly timeout: number;
  readonly signal?: AbortSignal | undefined;
}

const streamOf = (name: string): string => `LUPINE_MAIL_${name}`;
const subjectOf = (name: string): string => `lupine.mail.${name}`;
/** All processes that open a mailbox share its messages. */
const consumer = "owner";

export class MailStreams {
  readonly link: NatsLink;
  readonly nats: NatsPackage;
  readonly #replicas: number;
  readonly #shown: string;

  private constructor(link: NatsLink, nats: NatsPackage, replicas: number, name: string) {
    this.link = link;
    this.nats = nats;
    this.#replicas = replicas;
    this.#shown = name;
  }

  /** @throws DirectoryError DIRECTORY_ENGINE_MISSING; RpcDisconnected. */
  static async connect(url: string, parsed: NatsUrl, timeout: number): Promise<MailStreams> {
    const nats = await loadNats("mailbox");
    const connector = natsConnector(nats, parsed);
    try {
      const link = new NatsLink(await connector.first(timeout), connector);
      return new MailStreams(link, nats, Number(parsed.options.replicas ?? 1), shown(url));
    } catch (cause) {
      const message = `NATS at ${shown(url)} cannot be reached: ${(cause as Error).message}`;
      throw new RpcDisconnected(message, { mayHaveRun: false, cause });
    }
  }

  /** Makes the stream of a mailbox, unless it exists, and its consumer. @throws RpcDisconnected, RpcTimeout */
  async open(name: string, limits: StreamLimits, deadline: Deadline): Promise<void> {
    await this.repeat(deadline, async (timeout) => {
      if (!(await this.#exists(name, timeout)))
        await ask(this.link, `STREAM.CREATE.${streamOf(name)}`, this.#config(name, limits), timeout);
      const config = {
        durable_name: consumer,
        ack_policy: "explicit",
        ack_wait: limits.redelivery * nanos,
        max_ack_pending: limits.held,
        max_deliver: -1,
        deliver_policy: "all",
      };
      const body = { stream_name: streamOf(name), config };
      await ask(this.link, `CONSUMER.DURABLE.CREATE.${streamOf(name)}.${consumer}`, body, timeout);
    });
  }

  /**
   * Stores a message. An attempt that is repeated has the same id, so the message is stored once.
   * @throws MailboxError MAILBOX_FULL, if it does not wait; RpcDisconnected if there is no such mailbox; RpcTimeout, RpcCancelled.
   */
  async store(to: string, payload: Uint8Array, waits: boolean, deadline: Deadline): Promise<void> {
    const id = Array.from({ length: 4 }, () => randomWord().toString(16)).join("-");
    await this.repeat(deadline, async (timeout) => {
      const headers = this.nats.headers();
      headers.set("Nats-Msg-Id", id);
      try {
        await store(this.link, subjectOf(to), payload, { timeout, headers });
      } catch (error) {
        const { cause } = error as Error;
        if (cause instanceof this.nats.NoRespondersError && !(await this.#exists(to, timeout))) throw this.#missing(to);
        if (!(error instanceof JetStreamError) || error.code !== storeFailed) throw error;
        if (!waits) throw new MailboxError("MAILBOX_FULL", `the mailbox ${to} has no room: ${error.message}`);
        throw new Error(`the mailbox ${to} has no room`);
      }
    });
  }

  /** Asks for up to `batch` messages, which come to `inbox`. */
  pull(name: string, inbox: string, batch: number, expires: number): void {
    const body = JSON.stringify({ batch, expires: expires * nanos });
    this.link.publish(`$JS.API.CONSUMER.MSG.NEXT.${streamOf(name)}.${consumer}`, body, { reply: inbox });
  }

  /** Acknowledges a message. Resolves when the server has confirmed that. @throws RpcTimeout */
  async acknowledge(reply: string, deadline: Deadline): Promise<void> {
    await this.repeat(deadline, async (timeout) => void (await this.link.request(reply, "+ACK", { timeout })));
  }

  /**
   * Repeats an operation until it succeeds. Errors of JetStream, and of this package, end it.
   * @throws RpcTimeout, whose cause is the last failure.
   */
  async repeat(deadline: Deadline, operation: (timeout: number) => Promise<void>): Promise<void> {
    const { timeout, signal } = deadline;
    const end = systemClock.now() + timeout;
    for (;;) {
      let last: unknown;
      try {
        return await operation(Math.max(1, Math.min(longestAttempt, end - systemClock.now())));
      } catch (error) {
        if (error instanceof MailboxError || error instanceof RpcDisconnected) throw error;
        if (error instanceof JetStreamError && error.status < 500) throw this.#refused(error);
        last = error;
      }
      if (systemClock.now() >= end || signal?.aborted) {
        const why = signal?.aborted ? "was aborted" : `was not answered within ${timeout} ms`;
        const message = `NATS at ${this.#shown} ${why}: ${(last as Error).message}`;
        throw new RpcTimeout(message, { mayHaveRun: true, cause: last });
      }
      await pause(retryPause);
    }
  }

  /** Resolves when the server has all that was sent before. */
  async flush(): Promise<void> {
    await ask(this.link, "INFO", undefined, longestAttempt).catch(() => undefined);
  }

  async #exists(name: string, timeout: number): Promise<boolean> {
    try {
      await ask(this.link, `STREAM.INFO.${streamOf(name)}`, undefined, timeout);
      return true;
    } catch (error) {
      if (error instanceof JetStreamError && error.code === jetStreamCodes.streamNotFound) return false;
      throw error;
    }
  }

  #config(name: string, { messages, bytes }: StreamLimits): object {
    return {
      name: streamOf(name),
      description: "a mailbox of Lupine",
      subjects: [subjectOf(name)],
      // A message is removed when it is acknowledged.
      retention: "workqueue",
      storage: "file",
      discard: "new",
      max_msgs: messages,
      max_bytes: bytes,
      num_replicas: this.#replicas,
      duplicate_window: 120_000 * nanos,
    };
  }

  #missing(name: string): RpcDisconnected {
    const message = `no process has opened a durable mailbox ${name} on NATS at ${this.#shown}`;
    return new RpcDisconnected(message, { mayHaveRun: false });
  }

  #refused(cause: JetStreamError): RpcDisconnected {
    const message = `JetStream at ${this.#shown} refused: ${cause.message}`;
    return new RpcDisconnected(message, { mayHaveRun: false, cause });
  }
}
