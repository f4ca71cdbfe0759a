// Sends to a durable mailbox: each message is stored by JetStream, whether a process has the mailbox or not.
import { systemClock } from "../../base/clock.js";
import type { Channel, ChannelCall } from "../../rpc/call.js";
import { RpcCodecError, RpcDisconnected } from "../../rpc/errors.js";
import type { Address } from "../../transport/address.js";
import { encode } from "../../xdr/index.js";
import { MAIL_VERS, mail_envelope, mail_stat } from "../mailbox.gen.js";
import { maxPayload } from "./conversation.js";
import { HandledMessages } from "./handled.js";
import type { MailLink } from "./links.js";
import { StoreQueue } from "./store-queue.js";
import { headerBytes, type MailStream, type StreamFacts } from "./stream.js";

/** Bytes that wait to be stored. Beyond it, messages without an answer wait, and `send` with `wait: false` fails. */
const mostWaiting = 4 * 1024 * 1024;

const { post, send, offer, deliver, watch } = MAIL_VERS.procedures;
const messages: ReadonlySet<number> = new Set([post, send, offer, deliver].map(({ number }) => number));

export class KeptChannel implements Channel {
  readonly remote: Address;
  readonly #mail: MailLink;
  readonly #name: string;
  readonly #queue: StoreQueue;
  readonly #handled: HandledMessages;
  /** Carries what is asked of the process that has the mailbox. */
  readonly #living: Channel;
  #isClosed = false;

  constructor(mail: MailLink, stream: MailStream, facts: StreamFacts, name: string, living: Channel) {
    this.#mail = mail;
    this.#name = name;
    this.#queue = new StoreQueue(mail, stream, facts, name);
    this.#handled = new HandledMessages(mail, stream, name);
    this.#living = living;
    this.remote = living.remote;
  }

  call(request: ChannelCall): Promise<unknown> {
    const { procedure, args } = request;
    if (procedure.number === watch.number) return this.#living.call(request);
    if (this.#isClosed) return Promise.reject(this.#closedError(false));
    // Procedure 0 is called after messages that have no reply.
    if (!messages.has(procedure.number)) return this.#queue.settled();
    const bytes = encode(mail_envelope, args[0] as mail_envelope);
    const most = maxPayload(this.#mail) - headerBytes - this.#handled.subjectBytes;
    if (bytes.length > most) return Promise.reject(this.#tooLong(bytes.length, most));
    switch (procedure.number) {
      case post.number:
        return this.#post(bytes, request);
      case deliver.number:
        return this.#deliver(bytes, request);
      case offer.number:
        if (this.#queue.hasNoRoom || this.#queue.bytes > mostWaiting) return Promise.resolve(mail_stat.MAIL_FULL);
    }
    const stored = this.#store(bytes, request);
    return stored.then((sequence) => (sequence === undefined ? mail_stat.MAIL_FULL : mail_stat.MAIL_OK));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    await this.#queue.settled();
    await this.#handled.settled();
    await this.#living.close();
  }

  destroy(reason?: Error): void {
    this.#isClosed = true;
    this.#queue.end((mayHaveRun) => this.#closedError(mayHaveRun));
    this.#handled.end();
    this.#living.destroy(reason);
  }

  #store(bytes: Uint8Array, { procedure, options }: ChannelCall, notice?: string): Promise<number | undefined> {
    const { timeout = 30_000, signal } = options;
    return this.#queue.add(bytes, { timeout, signal, wait: procedure.number !== offer.number, notice });
  }

  /** Nothing is reported to the sender; it waits if much waits. */
  #post(bytes: Uint8Array, request: ChannelCall): Promise<unknown> {
    const stored = this.#store(bytes, request).catch(() => {});
    return this.#queue.bytes > mostWaiting ? stored : Promise.resolve();
  }

  async #deliver(bytes: Uint8Array, request: ChannelCall): Promise<mail_stat> {
    const { timeout = Number.POSITIVE_INFINITY, signal } = request.options;
    const end = systemClock.now() + timeout;
    const notice = this.#handled.expect();
    try {
      const sequence = await this.#store(bytes, request, notice);
      await this.#handled.wait(notice, sequence as number, { timeout, end, signal });
      return mail_stat.MAIL_OK;
    } finally {
      this.#handled.forget(notice);
    }
  }

  #closedError(mayHaveRun: boolean): RpcDisconnected {
    return new RpcDisconnected(`${this.#name}: closed`, { mayHaveRun });
  }

  #tooLong(length: number, most: number): RpcCodecError {
    const limit = `at most ${most} fit (max_payload of the NATS server at ${this.#mail.servers})`;
    return new RpcCodecError("RPC_CANT_ENCODE_ARGS", `a message of ${length} bytes is too long: ${limit}`, {
      mayHaveRun: false,
    });
  }
}
