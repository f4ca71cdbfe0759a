// Sends to a durable mailbox: each message is stored by JetStream, whether a process has the mailbox or not. One after another, so that
// the messages of one sender are stored in order although some wait for room and some are stored at the second attempt.
import { systemClock } from "../../base/clock.js";
import { randomName } from "../../base/random-bytes.js";
import { pause } from "../../base/wait.js";
import { hasNoResponders, JetStreamError } from "../../directory/nats/jetstream.js";
import type { Channel, ChannelCall } from "../../rpc/call.js";
import { RpcCancelled, RpcCodecError, RpcDisconnected, RpcTimeout } from "../../rpc/errors.js";
import type { Address } from "../../transport/address.js";
import { encode } from "../../xdr/index.js";
import { MAIL_VERS, mail_envelope, mail_stat } from "../mailbox.gen.js";
import { maxPayload } from "./conversation.js";
import { lostLink, type MailLink } from "./links.js";
import { duplicateWindow, isFull, type MailStream } from "./stream.js";

/** Milliseconds for one request, and between two attempts. */
const requestTime = 2_000;
const retryPause = 50;
/** Milliseconds between two questions whether a message was handled: twice as long each time. */
const firstLook = 10;
const longestLook = 1_000;
/** Bytes that wait to be stored. Beyond it, messages without an answer wait, and `send` with `wait: false` fails. */
const mostWaiting = 4 * 1024 * 1024;
/** Bytes of the header with the message's id. */
const headers = 128;

interface Sending {
  readonly id: string;
  readonly bytes: Uint8Array;
  /** When it fails, by the clock; Infinity for never. */
  readonly end: number;
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly wait: boolean;
  /** When it may first have been stored without a confirmation. */
  unconfirmed: number | undefined;
}

export class KeptChannel implements Channel {
  readonly remote: Address;
  readonly #mail: MailLink;
  readonly #stream: MailStream;
  readonly #name: string;
  readonly #id = randomName();
  /** Carries what is asked of the process that has the mailbox. */
  readonly #living: Channel;
  #count = 0;
  #last: Promise<unknown> = Promise.resolve();
  /** Bytes of messages that are not stored yet. */
  #waiting = 0;
  #isFull = false;
  #isClosed = false;

  constructor(mail: MailLink, stream: MailStream, name: string, living: Channel) {
    this.#mail = mail;
    this.#stream = stream;
    this.#name = name;
    this.#living = living;
    this.remote = living.remote;
  }

  call(request: ChannelCall): Promise<unknown> {
    const { post, send, offer, deliver, watch } = MAIL_VERS.procedures;
    const { procedure, args } = request;
    if (procedure.number === watch.number) return this.#living.call(request);
    if (this.#isClosed) return Promise.reject(new RpcDisconnected(`${this.#name}: closed`, { mayHaveRun: false }));
    const isMessage = [post, send, offer, deliver].some(({ number }) => number === procedure.number);
    // Procedure 0 is called after messages that have no reply.
    if (!isMessage) return this.#last;
    const { timeout = 30_000, signal } = request.options;
    const bytes = encode(mail_envelope, args[0] as mail_envelope);
    const most = maxPayload(this.#mail) - headers;
    if (bytes.length > most) return Promise.reject(this.#tooLong(bytes.length, most));
    const isOffer = procedure.number === offer.number;
    if (isOffer && (this.#isFull || this.#waiting > mostWaiting)) return Promise.resolve(mail_stat.MAIL_FULL);
    const sending: Sending = {
      id: `${this.#id}-${++this.#count}`,
      bytes,
      end: systemClock.now() + timeout,
      timeout,
      signal,
      wait: !isOffer,
      unconfirmed: undefined,
    };
    this.#waiting += bytes.length;
    const stored = this.#last.then(() => this.#store(sending));
    this.#last = stored
      .catch(() => {})
      .then(() => {
        this.#waiting -= bytes.length;
      });
    if (procedure.number === post.number) return this.#waiting > mostWaiting ? this.#last : Promise.resolve();
    if (procedure.number !== deliver.number)
      return stored.then((found) => (found === undefined ? mail_stat.MAIL_FULL : mail_stat.MAIL_OK));
    return stored.then((sequence) => this.#handled(sequence as number, sending));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#last;
    await this.#living.close();
  }

  destroy(reason?: Error): void {
    this.#isClosed = true;
    this.#living.destroy(reason);
  }

  /** @returns the sequence number of the stored message; undefined if there is no room and it does not wait. */
  async #store(sending: Sending): Promise<number | undefined> {
    try {
      for (;;) {
        this.#check(sending);
        const left = Math.max(1, sending.end - systemClock.now());
        try {
          if (!this.#mail.link.isClosed())
            return await this.#stream.store(sending.id, sending.bytes, Math.min(requestTime, left));
        } catch (error) {
          if (isFull(error)) {
            if (!sending.wait) return undefined;
            this.#isFull = true;
          } else this.#failed(error, sending);
        }
        await pause(Math.min(retryPause, left), { signal: sending.signal });
      }
    } finally {
      this.#isFull = false;
    }
  }

  /** Returns for a failure after which another attempt may succeed. */
  #failed(error: unknown, sending: Sending): void {
    if (error instanceof JetStreamError) {
      if (error.status === 503) return;
      const mayHaveRun = sending.unconfirmed !== undefined;
      throw new RpcDisconnected(`the mailbox ${this.#name} cannot keep the message: ${error.message}`, {
        mayHaveRun,
        cause: error,
      });
    }
    if (hasNoResponders(error, this.#mail.nats)) return;
    sending.unconfirmed ??= systemClock.now();
  }

  /** @throws RpcError if no further attempt is allowed. */
  #check({ end, signal, timeout, unconfirmed }: Sending): void {
    const mayHaveRun = unconfirmed !== undefined;
    const now = systemClock.now();
    if (signal?.aborted)
      throw new RpcCancelled("send was aborted (options.signal)", { mayHaveRun, cause: signal.reason });
    // A later attempt would store the message a second time.
    const isTooLate = mayHaveRun && now > unconfirmed + duplicateWindow * 0.8;
    if (now < end && !isTooLate && !(this.#isClosed && this.#mail.link.isClosed())) return;
    if (this.#mail.link.isClosed()) throw lostLink(this.#mail.servers, mayHaveRun);
    const why = this.#isFull ? "it has no room" : "NATS did not store it";
    throw new RpcTimeout(`the message to ${this.#name} was not stored within ${Math.ceil(timeout)} ms: ${why}`, {
      mayHaveRun,
    });
  }

  /** Resolves when the receiver has acknowledged the message. */
  async #handled(sequence: number, { end, signal, timeout }: Sending): Promise<mail_stat> {
    for (let look = firstLook; ; look = Math.min(longestLook, look * 2)) {
      if (signal?.aborted)
        throw new RpcCancelled("send was aborted (options.signal)", { mayHaveRun: true, cause: signal.reason });
      const left = end - systemClock.now();
      if (left <= 0)
        throw new RpcTimeout(`the message to ${this.#name} was not handled within ${Math.ceil(timeout)} ms`, {
          mayHaveRun: true,
        });
      const isKept = await this.#stream.has(sequence, requestTime).catch(() => true);
      if (!isKept) return mail_stat.MAIL_OK;
      await pause(Math.min(look, left), { signal });
    }
  }

  #tooLong(length: number, most: number): RpcCodecError {
    const limit = `at most ${most} fit (max_payload of the NATS server at ${this.#mail.servers})`;
    return new RpcCodecError("RPC_CANT_ENCODE_ARGS", `a message of ${length} bytes is too long: ${limit}`, {
      mayHaveRun: false,
    });
  }
}
