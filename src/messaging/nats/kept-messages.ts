// The messages that a durable mailbox receives: JetStream sends it every message that is not acknowledged, and again after each lost connection.
import { systemClock, type Timer } from "../../base/clock.js";
import { pause } from "../../base/wait.js";
import { deliveryOf, JetStreamError } from "../../directory/nats/jetstream.js";
import type { Message, Subscription } from "../../directory/nats/open-link.js";
import { RpcDisconnected } from "../../rpc/errors.js";
import { decode } from "../../xdr/index.js";
import { mail_envelope } from "../mailbox.gen.js";
import { heartbeat, MailConsumer } from "./consumer.js";
import { frame, frameKind, isAnswerSubject } from "./frames.js";
import type { MailLink } from "./links.js";
import { isNameTaken } from "./name-taken.js";
import { idOf, isNotEnabled, isNotFound, isUnavailable, type MailStream, noticeHeader } from "./stream.js";

/** Milliseconds for one request, between two attempts, and for an acknowledgment with all its attempts. */
const requestTime = 2_000;
const retryPause = 100;
const acknowledgeTime = 30_000;
/** Milliseconds for each of the requests for a stream, and until the last attempt to open the mailbox begins. */
const makeTime = 5_000;
const openTime = 30_000;
/** Heartbeats of JetStream that do not come, until the consumer is made again. */
const mostSilentTicks = 3;
/** Of those that say that JetStream still waits for an answer, the one that is reported. */
const mostStalled = 3;
/** Bytes that a process has and has not acknowledged; JetStream then sends no more. */
const mostBytesInHand = 64 * 1024 * 1024;
/** The status of messages without content. */
const statusCode = 100;
/** The header in which JetStream says how many it has sent. */
const sentHeader = "Nats-Last-Consumer";
/** The most messages that are recognised when they are received again. More than a process has in hand. */
const mostSeen = 20_000;

/** Called with messages. */
export interface KeptReceiver {
  /**
   * A message, in the order in which they were stored. `done` acknowledges it.
   * @throws an error if it is of another type; it is then dropped.
   */
  deliver(envelope: mail_envelope, done: () => Promise<void>): void;
  /** A message that was dropped, or that messages cannot be received for now. */
  failed(error: Error): void;
  /** Another process has opened the mailbox while the connection was lost. No more is received. */
  taken(error: Error): void;
}

/** A message that this process has, and that is not acknowledged. */
interface Held {
  /** Where its acknowledgment is sent; another after each lost connection. */
  reply: string;
  done: Promise<void> | undefined;
  /** The same for each attempt of the sender to store it. Empty where JetStream recognises copies. */
  readonly id: string;
  readonly notice: string | undefined;
  readonly bytes: number;
  /** The stream was deleted, and the message with it. */
  isLost: boolean;
  isAcknowledged: boolean;
  /** Acknowledge copies, which were stored because the sender had no answer. */
  readonly copies: (() => void)[];
}

export class KeptMessages {
  readonly #mail: MailLink;
  readonly #stream: MailStream;
  readonly #name: string;
  /** The most messages of the stream. */
  readonly #most: number;
  readonly #receiver: KeptReceiver;
  readonly #consumer: MailConsumer;
  readonly #held = new Map<number, Held>();
  /** The last messages that were received from a replicated stream, by id, those that are acknowledged included. */
  readonly #seen = new Map<string, Held>();
  /** The place of the next message in what JetStream sends. */
  #next = 1;
  #bytes = 0;
  #subscription: Subscription | undefined;
  /** Where JetStream waits for an answer before it sends more, and whether it has one. */
  #flow = "";
  #owesFlow = false;
  /** Heartbeats that said that it still waits although it was answered. */
  #stalled = 0;
  #ticks = 0;
  readonly #ticking: Timer;
  #isFollowing = false;
  #isClosed = false;

  constructor(mail: MailLink, stream: MailStream, name: string, most: number, receiver: KeptReceiver) {
    this.#mail = mail;
    this.#stream = stream;
    this.#name = name;
    this.#most = most;
    this.#receiver = receiver;
    this.#consumer = new MailConsumer(mail, stream, name);
    this.#ticking = systemClock.setInterval(() => this.#tick(), heartbeat);
    this.#ticking.unref();
  }

  /** Rejects if JetStream refuses, or another process has the mailbox. */
  async begin(): Promise<void> {
    const end = systemClock.now() + openTime;
    for (;;) {
      try {
        await this.#stream.make(this.#most, makeTime);
        await this.#follow();
        break;
      } catch (error) {
        // A cluster that has just got the stream, or a busy one, may answer the next attempt.
        const isPassing =
          error instanceof this.#mail.nats.TimeoutError || (isUnavailable(error) && !isNotEnabled(error));
        if (isPassing && systemClock.now() < end) continue;
        this.stop();
        throw error;
      }
    }
    this.#mail.onReturn.add(this.#again);
  }

  /** Receives no more. */
  stop(): void {
    this.#isClosed = true;
    systemClock.clearTimeout(this.#ticking);
    this.#mail.onReturn.delete(this.#again);
    this.#subscription?.unsubscribe();
  }

  /** Resolves when the acknowledgments in flight have ended. Another process can then have the mailbox. */
  async close(): Promise<void> {
    await Promise.allSettled([...this.#held.values()].map(({ done }) => done));
    await this.#consumer.remove(requestTime).catch(() => {});
  }

  /** Messages of an earlier connection must not be taken for those of the new one, so each has its own subject. */
  async #follow(): Promise<void> {
    this.#subscription?.unsubscribe();
    this.#owesFlow = false;
    this.#ticks = 0;
    this.#next = 1;
    const inbox = this.#mail.inbox();
    this.#subscription = this.#mail.link.subscribe(inbox, {
      callback: (error, message) => {
        if (error !== null) this.#receiver.failed(error);
        else this.#arrived(message);
      },
    });
    await this.#consumer.deliverTo(inbox, requestTime);
  }

  readonly #again = async (): Promise<void> => {
    if (this.#isFollowing) return;
    this.#isFollowing = true;
    let isReported = false;
    while (!this.#isClosed && !this.#mail.link.isClosed()) {
      try {
        await this.#follow();
        break;
      } catch (error) {
        if (isNameTaken(error)) {
          this.stop();
          this.#receiver.taken(error as Error);
        } else if (error instanceof JetStreamError && isNotFound(error)) await this.#makeAgain();
        else {
          if (!isReported) this.#receiver.failed(error as Error);
          isReported = true;
          await pause(retryPause, { background: true });
        }
      }
    }
    this.#isFollowing = false;
  };

  /** The new stream numbers its messages from 1. */
  async #makeAgain(): Promise<void> {
    for (const held of this.#held.values()) held.isLost = true;
    this.#held.clear();
    this.#seen.clear();
    this.#bytes = 0;
    try {
      await this.#stream.make(this.#most, makeTime);
      this.#receiver.failed(
        new Error(`the stream ${this.#stream.name} was deleted, with its messages: it was made again`),
      );
    } catch (error) {
      this.#receiver.failed(error as Error);
      await pause(retryPause, { background: true });
    }
  }

  /** Somebody may have deleted the consumer; JetStream does not say so. */
  #tick(): void {
    if (++this.#ticks > mostSilentTicks && !this.#mail.link.isClosed()) void this.#again();
  }

  #arrived(message: Message): void {
    this.#ticks = 0;
    const { headers, data, reply } = message;
    if (headers?.code !== statusCode || data.length > 0) {
      this.#take(message);
      return;
    }
    if (reply) {
      this.#flow = reply;
      this.#owesFlow = true;
      this.#stalled = 0;
    } else if (Number(headers.get(sentHeader)) >= this.#next) void this.#again();
    else if (headers.has("Nats-Consumer-Stalled") && !this.#owesFlow) this.#answeredInVain();
    this.#answerFlow();
  }

  /** The answer was lost, or this user may not publish it. */
  #answeredInVain(): void {
    this.#owesFlow = this.#flow !== "";
    if (++this.#stalled !== mostStalled) return;
    const message = `JetStream sends ${this.#name} no more messages: allow this user to publish to $JS.FC.>`;
    this.#receiver.failed(new Error(message));
  }

  #answerFlow(): void {
    if (!this.#owesFlow || this.#bytes > mostBytesInHand) return;
    this.#owesFlow = false;
    this.#mail.link.publish(this.#flow);
  }

  #take(message: Message): void {
    const { reply, data, headers } = message;
    const delivery = deliveryOf(reply);
    if (reply === undefined || delivery === undefined || this.#isClosed) return;
    const { sequence, place } = delivery;
    if (place > this.#next) {
      // One before it was lost with a server: all that are not acknowledged are sent again, in order.
      void this.#again();
      return;
    }
    this.#next = place + 1;
    const id = idOf(message);
    const known = this.#held.get(sequence);
    if (known?.id === id) {
      known.reply = reply;
      return;
    }
    if (known !== undefined) this.#lose(sequence, known);
    const notice = headers?.get(noticeHeader);
    const state = { done: undefined, isLost: false, isAcknowledged: false, copies: [] };
    const held: Held = { reply, id, notice, bytes: data.length, ...state };
    const done = (): Promise<void> => (held.done ??= this.#acknowledge(sequence, held));
    const first = this.#seen.get(id);
    try {
      if (first === undefined) this.#receiver.deliver(decode(mail_envelope, data), done);
      else if (first.isAcknowledged) void done().catch(() => {});
      else first.copies.push(() => void done().catch(() => {}));
      this.#held.set(sequence, held);
      this.#bytes += held.bytes;
      if (first === undefined) this.#remember(held);
    } catch (error) {
      this.#mail.link.publish(reply, "+TERM");
      this.#report(held);
      this.#receiver.failed(error as Error);
    }
  }

  /** The number is that of another message now: this one must not be acknowledged with it. */
  #lose(sequence: number, held: Held): void {
    held.isLost = true;
    this.#held.delete(sequence);
    this.#seen.delete(held.id);
    this.#bytes -= held.bytes;
  }

  #remember(held: Held): void {
    if (held.id === "") return;
    this.#seen.set(held.id, held);
    for (const [id, oldest] of this.#seen) {
      if (this.#seen.size <= mostSeen) return;
      this.#seen.delete(id);
      if (!oldest.isAcknowledged) this.#seen.set(id, oldest);
    }
  }

  /** Repeated until JetStream has confirmed it, or does not have the message any more. */
  async #acknowledge(sequence: number, held: Held): Promise<void> {
    const end = systemClock.now() + acknowledgeTime;
    let cause: unknown;
    const { link, over, servers } = this.#mail;
    for (let isFirst = true; systemClock.now() < end && !over.aborted && !held.isLost; isFirst = false) {
      try {
        if (isFirst || (await this.#stream.has(sequence, requestTime))) {
          await link.request(held.reply, "+ACK", { timeout: requestTime });
        }
        if (this.#held.delete(sequence)) this.#bytes -= held.bytes;
        held.isAcknowledged = true;
        for (const acknowledge of held.copies) acknowledge();
        this.#report(held);
        this.#answerFlow();
        return;
      } catch (error) {
        cause = error;
        await pause(retryPause, { signal: over });
      }
    }
    if (held.isLost) return;
    held.done = undefined;
    const message = `NATS at ${servers} did not confirm that a message of ${this.#name} was handled: it may be received again`;
    throw new RpcDisconnected(message, { mayHaveRun: true, cause });
  }

  /** The sender may wait until the message is handled. */
  #report({ notice }: Held): void {
    if (isAnswerSubject(notice)) this.#mail.link.publish(notice, frame(frameKind.handled));
  }
}
