// The messages of one sender to one durable mailbox, stored in the order of the calls, many on their way at a time. Each but the first
// names the one before it, and JetStream refuses it unless that one is the last in the stream. So one that is not stored, or a message of
// another sender in between, makes JetStream refuse all that follow. When all are answered, those that are not stored are published again.
// In a replicated stream JetStream must not refuse any (see decision 0017): there they are stored one at a time, after a look for room.
import { systemClock } from "../../base/clock.js";
import { LinkedList } from "../../base/linked-list.js";
import { randomName } from "../../base/random-bytes.js";
import { JetStreamError } from "../../directory/nats/jetstream.js";
import { Deadlines } from "../../peer/deadlines.js";
import { RpcCancelled, RpcDisconnected, RpcTimeout } from "../../rpc/errors.js";
import { lostLink, type MailLink } from "./links.js";
import { Requests } from "./requests.js";
import { Room } from "./room.js";
import { Sending, type SendingOptions } from "./sending.js";
import {
  duplicateWindow,
  isAfterAnother,
  isFull,
  isUnavailable,
  type MailStream,
  type StreamFacts,
  sequenceOf,
} from "./stream.js";

/** Milliseconds for one request, and between two attempts. */
const requestTime = 2_000;
const retryPause = 50;
/** The most that is published and not answered: messages, and bytes, which one message may exceed. */
const most = { messages: 256, bytes: 1024 * 1024 } as const;

export class StoreQueue {
  readonly #mail: MailLink;
  readonly #stream: MailStream;
  readonly #name: string;
  readonly #id = randomName();
  readonly #requests: Requests;
  readonly #deadlines = new Deadlines();
  readonly #ends = { late: (one: Sending) => this.#late(one), aborted: (one: Sending) => this.#aborted(one) };
  #count = 0;
  /** Messages that were never published. */
  readonly #waiting = new LinkedList<Sending>();
  /** Messages to publish again, before the others. */
  #again: Sending[] = [];
  /** Messages that were published since all were answered, in this order, and the id of the last one. */
  #flight: Sending[] = [];
  #last = "";
  #unanswered = 0;
  #unansweredBytes = 0;
  /** The most messages in flight for now: fewer after messages of other senders came in between. */
  #window: number = most.messages;
  /** One was not stored: nothing is published until all are answered, and then after a pause. */
  #isHeld = false;
  #needsPause = false;
  #hasNoRoom = false;
  #isReplicated: boolean;
  readonly #room = new Room();
  /** Why NATS did not store the last message that it refused. */
  #reason = "";
  #isEnded = false;
  #bytes = 0;
  #idle: (() => void)[] = [];

  constructor(mail: MailLink, stream: MailStream, facts: StreamFacts, name: string) {
    this.#mail = mail;
    this.#stream = stream;
    this.#isReplicated = facts.isReplicated;
    this.#room.found(facts.room);
    this.#name = name;
    this.#requests = new Requests(mail, requestTime);
  }

  /** Bytes of messages that are not stored yet. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The mailbox had no room at the last attempt. */
  get hasNoRoom(): boolean {
    return this.#hasNoRoom;
  }

  /** Stores a message after all that were added before. */
  add(bytes: Uint8Array, options: SendingOptions): Promise<number | undefined> {
    const one = new Sending(`${this.#id}-${++this.#count}`, bytes, options, this.#ends);
    this.#bytes += bytes.length;
    one.place = this.#waiting.add(one);
    if (options.signal?.aborted) this.#aborted(one);
    else {
      this.#deadlines.set(one, options.timeout);
      this.#publishMore();
    }
    return one.stored;
  }

  /** Resolves when no message waits. */
  async settled(): Promise<void> {
    while (this.#bytes > 0 && !this.#isEnded) await new Promise<void>((resolve) => this.#idle.push(resolve));
  }

  /** Gives up all messages. */
  end(error: (mayHaveRun: boolean) => Error): void {
    this.#isEnded = true;
    const all = [...this.#flight, ...this.#again];
    for (let place = this.#waiting.first; place !== undefined; place = place.after) all.push(place.value);
    for (const one of all) if (!one.isOver) this.#fail(one, error(one.mayBeStored));
    this.#requests.end();
    this.#tellIdle();
  }

  #publishMore(): void {
    while (!this.#isHeld && !this.#isEnded && this.#hasRoom()) {
      const next = this.#upcoming;
      if (next === undefined) return;
      if (this.#mail.link.isClosed()) {
        this.#isHeld = true;
        if (this.#unanswered === 0) this.#resumeLater();
        else this.#needsPause = true;
        return;
      }
      if (!this.#room.isKnown) {
        void this.#look();
        return;
      }
      this.#take(next);
      if (isTooLate(next)) this.#fail(next, this.#timedOut(next, true));
      else void this.#ask(next);
    }
  }

  /** The next one to publish. */
  get #upcoming(): Sending | undefined {
    return this.#again[0] ?? this.#waiting.oldest;
  }

  /** The next one no longer waits to be published. */
  #take(next: Sending): void {
    if (next.place === undefined) this.#again.shift();
    else this.#waiting.remove(next.place);
    next.place = undefined;
  }

  /** Finds out whether the stream has room, and of which kind it is. */
  async #look(): Promise<void> {
    this.#isHeld = true;
    const facts = await this.#stream.find(requestTime).catch((error: Error) => error);
    if (this.#isEnded) return;
    const isFound = facts !== undefined && !(facts instanceof Error);
    if (isFound) {
      this.#isReplicated = facts.isReplicated;
      // Without another attempt, it would stay unknown whether one without an answer is stored.
      const isUnconfirmed = this.#upcoming?.unconfirmed !== undefined;
      const room = isUnconfirmed ? Math.max(1, facts.room) : facts.room;
      this.#hasNoRoom = room <= 0;
      this.#room.found(room);
      if (this.#hasNoRoom) this.#refuseUnwilling();
    } else this.#reason = ` (${facts?.message ?? "there is no such stream now"})`;
    if (!isFound || this.#hasNoRoom) this.#resumeLater();
    else {
      this.#isHeld = false;
      this.#publishMore();
    }
  }

  /** There is no room: those that do not wait for it, and are the next ones, are not stored. */
  #refuseUnwilling(): void {
    for (;;) {
      const next = this.#upcoming;
      if (next === undefined || next.options.wait || next.unconfirmed !== undefined) return;
      this.#take(next);
      this.#succeed(next, undefined);
    }
  }

  #hasRoom(): boolean {
    if (this.#unanswered === 0) return true;
    return (
      !this.#isReplicated && !this.#hasNoRoom && this.#unanswered < this.#window && this.#unansweredBytes < most.bytes
    );
  }

  async #ask(one: Sending): Promise<void> {
    const after = this.#unanswered === 0 ? undefined : this.#last;
    const { id, bytes, options } = one;
    const isReplicated = this.#isReplicated;
    this.#room.use();
    this.#last = id;
    this.#flight.push(one);
    this.#unanswered++;
    this.#unansweredBytes += bytes.length;
    one.isAsked = true;
    try {
      const { notice } = options;
      const answer = await this.#requests.ask((reply) =>
        this.#stream.store({ isReplicated, id, after, notice }, bytes, reply),
      );
      one.isAsked = false;
      this.#stored(one, sequenceOf(answer));
    } catch (error) {
      one.isAsked = false;
      this.#refused(one, error);
    }
    this.#unanswered--;
    this.#unansweredBytes -= bytes.length;
    if (this.#unanswered === 0) this.#landed();
    this.#publishMore();
  }

  #stored(one: Sending, sequence: number): void {
    this.#hasNoRoom = false;
    this.#reason = "";
    this.#window = Math.min(most.messages, this.#window + growth);
    this.#flight.splice(this.#flight.indexOf(one), 1);
    if (!one.isOver) this.#succeed(one, sequence);
  }

  /** A message that may be stored at another attempt stays in flight until all are answered. */
  #refused(one: Sending, error: unknown): void {
    if (isAfterAnother(error)) {
      if (!this.#isHeld) this.#window = Math.max(1, this.#window / 2);
      this.#hold(false);
    } else if (isFull(error)) {
      this.#hasNoRoom = one.options.wait;
      this.#hold(one.options.wait);
      if (!one.options.wait && !one.isOver) this.#succeed(one, undefined);
    } else {
      this.#failed(one, error);
      this.#hold(true);
    }
    if (one.isExpired && !one.isOver) this.#fail(one, this.#timedOut(one, one.mayBeStored));
  }

  /** Of a failure for another reason. After most of them another attempt may succeed. */
  #failed(one: Sending, error: unknown): void {
    if (!(error instanceof JetStreamError)) one.unconfirmed ??= systemClock.now();
    else if (isUnavailable(error)) {
      this.#reason = ` (${error.message})`;
      this.#room.forget();
    } else if (!one.isOver) {
      const message = `the mailbox ${this.#name} cannot keep the message: ${error.message}`;
      this.#fail(one, new RpcDisconnected(message, { mayHaveRun: one.mayBeStored, cause: error }));
    }
  }

  #hold(needsPause: boolean): void {
    this.#isHeld = true;
    this.#needsPause ||= needsPause;
  }

  /** All that was published is answered. */
  #landed(): void {
    this.#again = [...this.#flight.filter(({ isOver }) => !isOver), ...this.#again];
    this.#flight = [];
    if (this.#needsPause) this.#resumeLater();
    else this.#isHeld = false;
  }

  #resumeLater(): void {
    this.#needsPause = false;
    systemClock.setTimeout(() => {
      this.#isHeld = false;
      this.#publishMore();
    }, retryPause);
  }

  #late(one: Sending): void {
    // The answer to an attempt says whether it is stored, and is on its way: JetStream has just answered others.
    if (one.isAsked && this.#hasNoRoom) one.isExpired = true;
    else this.#giveUp(one, this.#timedOut(one, one.mayBeStored));
  }

  #aborted(one: Sending): void {
    const { mayBeStored: mayHaveRun, options } = one;
    const cause = options.signal?.reason;
    this.#giveUp(one, new RpcCancelled("send was aborted (options.signal)", { mayHaveRun, cause }));
  }

  #giveUp(one: Sending, error: Error): void {
    if (one.isOver) return;
    if (one.place !== undefined) this.#waiting.remove(one.place);
    one.place = undefined;
    this.#again = this.#again.filter((other) => other !== one);
    this.#fail(one, error);
  }

  #timedOut({ options: { timeout } }: Sending, mayHaveRun: boolean): Error {
    if (this.#mail.link.isClosed()) return lostLink(this.#mail.servers, mayHaveRun);
    const why = this.#hasNoRoom ? "it has no room" : `NATS did not store it${this.#reason}`;
    const message = `the message to ${this.#name} was not stored within ${Math.ceil(timeout)} ms: ${why}`;
    return new RpcTimeout(message, { mayHaveRun });
  }

  #succeed(one: Sending, sequence: number | undefined): void {
    this.#forget(one);
    one.succeed(sequence);
  }

  #fail(one: Sending, error: Error): void {
    this.#forget(one);
    one.fail(error);
  }

  #forget(one: Sending): void {
    this.#deadlines.clear(one);
    this.#bytes -= one.bytes.length;
    if (this.#bytes === 0) this.#tellIdle();
  }

  #tellIdle(): void {
    for (const tell of this.#idle.splice(0)) tell();
  }
}

/** Messages that may be in flight in addition, for each that was stored. */
const growth = 1 / 4;

/** A later attempt could store the message a second time. */
function isTooLate({ unconfirmed }: Sending): boolean {
  return unconfirmed !== undefined && systemClock.now() > unconfirmed + duplicateWindow * 0.8;
}
