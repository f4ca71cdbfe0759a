// Waits until messages of a durable mailbox are handled. The receiver reports each to a subject of the sender, and JetStream is then asked
// whether that is true. It is also asked once a second: a receiver may end before it reports.
import { systemClock } from "../../base/clock.js";
import { waitFor } from "../../base/wait.js";
import type { Subscription } from "../../directory/nats/open-link.js";
import { RpcCancelled, RpcDisconnected, RpcTimeout } from "../../rpc/errors.js";
import type { MailLink } from "./links.js";
import type { MailStream } from "./stream.js";

/** Milliseconds for one request, and between two. */
const requestTime = 2_000;
const lookInterval = 1_000;

export interface HandledOptions {
  /** Milliseconds, and when they are over, by the clock. */
  readonly timeout: number;
  readonly end: number;
  readonly signal: AbortSignal | undefined;
}

interface Report {
  readonly arrived: () => void;
  readonly failed: (error: Error) => void;
  readonly either: Promise<void>;
}

const notYet = new Error("not yet");

export class HandledMessages {
  readonly #mail: MailLink;
  readonly #stream: MailStream;
  readonly #name: string;
  readonly #inbox: string;
  /** The reports that are awaited, by their subjects. */
  readonly #reports = new Map<string, Report>();
  #subscription: Subscription | undefined;
  #count = 0;
  #idle: (() => void)[] = [];

  constructor(mail: MailLink, stream: MailStream, name: string) {
    this.#mail = mail;
    this.#stream = stream;
    this.#name = name;
    this.#inbox = mail.inbox();
  }

  /** The most bytes of a subject. */
  get subjectBytes(): number {
    return this.#inbox.length + 16;
  }

  /** A subject for the report on a message. It must be passed to `wait`, or to `forget`. */
  expect(): string {
    this.#subscription ??= this.#mail.link.subscribe(`${this.#inbox}.*`, {
      callback: (error, { subject }) => {
        if (error === null) this.#reports.get(subject)?.arrived();
      },
    });
    const subject = `${this.#inbox}.${++this.#count}`;
    this.#next(subject);
    return subject;
  }

  forget(subject: string): void {
    this.#reports.delete(subject);
    if (this.#reports.size === 0) for (const tell of this.#idle.splice(0)) tell();
  }

  /** Resolves when the receiver has acknowledged the message with this number. */
  async wait(subject: string, sequence: number, { timeout, end, signal }: HandledOptions): Promise<void> {
    const late = new RpcTimeout(`the message to ${this.#name} was not handled within ${Math.ceil(timeout)} ms`, {
      mayHaveRun: true,
    });
    for (;;) {
      const left = end - systemClock.now();
      await waitFor(this.#reports.get(subject)?.either ?? Promise.resolve(), {
        timeout: Math.min(lookInterval, left),
        signal,
        onTimeout: () => (left <= lookInterval ? late : notYet),
        onAbort: (cause) => new RpcCancelled("send was aborted (options.signal)", { mayHaveRun: true, cause }),
      }).catch((error: unknown) => {
        if (error !== notYet) throw error;
      });
      this.#next(subject);
      if (!(await this.#stream.has(sequence, requestTime).catch(() => true))) return;
    }
  }

  /** Resolves when nobody waits. */
  async settled(): Promise<void> {
    if (this.#reports.size > 0) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Ends all waits. */
  end(): void {
    this.#subscription?.unsubscribe();
    const message = `the mailbox was closed before the message to ${this.#name} was handled`;
    for (const { failed } of this.#reports.values()) failed(new RpcDisconnected(message, { mayHaveRun: true }));
  }

  #next(subject: string): void {
    let arrived = (): void => {};
    let failed = (_: Error): void => {};
    const either = new Promise<void>((resolve, reject) => {
      arrived = resolve;
      failed = reject;
    });
    either.catch(() => {});
    this.#reports.set(subject, { arrived, failed, either });
  }
}
