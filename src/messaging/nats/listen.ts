// The process that has a name on NATS: answers those who ask whether it is there, and begins conversations with senders.
import { systemClock } from "../../base/clock.js";
import type { Message, Subscription } from "../../directory/nats/open-link.js";
import type { Address } from "../../transport/address.js";
import type { Connection, Listener } from "../../transport/connection.js";
import { parseNatsName } from "../nats-names.js";
import { claim, mostSilences, mostSilencesOnReturn, probeAnswer } from "./claim.js";
import { NatsConversation } from "./conversation.js";
import { frame, frameKind, isAnswerSubject, protocolVersion, readFrame } from "./frames.js";
import type { MailLink } from "./links.js";
import { isNameTaken } from "./name-taken.js";

/** The most conversations of one mailbox at a time. For a new one, the one that has been silent for longest is ended. */
const mostConversations = 1_000;
/** Milliseconds; any number will do. */
const aliveInterval = 60_000;

export interface ListenEvents {
  readonly onConnection: (connection: Connection) => void;
  /** Another process has got the name while the connection to NATS was lost. This one no longer has it. */
  readonly taken: (error: Error) => void;
}

/** @throws TransportError TRANSPORT_LISTEN_FAILED if another process has the name. */
export async function listenOn(
  mail: MailLink,
  name: string,
  address: Address,
  events: ListenEvents,
): Promise<Listener> {
  const owner = new NameOwner(mail, name, address, events);
  await owner.begin();
  // A mailbox keeps its process alive, as a listening socket does; the connection to NATS does not.
  const alive = systemClock.setInterval(() => {}, aliveInterval);
  const close = async (): Promise<void> => {
    systemClock.clearTimeout(alive);
    owner.end();
  };
  return { address, netid: "nats", close };
}

class NameOwner {
  readonly #mail: MailLink;
  readonly #name: string;
  readonly #subject: string;
  readonly #address: Address;
  readonly #events: ListenEvents;
  /** Conversations that have carried messages, and those that have not; the one that has been silent for longest comes first. */
  readonly #used = new Set<NatsConversation>();
  readonly #unused = new Set<NatsConversation>();
  #subscription: Subscription | undefined;
  #isEnded = false;
  #isReturning = false;

  constructor(mail: MailLink, name: string, address: Address, events: ListenEvents) {
    this.#mail = mail;
    this.#name = name;
    this.#subject = parseNatsName(name).subject;
    this.#address = address;
    this.#events = events;
  }

  async begin(): Promise<void> {
    const claimed = await claim(this.#mail, this.#name, this.#subject, mostSilences);
    await this.#subscribe();
    this.#mail.onReturn.add(this.#returned);
    for (const message of claimed.missed) this.#heard(message);
    await claimed.release();
  }

  end(): void {
    this.#isEnded = true;
    this.#mail.onReturn.delete(this.#returned);
    this.#subscription?.unsubscribe();
  }

  async #subscribe(): Promise<void> {
    this.#subscription = this.#mail.link.subscribe(this.#subject, {
      queue: "mailbox",
      callback: (error, message) => {
        if (error === null) this.#heard(message);
      },
    });
    // Others can send once the server has the subscription.
    await this.#mail.link.flush();
  }

  /** While the connection was lost, another process may have got the name. */
  readonly #returned = async (): Promise<void> => {
    if (this.#isReturning) return;
    this.#isReturning = true;
    this.#subscription?.unsubscribe();
    await this.#mail.link.flush();
    try {
      const claimed = await claim(this.#mail, this.#name, this.#subject, mostSilencesOnReturn);
      if (!this.#isEnded) await this.#subscribe();
      for (const message of claimed.missed) this.#heard(message);
      await claimed.release();
    } catch (error) {
      if (this.#isEnded) return;
      if (isNameTaken(error)) {
        this.end();
        this.#events.taken(error as Error);
      } else await this.#subscribe();
    } finally {
      this.#isReturning = false;
    }
  };

  #heard(message: Message): void {
    const { reply } = message;
    const read = readFrame(message);
    if (this.#isEnded || read === undefined || !isAnswerSubject(reply)) return;
    if (read.kind === frameKind.probe) this.#mail.link.publish(reply, frame(frameKind.probe, probeAnswer.taken));
    else if (read.kind === frameKind.hello && read.number === protocolVersion) this.#welcome(reply);
  }

  #welcome(other: string): void {
    if (this.#used.size + this.#unused.size >= mostConversations) {
      const [longestSilent] = this.#unused.size > 0 ? this.#unused : this.#used;
      longestSilent?.destroy();
    }
    const own = this.#mail.inbox();
    let conversation: NatsConversation | undefined;
    const subscription = this.#mail.link.subscribe(own, {
      callback: (error, message) => {
        if (error !== null || conversation === undefined) return;
        if (readFrame(message)?.kind === frameKind.data) this.#carries(conversation);
        conversation.take(message);
      },
    });
    const one = new NatsConversation(this.#mail, this.#address, { own, other }, subscription, () => {
      this.#used.delete(one);
      this.#unused.delete(one);
    });
    conversation = one;
    this.#unused.add(one);
    this.#events.onConnection(one);
    this.#mail.link.publish(other, frame(frameKind.welcome, protocolVersion), { reply: own });
  }

  #carries(one: NatsConversation): void {
    if (!this.#unused.delete(one)) this.#used.delete(one);
    this.#used.add(one);
  }
}
