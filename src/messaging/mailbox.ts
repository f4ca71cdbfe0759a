// A mailbox: a server of mailbox.x that receives messages of one type, and connections to the mailboxes that it sends to.

import { checkOptions } from "../base/check-options.js";
import { linkSignals } from "../base/link-signals.js";
import { quote } from "../base/quote.js";
import { channelOf } from "../client/handle.js";
import { isServiceTarget } from "../client/service-target.js";
import { RpcDisconnected } from "../rpc/errors.js";
import { ping } from "../rpc/null.js";
import { defaultDrain, Server } from "../server/index.js";
import { formatAddress } from "../transport/address.js";
import { MemoryNetwork } from "../transport/memory.js";
import { encode } from "../xdr/index.js";
import type { XdrType } from "../xdr/type.js";
import { Correspondents, defaultCorrespondents } from "./correspondents.js";
import { directoryWiring, registerMailbox } from "./directory-names.js";
import { MailboxError, mailboxClosed, receiveCancelled, throwUnlessTaken } from "./errors.js";
import { mailProgram } from "./mail-program.js";
import { MailService } from "./mail-service.js";
import { MAIL_VERS } from "./mailbox.gen.js";
import {
  defaultMailboxLimits,
  type MailboxOptions,
  type ReceiveOptions,
  receiveOptions,
  type SendOptions,
  sendOptions,
} from "./mailbox-options.js";
import { MessageQueue, type Received } from "./message-queue.js";
import { MessageReader } from "./message-reader.js";
import { mailboxUrl, nameOf } from "./names.js";
import { NatsMail } from "./nats-mail.js";
import { isNatsName } from "./nats-names.js";
import { waitForMessage } from "./wait-for-message.js";

/** The names `memory:NAME` of this process. */
const processNetwork = new MemoryNetwork();

/**
 * Receives messages under its name, and sends messages to other mailboxes. `openMailbox` makes one; `await using` or `close` ends it.
 * @example
 * await using inbox = await openMailbox("memory:inbox", { type: numbers, messages: 100 });
 * console.log(inbox.name, inbox.unread, inbox.tryReceive()); // memory:inbox 0 undefined
 */
export class Mailbox<T, Input = T> {
  readonly #type: XdrType<T, Input>;
  readonly #reader: MessageReader<T>;
  readonly #queue: MessageQueue<T>;
  readonly #others: Correspondents;
  readonly #server: Server;
  readonly #options: MailboxOptions<T, Input>;
  readonly #service: MailService<T>;
  readonly #nats = new NatsMail({
    failed: (error) => this.#server.reportError(error),
    taken: (error) => this.#taken(error),
  });
  /** The functions that acknowledge the messages of a durable mailbox. */
  readonly #done = new WeakMap<Received<T>, () => Promise<void>>();
  #url = "";
  /** The sender of messages, as they name it: the name in a directory, or the URL. */
  #self = "";
  /** Runs after the server is closed. */
  #afterClose = async (): Promise<void> => {};
  /** The URLs of names that were sent to. */
  readonly #urls = new Map<string, string>();
  /** How many messages had come when the last answer was sent at once. */
  #answered = 0;
  #closing: Promise<number> | undefined;
  /** Ends the calls of `ended`. */
  readonly #ending = new AbortController();

  /** @internal */
  constructor(options: MailboxOptions<T, Input>) {
    const { type, messages = defaultMailboxLimits.messages, bytes = defaultMailboxLimits.bytes } = options;
    this.#type = type;
    this.#reader = new MessageReader(type);
    this.#queue = new MessageQueue({ messages, bytes });
    this.#others = new Correspondents(
      options.correspondents ?? defaultCorrespondents,
      processNetwork,
      directoryWiring(options.directory),
      (url) => this.#nats.channel(url),
    );
    this.#options = options;
    this.#server = new Server(options.onError === undefined ? {} : { onError: options.onError });
    this.#service = new MailService(this.#reader, this.#queue);
    this.#server.implement(mailProgram(), this.#service.procedures());
  }

  /** @internal */
  async listen(url: string): Promise<void> {
    if (isNatsName(url)) return this.#listenOnNats(url);
    const { accept, listen = "tcp://127.0.0.1:0", directory } = this.#options;
    const isService = isServiceTarget(url);
    const { address } = await this.#server.listen(isService ? listen : url, {
      ...(accept !== undefined && { accept }),
      ...(url.startsWith("memory:") && { network: processNetwork }),
    });
    this.#url = formatAddress(address);
    this.#self = isService ? url : this.#url;
    if (!isService) return;
    try {
      this.#afterClose = await registerMailbox(url, this.#server, directory);
    } catch (error) {
      await this.#server.close({ drain: 0 });
      throw error;
    }
  }

  async #listenOnNats(url: string): Promise<void> {
    this.#url = nameOf(url);
    this.#self = this.#url;
    try {
      const { durable = false } = this.#options;
      await this.#nats.listen(this.#server, url, durable);
      if (!durable) return;
      await this.#nats.keep(url, this.#options, (envelope, done) =>
        this.#service.place(envelope, (received) => void this.#done.set(received, done)),
      );
    } catch (error) {
      await this.close({ drain: 0 });
      throw error;
    }
  }

  /** Nothing arrives any more, and receivers must learn of it. */
  #taken(error: Error): void {
    this.#server.reportError(error);
    void this.close();
  }

  /** The name under which other processes reach the mailbox: a plain name of this user, a name in a directory, or its URL. */
  get name(): string {
    return nameOf(this.#self);
  }

  /** The address that the mailbox listens on. */
  get url(): string {
    return this.#url;
  }

  /** The number of messages that have arrived and have not been received. */
  get unread(): number {
    return this.#queue.size;
  }

  /**
   * Sends a message to another mailbox: a name, a URL, or the `from` of a message that was received. The messages to one
   * mailbox arrive in the order of the calls. See `SendOptions.until` for when it resolves.
   * @throws XdrError if the message is not of the mailbox's type. MailboxError MAILBOX_BAD_NAME, MAILBOX_FULL,
   * MAILBOX_CLOSED (the receiver or this mailbox was closed), or MAILBOX_NOT_READABLE (the receiver has another type). RpcDisconnected if no
   * process has that mailbox, or its process ended; `mayHaveRun` is true if the message may be in the mailbox. RpcTimeout
   * and RpcCancelled: the message may arrive later.
   */
  send(message: Input, to: string, options: SendOptions = noOptions): Promise<void> {
    try {
      return this.#send(message, to, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #send(message: Input, to: string, how: SendOptions): Promise<void> {
    this.#checkOpen();
    if (how !== noOptions) checkOptions(sendOptions, how);
    const { until = "queued", wait = true, timeout, signal } = how;
    if (!wait && until !== "queued")
      throw new TypeError(`options.wait: false does not apply to until: ${quote(until)}`);
    const url = this.#urlOf(to);
    const envelope = { from: this.#self, message: encode(this.#type, message, { root: "message" }) };
    const other = this.#others.to(url);
    const time = timeout ?? (until === "delivered" ? Number.POSITIVE_INFINITY : 30_000);
    const atOnce = until === "sent" && this.#isAnswer();
    // A mailbox without room says nothing. Another connection would overtake the messages that wait there.
    const options = { timeout: time, atOnce, patient: true };
    const rest = signal === undefined ? options : { ...options, signal };
    if (until === "sent") return this.#others.post(other, envelope, rest);
    const { client } = other;
    const deliver = until === "delivered" ? client.deliver : wait ? client.send : client.offer;
    const sending = deliver(envelope, rest);
    other.waiting++;
    return sending.then(
      (stat) => {
        this.#others.settled(other);
        // A name in a directory may stand for an address of UDP.
        throwUnlessTaken(stat, to, channelOf(client).remote.kind === "udp");
      },
      (error) => {
        this.#others.settled(other);
        this.#others.failed(other, error);
      },
    );
  }

  /**
   * Waits for a message: the one that has been in the mailbox for longest, or the oldest of one sender.
   * @throws RpcTimeout, RpcCancelled; MailboxError MAILBOX_CLOSED if the mailbox is or gets closed.
   */
  receive(options: ReceiveOptions = noOptions): Promise<Received<T>> {
    try {
      return this.#receive(options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  #receive(options: ReceiveOptions): Promise<Received<T>> {
    if (options !== noOptions) checkOptions(receiveOptions, options);
    const { timeout = Number.POSITIVE_INFINITY, signal } = options;
    if (signal?.aborted) throw receiveCancelled(signal.reason);
    const from = senderOf(options.from);
    const received = this.#queue.take(from);
    if (received !== undefined) return Promise.resolve(received);
    this.#checkOpen();
    if (signal === undefined && timeout === Number.POSITIVE_INFINITY) {
      return new Promise((resolve, reject) => this.#queue.wait(from, resolve, reject));
    }
    return waitForMessage(this.#queue, from, this.name, { timeout, signal });
  }

  /** Returns a message that has already arrived, or undefined. It never waits. */
  tryReceive(options: { readonly from?: string } = noOptions): Received<T> | undefined {
    if (options !== noOptions) checkOptions({ from: "text" }, options);
    return this.#queue.take(senderOf(options.from));
  }

  /**
   * Acknowledges a message that this mailbox has received: it was handled. A durable mailbox receives it again, after its process has ended
   * or the mailbox was closed, unless this was called and has resolved. For other mailboxes it does nothing.
   * @throws RpcDisconnected if NATS did not confirm it within 30 seconds; it may be called again.
   */
  async done(received: Received<T>): Promise<void> {
    await this.#done.get(received)?.();
  }

  /**
   * Receives one message after another, until the mailbox is closed. A durable mailbox acknowledges each when the loop asks for the next one.
   */
  async *[Symbol.asyncIterator](): AsyncGenerator<Received<T>, void> {
    while (this.#closing === undefined || this.#queue.size > 0) {
      try {
        const received = await this.receive();
        yield received;
        if (this.#closing === undefined) await this.done(received);
      } catch (error) {
        if (error instanceof MailboxError && error.code === "MAILBOX_CLOSED") return;
        throw error;
      }
    }
  }

  /**
   * Resolves when the other mailbox is closed, or when its process ends.
   * @throws RpcDisconnected if there is no such mailbox now. RpcCancelled. MailboxError MAILBOX_CLOSED if this mailbox is closed. RpcTimeout: over UDP, if nothing answers within 30 seconds at first.
   */
  async ended(of: string, options: { readonly signal?: AbortSignal } = {}): Promise<void> {
    this.#checkOpen();
    checkOptions({ signal: "signal" }, options);
    const url = mailboxUrl(of);
    const other = this.#others.to(url);
    const { signal, release } = linkSignals(options.signal, this.#ending.signal);
    other.waiting++;
    const { client } = other;
    let isThere = !url.startsWith("udp:");
    try {
      // A datagram has its transaction id also if there is no mailbox: only an answer shows that there is one.
      if (!isThere) await ping(channelOf(client), MAIL_VERS, { signal });
      isThere = true;
      await client.watch({ timeout: Number.POSITIVE_INFINITY, signal });
    } catch (error) {
      if (this.#ending.signal.aborted) throw mailboxClosed(this.name);
      // A call that was sent has its transaction id: there was such a mailbox, and its connection has ended.
      const wasThere = isThere && error instanceof RpcDisconnected && error.place?.xid !== undefined;
      if (!wasThere) throw error;
    } finally {
      release();
      this.#others.settled(other);
    }
  }

  /**
   * Closes the mailbox. Calls of `receive` and `ended` that wait, and senders that wait for delivery, get MAILBOX_CLOSED. Messages
   * that this mailbox is sending are sent first.
   * `drain` is the most milliseconds that this may take; messages that have not arrived then are lost. Default 5,000.
   * @returns the number of messages that were not received.
   */
  close(options: { readonly drain?: number } = {}): Promise<number> {
    checkOptions({ drain: "time" }, options);
    this.#closing ??= this.#close(options.drain ?? defaultDrain);
    return this.#closing;
  }

  /** The same as `close()`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #checkOpen(): void {
    if (this.#closing !== undefined) throw mailboxClosed(this.name);
  }

  async #close(drain: number): Promise<number> {
    const unread = this.#queue.close(mailboxClosed(this.name));
    this.#ending.abort();
    this.#nats.stop();
    this.#service.close();
    await this.#others.close(drain);
    await this.#server.close();
    await this.#afterClose();
    await this.#nats.close(drain);
    return unread + this.#queue.close(mailboxClosed(this.name));
  }

  /** True for the first message after all that came were received: the process will probably wait for another now. */
  #isAnswer(): boolean {
    const { size } = this.#queue;
    const { arrived } = this.#service;
    if (size > 0 || arrived === this.#answered) return false;
    this.#answered = arrived;
    return true;
  }

  /** Reading a name takes as long as sending a message. */
  #urlOf(name: string): string {
    let url = this.#urls.get(name);
    if (url === undefined) {
      url = mailboxUrl(name);
      if (this.#urls.size >= mostUrls) this.#urls.clear();
      this.#urls.set(name, url);
    }
    return url;
  }
}

const noOptions = Object.freeze({});

/** The most names whose URLs a mailbox keeps. */
const mostUrls = 1_000;

/** A sender in the form in which messages name their senders. */
function senderOf(from: string | undefined): string | undefined {
  return from === undefined || from === "" ? from : nameOf(mailboxUrl(from));
}
