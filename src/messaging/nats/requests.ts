// Requests of which many are on their way at a time. The requests of the NATS client record where each was made, and have a timer each,
// which takes longer than sending a short message.
import type { Message, Subscription } from "../../directory/nats/open-link.js";
import { Alarm, Deadlines } from "../../peer/deadlines.js";
import type { MailLink } from "./links.js";

class Request extends Alarm {
  readonly #late: () => void;
  readonly resolve: (answer: Message) => void;
  readonly reject: (error: Error) => void;

  constructor(resolve: (answer: Message) => void, reject: (error: Error) => void, late: () => void) {
    super();
    this.resolve = resolve;
    this.reject = reject;
    this.#late = late;
  }

  ring(): void {
    this.#late();
  }
}

export class Requests {
  readonly #mail: MailLink;
  readonly #inbox: string;
  readonly #deadlines = new Deadlines();
  readonly #open = new Map<string, Request>();
  readonly #timeout: number;
  #subscription: Subscription | undefined;
  #count = 0;

  /** `timeout`: milliseconds for each. */
  constructor(mail: MailLink, timeout: number) {
    this.#mail = mail;
    this.#timeout = timeout;
    this.#inbox = mail.inbox();
  }

  /** Publishes with a reply subject. Rejects if no answer comes in time, or the connection is lost. */
  ask(publish: (reply: string) => void): Promise<Message> {
    this.#begin();
    const reply = `${this.#inbox}.${++this.#count}`;
    return new Promise((resolve, reject) => {
      const late = (): void => this.#fail(reply, new Error("NATS did not answer"));
      const request = new Request(resolve, reject, late);
      this.#open.set(reply, request);
      this.#deadlines.set(request, this.#timeout);
      publish(reply);
    });
  }

  /** Ends all requests. */
  end(): void {
    this.#lost();
    this.#mail.onLost.delete(this.#lost);
    this.#subscription?.unsubscribe();
    this.#subscription = undefined;
  }

  #begin(): void {
    if (this.#subscription !== undefined) return;
    this.#mail.onLost.add(this.#lost);
    this.#subscription = this.#mail.link.subscribe(`${this.#inbox}.*`, {
      callback: (error, message) => {
        if (error === null) this.#take(message.subject)?.resolve(message);
      },
    });
  }

  readonly #lost = (): void => {
    for (const reply of [...this.#open.keys()]) this.#fail(reply, new Error("the connection to NATS is lost"));
  };

  #fail(reply: string, error: Error): void {
    this.#take(reply)?.reject(error);
  }

  #take(reply: string): Request | undefined {
    const request = this.#open.get(reply);
    if (request === undefined) return undefined;
    this.#open.delete(reply);
    this.#deadlines.clear(request);
    return request;
  }
}
