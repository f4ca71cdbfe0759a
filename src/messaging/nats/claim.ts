// How a process gets a name on NATS. NATS itself lets any number of processes subscribe to a subject, so a process first asks who else is
// there, over a connection of its own that does not receive what it sends. It is subscribed while it asks: of two processes that ask at
// the same moment, each on the same server, at least one hears the other, and the one with the lesser number wins.
import { randomName } from "../../base/random-bytes.js";
import { hasNoResponders } from "../../directory/nats/jetstream.js";
import type { Message, NatsLink, Subscription } from "../../directory/nats/open-link.js";
import { TransportError } from "../../transport/errors.js";
import { frame, frameKind, headerSize, isAnswerSubject, readFrame } from "./frames.js";
import type { MailLink } from "./links.js";
import { nameTaken } from "./name-taken.js";

/** Milliseconds to wait for an answer of the process that has a name. */
const probeTime = 2_000;
/** Probes without an answer, from which another process seems to have the name: servers may not have noticed yet that a process was killed. */
export const mostSilences = 2;
/** The same after a lost connection: NATS itself may be busy, and a mistake would close the mailbox. */
export const mostSilencesOnReturn = 15;
/** The answers to a probe. */
export const probeAnswer = { taken: 0, givesWay: 1 } as const;

/** A name that this process has, until `release`. */
export interface Claim {
  /** Messages that came meanwhile. */
  readonly missed: readonly Message[];
  /** Another subscription has to answer for the name before. */
  release(): Promise<void>;
}

/** @throws TransportError TRANSPORT_LISTEN_FAILED if another process has the name. DirectoryError. */
export async function claim(mail: MailLink, name: string, subject: string, silences: number): Promise<Claim> {
  const link = await mail.another();
  const claimant = new Claimant(link, subject);
  try {
    // Others can ask this process once the server has its subscription.
    await link.flush();
    await claimant.askAll(mail, name, silences);
    return { missed: claimant.missed, release: () => link.close() };
  } catch (error) {
    // Another process waits for this one's answer.
    await link.flush();
    await link.close();
    throw error;
  }
}

class Claimant {
  readonly missed: Message[] = [];
  readonly #id = new TextEncoder().encode(randomName());
  readonly #link: NatsLink;
  readonly #subject: string;
  readonly #subscription: Subscription;
  #state: "asks" | "won" | "gives way" = "asks";

  constructor(link: NatsLink, subject: string) {
    this.#link = link;
    this.#subject = subject;
    this.#subscription = link.subscribe(subject, {
      callback: (error, message) => {
        if (error === null) this.#heard(message);
      },
    });
  }

  async askAll(mail: MailLink, name: string, most: number): Promise<void> {
    for (let silences = 0; ; ) {
      const answer = await this.#ask(mail);
      const isSilence = answer instanceof mail.nats.TimeoutError;
      if (this.#state === "gives way") throw nameTaken(name);
      if (answer === "nobody") break;
      if (answer === probeAnswer.givesWay) continue;
      if (isSilence && ++silences < most) continue;
      if (answer === probeAnswer.taken || isSilence) throw nameTaken(name);
      const why =
        answer === "stored" ? "a JetStream stream stores messages of this subject: choose another" : `${answer}`;
      throw new TransportError("TRANSPORT_LISTEN_FAILED", `${name}: ${why}`, { cause: answer });
    }
    this.#state = "won";
  }

  /** One of those who are there answers, and JetStream if a stream has the subject. */
  async #ask(mail: MailLink): Promise<unknown> {
    try {
      const bytes = Buffer.concat([frame(frameKind.probe), this.#id]);
      const answer = await this.#link.request(this.#subject, bytes, { timeout: probeTime });
      const read = readFrame(answer);
      return read?.kind === frameKind.probe ? read.number : "stored";
    } catch (error) {
      return hasNoResponders(error, mail.nats) ? "nobody" : error;
    }
  }

  #heard(message: Message): void {
    const { reply, data } = message;
    if (!isAnswerSubject(reply)) return;
    if (readFrame(message)?.kind !== frameKind.probe) {
      if (this.missed.length < mostMissed) this.missed.push(message);
      return;
    }
    if (this.#state === "asks" && Buffer.compare(data.subarray(headerSize), this.#id) < 0) {
      this.#state = "gives way";
      this.#subscription.unsubscribe();
    }
    const answer = this.#state === "gives way" ? probeAnswer.givesWay : probeAnswer.taken;
    this.#link.publish(reply, frame(frameKind.probe, answer));
  }
}

const mostMissed = 100;
