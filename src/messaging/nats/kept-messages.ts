// The messages that a durable mailbox receives: JetStream sends it every message that is not acknowledged, and again after each lost connection.
import { systemClock } from "../../base/clock.js";
import { pause } from "../../base/wait.js";
import { deliveryOf } from "../../directory/nats/jetstream.js";
import type { Message, Subscription } from "../../directory/nats/open-link.js";
import { RpcDisconnected } from "../../rpc/errors.js";
import { decode } from "../../xdr/index.js";
import { mail_envelope } from "../mailbox.gen.js";
import type { MailLink } from "./links.js";
import type { MailStream } from "./stream.js";

/** Milliseconds for one request, between two attempts, and for an acknowledgment with all its attempts. */
const requestTime = 2_000;
const retryPause = 100;
const acknowledgeTime = 30_000;

/** Called with messages. */
export interface KeptReceiver {
  /**
   * A message, in the order in which they were stored. `done` acknowledges it.
   * @throws an error if it is of another type; it is then dropped.
   */
  deliver(envelope: mail_envelope, done: () => Promise<void>): void;
  /** A message that was dropped, or that messages cannot be received for now. */
  failed(error: Error): void;
}

/** A message that this process has, and that is not acknowledged. */
interface Held {
  /** Where its acknowledgment is sent; another after each lost connection. */
  reply: string;
  done: Promise<void> | undefined;
}

export class KeptMessages {
  readonly #mail: MailLink;
  readonly #stream: MailStream;
  readonly #name: string;
  readonly #receiver: KeptReceiver;
  readonly #held = new Map<number, Held>();
  #subscription: Subscription | undefined;
  #isClosed = false;

  constructor(mail: MailLink, stream: MailStream, name: string, receiver: KeptReceiver) {
    this.#mail = mail;
    this.#stream = stream;
    this.#name = name;
    this.#receiver = receiver;
  }

  /** Rejects if JetStream refuses. */
  async begin(): Promise<void> {
    await this.#follow();
    this.#mail.onReturn.add(this.#again);
  }

  /** Resolves when the acknowledgments in flight have ended. */
  async settled(): Promise<void> {
    await Promise.allSettled([...this.#held.values()].map(({ done }) => done));
  }

  /** Receives no more. */
  stop(): void {
    this.#isClosed = true;
    this.#mail.onReturn.delete(this.#again);
    this.#subscription?.unsubscribe();
  }

  /** Messages of an earlier connection must not be taken for those of the new one, so each has its own subject. */
  async #follow(): Promise<void> {
    this.#subscription?.unsubscribe();
    const inbox = this.#mail.inbox();
    this.#subscription = this.#mail.link.subscribe(inbox, {
      callback: (error, message) => {
        if (error !== null) this.#receiver.failed(error);
        else this.#take(message);
      },
    });
    await this.#stream.deliverTo(inbox, requestTime);
  }

  readonly #again = async (): Promise<void> => {
    let isReported = false;
    while (!this.#isClosed && !this.#mail.link.isClosed()) {
      try {
        return await this.#follow();
      } catch (error) {
        if (!isReported) this.#receiver.failed(error as Error);
        isReported = true;
        await pause(retryPause, { background: true });
      }
    }
  };

  #take(message: Message): void {
    const { reply, data } = message;
    const sequence = deliveryOf(reply)?.sequence;
    if (reply === undefined || sequence === undefined || this.#isClosed) return;
    const known = this.#held.get(sequence);
    if (known !== undefined) {
      known.reply = reply;
      return;
    }
    const held: Held = { reply, done: undefined };
    try {
      this.#receiver.deliver(decode(mail_envelope, data), () => (held.done ??= this.#acknowledge(sequence, held)));
      this.#held.set(sequence, held);
    } catch (error) {
      this.#mail.link.publish(reply, "+TERM");
      this.#receiver.failed(error as Error);
    }
  }

  /** Repeated until JetStream has confirmed it, or does not have the message any more. */
  async #acknowledge(sequence: number, held: Held): Promise<void> {
    const end = systemClock.now() + acknowledgeTime;
    let cause: unknown;
    const { link, over, servers } = this.#mail;
    for (let isFirst = true; systemClock.now() < end && !over.aborted; isFirst = false) {
      try {
        if (isFirst || (await this.#stream.has(sequence, requestTime))) {
          await link.request(held.reply, "+ACK", { timeout: requestTime });
        }
        this.#held.delete(sequence);
        return;
      } catch (error) {
        cause = error;
        await pause(retryPause, { signal: over });
      }
    }
    held.done = undefined;
    const message = `NATS at ${servers} did not confirm that a message of ${this.#name} was handled: it may be received again`;
    throw new RpcDisconnected(message, { mayHaveRun: true, cause });
  }
}
