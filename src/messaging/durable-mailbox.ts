// A durable mailbox: JetStream keeps its messages until the receiver has handled and acknowledged them.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { quote } from "../base/quote.js";
import { waitFor } from "../base/wait.js";
import { parseNatsUrl } from "../directory/nats/url.js";
import { RpcCancelled, RpcTimeout } from "../rpc/errors.js";
import { decode, encode } from "../xdr/index.js";
import type { XdrType } from "../xdr/type.js";
import { type Delivered, Pull } from "./durable-pull.js";
import { MailStreams } from "./durable-stream.js";
import { MailboxError } from "./errors.js";
import { mail_envelope } from "./mailbox.gen.js";
import { checkType, type ReceiveOptions, receiveOptions } from "./mailbox-options.js";
import { MessageQueue, type Received } from "./message-queue.js";

/** Options of `openDurableMailbox`. */
export interface DurableMailboxOptions<T, Input = T> {
  /** The type of the messages that are received and sent: a codec that `lupine gen` made from a .x file. */
  readonly type: XdrType<T, Input>;
  /** The most messages that the mailbox keeps, when it is made. Default 1,000,000. Senders then wait, or get MAILBOX_FULL. */
  readonly messages?: number;
  /** The most bytes that the mailbox keeps, when it is made. Default 1 GiB. */
  readonly bytes?: number;
  /**
   * Milliseconds after which a message that a process has received and not acknowledged is delivered again, if that process has ended.
   * Default 30,000.
   */
  readonly redelivery?: number;
  /** Milliseconds that NATS may take to answer. Default 30,000. */
  readonly timeout?: number;
  /** Called for messages that are not of the type, which are removed. Default: `process.emitWarning`. */
  readonly onError?: (error: unknown) => void;
}

/** Options of `send` of a durable mailbox. */
export interface DurableSendOptions {
  /** False: do not wait for room in a full mailbox, but fail with MAILBOX_FULL. Default true. */
  readonly wait?: boolean;
  /** Milliseconds until `send` fails with RpcTimeout. Default 30,000. */
  readonly timeout?: number;
  /** Ends the wait. */
  readonly signal?: AbortSignal;
}

/** A message of a durable mailbox. */
export interface DurableReceived<T> extends Received<T> {
  /**
   * Call it when the message is handled. Once it has resolved, no process gets the message again.
   * @throws RpcTimeout if NATS does not confirm it: the message may come again.
   */
  acknowledge(): Promise<void>;
}

const options: OptionTable<DurableMailboxOptions<unknown>> = {
  type: "object",
  messages: "size",
  bytes: "size",
  redelivery: "size",
  timeout: "time",
  onError: "function",
};
const sendOptions: OptionTable<DurableSendOptions> = { wait: "flag", timeout: "time", signal: "signal" };

/** The most messages that a process has received or fetched, and not acknowledged. */
const mostHeld = 1_000;
/** Messages are fetched while fewer than this wait in the process. */
const enough = 32;
const defaultTimeout = 30_000;

/** See `openDurableMailbox`. */
export async function open<T, Input = T>(
  url: string,
  given: DurableMailboxOptions<T, Input>,
): Promise<DurableMailbox<T, Input>> {
  checkOptions(options, given as DurableMailboxOptions<unknown>);
  checkType(given);
  const { timeout = defaultTimeout, messages = 1_000_000, bytes = 2 ** 30, redelivery = defaultTimeout } = given;
  const parsed = parsedName(url);
  const streams = await MailStreams.connect(url, parsed, timeout);
  try {
    await streams.open(parsed.bucket, { messages, bytes, redelivery, held: mostHeld }, { timeout });
  } catch (error) {
    await streams.link.close();
    throw error;
  }
  return new DurableMailbox(streams, parsed.bucket, redelivery, given);
}

function parsedName(url: string): ReturnType<typeof parseNatsUrl> {
  try {
    const parsed = parseNatsUrl(url, "");
    if (/\/[a-z0-9_-]+(\?|$)/i.test(url.slice("nats://".length))) return parsed;
  } catch (cause) {
    throw new MailboxError("MAILBOX_BAD_NAME", (cause as Error).message, { cause });
  }
  throw new MailboxError("MAILBOX_BAD_NAME", `${quote(url)} names no mailbox: write nats://host:4222/printer`);
}

/**
 * A durable mailbox. `openDurableMailbox` makes one; `await using` or `close` ends it.
 * @example
 * const handleAll = async (printer: DurableMailbox<{ a: number; b: number }>) => {
 *   for await (const { message } of printer) console.log(message.a + message.b);
 * };
 * console.log(typeof handleAll); // function
 */
export class DurableMailbox<T, Input = T> {
  /** The name that `send` of others on the same NATS takes. */
  readonly name: string;
  readonly #type: XdrType<T, Input>;
  readonly #streams: MailStreams;
  readonly #pull: Pull;
  readonly #queue = new MessageQueue<Delivered & { readonly message: T }>({ messages: mostHeld, bytes: 2 ** 53 });
  readonly #onError: (error: unknown) => void;
  readonly #timeout: number;
  #waiting = 0;
  #closing: Promise<void> | undefined;

  /** @internal */
  constructor(streams: MailStreams, name: string, redelivery: number, given: DurableMailboxOptions<T, Input>) {
    this.name = name;
    this.#type = given.type;
    this.#streams = streams;
    this.#timeout = given.timeout ?? defaultTimeout;
    this.#onError = given.onError ?? ((error) => process.emitWarning(`mailbox ${name}: ${String(error)}`));
    this.#pull = new Pull(streams, name, redelivery, {
      wants: () => this.#waiting > 0 || this.#queue.size < enough,
      take: (message) => this.#take(message),
    });
    this.#pull.ask();
  }

  /**
   * Sends a message to a durable mailbox on the same NATS. Resolves when JetStream has stored it, once.
   * @throws XdrError if the message is not of the mailbox's type. MailboxError MAILBOX_BAD_NAME, MAILBOX_FULL. RpcDisconnected if the mailbox
   * was never opened. RpcTimeout: the message may be stored.
   */
  async send(message: Input, to: string, given: DurableSendOptions = {}): Promise<void> {
    checkOptions(sendOptions, given);
    if (!/^[a-z0-9_-]{1,64}$/i.test(to))
      throw new MailboxError("MAILBOX_BAD_NAME", `${quote(to)} is not 1 to 64 letters, digits, _ and -`);
    const { wait = true, timeout = defaultTimeout, signal } = given;
    const envelope = { from: this.name, message: encode(this.#type, message, { root: "message" }) };
    await this.#streams.store(to, encode(mail_envelope, envelope), wait, { timeout, signal });
  }

  /**
   * Waits for a message: the oldest one, or the oldest of one sender. Acknowledge it when it is handled: until then another process gets
   * it if this one ends.
   * @throws RpcTimeout, RpcCancelled; MailboxError MAILBOX_CLOSED.
   */
  async receive(given: ReceiveOptions = {}): Promise<DurableReceived<T>> {
    checkOptions(receiveOptions, given);
    const { from, signal, timeout = Number.POSITIVE_INFINITY } = given;
    if (signal?.aborted) throw cancelled(signal.reason);
    const here = this.tryReceive(from === undefined ? {} : { from });
    if (here !== undefined) return here;
    if (this.#closing !== undefined) throw this.#closedError();
    this.#waiting++;
    this.#pull.ask();
    let stop = (): void => {};
    try {
      const coming = new Promise<Received<Delivered & { readonly message: T }>>((resolve, reject) => {
        stop = this.#queue.wait(from, resolve, reject);
      });
      // The receiver leaves the queue in the same turn, so that no message is given to one that has stopped waiting.
      const received = await waitFor(coming, {
        timeout,
        signal,
        onTimeout: () => {
          stop();
          return new RpcTimeout(`no message came to the mailbox ${this.name} within ${timeout} ms (options.timeout)`, {
            mayHaveRun: false,
          });
        },
        onAbort: (reason) => {
          stop();
          return cancelled(reason);
        },
      });
      return this.#received(received);
    } finally {
      this.#waiting--;
    }
  }

  /** Returns a message that was already fetched, or undefined. It never waits. */
  tryReceive(given: { readonly from?: string } = {}): DurableReceived<T> | undefined {
    checkOptions({ from: "text" }, given);
    const received = this.#queue.take(given.from);
    if (received === undefined) return undefined;
    this.#pull.ask();
    return this.#received(received);
  }

  /** Receives one message after another, and acknowledges each when the next one is asked for: not after `break` or an error. */
  async *[Symbol.asyncIterator](): AsyncGenerator<DurableReceived<T>, void> {
    for (;;) {
      let received: DurableReceived<T>;
      try {
        received = await this.receive();
      } catch (error) {
        if (error instanceof MailboxError && error.code === "MAILBOX_CLOSED") return;
        throw error;
      }
      yield received;
      await received.acknowledge();
    }
  }

  /** Closes the connection. Messages that are not acknowledged go to other processes at once, or stay in the mailbox. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    this.#queue.close(this.#closedError());
    await this.#pull.close();
    await this.#streams.link.close();
  }

  #take(delivered: Delivered): void {
    try {
      const { from, message } = decode(mail_envelope, delivered.data);
      this.#queue.put(from, { ...delivered, message: decode(this.#type, message) }, message.length, {});
    } catch (cause) {
      this.#pull.forget(delivered.sequence);
      this.#streams.link.publish(delivered.reply, "+TERM");
      const text = `a message that is not of the mailbox's type was removed: ${(cause as Error).message}`;
      this.#onError(new MailboxError("MAILBOX_NOT_READABLE", text, { cause }));
    }
  }

  #received({ from, message: held }: Received<Delivered & { readonly message: T }>): DurableReceived<T> {
    const { message, reply, sequence } = held;
    const acknowledge = async (): Promise<void> => {
      await this.#streams.acknowledge(reply, { timeout: this.#timeout });
      this.#pull.forget(sequence);
    };
    return { from, message, acknowledge };
  }

  #closedError(): MailboxError {
    return new MailboxError("MAILBOX_CLOSED", `the mailbox ${quote(this.name)} is closed`);
  }
}

function cancelled(reason: unknown): RpcCancelled {
  return new RpcCancelled("receive was aborted (options.signal)", { mayHaveRun: false, cause: reason });
}
