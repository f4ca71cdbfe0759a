// One conversation over NATS as a connection: every message arrives once and in order, or the connection ends. NATS itself may lose
// messages, and knows no connection between two clients. So messages are numbered; each end allows the other a limited number of
// unread messages; and every message has a reply subject, so that the server reports when the process at the other end has stopped.
import { systemClock, type Timer } from "../../base/clock.js";
import type { Message, Subscription } from "../../directory/nats/open-link.js";
import type { Address } from "../../transport/address.js";
import type { Connection, ConnectionInfo, MessageWriter, Receiver } from "../../transport/connection.js";
import { receiverThrew, TransportError } from "../../transport/errors.js";
import { XdrWriter } from "../../xdr/writer.js";
import { frame, frameKind, headerSize, isNobody, readFrame } from "./frames.js";
import type { MailLink } from "./links.js";

/** Milliseconds between two pings. The end of the other process is noticed within this time. */
const pingInterval = 2_000;
/** The most that is on its way or unread; then an end waits. Messages, and bytes, which one message may exceed. */
const window = { messages: 256, bytes: 1024 * 1024 } as const;
/** The part of it that was read when the other end is told. */
const partTold = 1 / 4;

/** The two subjects of a conversation. */
export interface Ends {
  readonly own: string;
  readonly other: string;
}

export class NatsConversation implements Connection {
  readonly info: ConnectionInfo;
  readonly #mail: MailLink;
  readonly #ends: Ends;
  readonly #subscription: Subscription;
  readonly #ended: () => void;
  readonly #writer = new XdrWriter();
  readonly #timer: Timer;
  #receiver: Receiver | undefined;
  #isPaused = false;
  #isOver = false;
  #isClosing: (() => void) | undefined;
  /** Messages that have arrived and were not read. */
  #arrived: Uint8Array[] = [];
  #arrivedBytes = 0;
  #next = 0;
  #isScheduled = false;
  #received = 0;
  #read = 0;
  #untold = { messages: 0, bytes: 0 };
  #sent = 0;
  /** The sizes of the messages that the other end has not read, oldest first, the number of the first, and the sum. */
  #unread: number[] = [];
  #unreadFrom = 0;
  #unreadBytes = 0;
  /** Messages that wait until the other end has read others. */
  #held: Uint8Array[] = [];
  #wasRefused = false;

  /** `subscribed` is that of the own subject; its messages are passed to `take`. `ended` is called once. */
  constructor(mail: MailLink, address: Address, ends: Ends, subscribed: Subscription, ended: () => void = () => {}) {
    const maxMessage = maxPayload(mail) - headerSize;
    this.info = { netid: "nats", local: address, remote: address, reliable: true, maxMessage };
    this.#mail = mail;
    this.#ends = ends;
    this.#subscription = subscribed;
    this.#ended = ended;
    this.#timer = systemClock.setInterval(() => this.#publish(frame(frameKind.ping)), pingInterval);
    mail.onLost.add(this.#lost);
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
    this.#schedule();
  }

  send<T>(write: MessageWriter<T>, value: T): boolean {
    if (this.#isOver || this.#isClosing !== undefined)
      throw new TransportError("TRANSPORT_CLOSED", "the conversation over NATS has ended");
    const out = this.#writer;
    const start = out.offset;
    let bytes: Uint8Array;
    try {
      out.writeWord(frameKind.data);
      out.writeWord((this.#sent + 1) >>> 0);
      write(out, value);
      const length = out.offset - start - headerSize;
      const { maxMessage } = this.info;
      if (length > maxMessage) {
        const limit = `at most ${maxMessage} fit (max_payload of the NATS server at ${this.#mail.servers})`;
        throw new TransportError("TRANSPORT_MESSAGE_TOO_LONG", `a message of ${length} bytes is too long: ${limit}`);
      }
      bytes = new Uint8Array(out.buffer.subarray(start, out.offset));
    } finally {
      out.rewind(start);
    }
    this.#sent++;
    if (this.#held.length > 0 || !this.#hasRoom()) {
      this.#held.push(bytes);
      this.#wasRefused = true;
      return false;
    }
    this.#publishData(bytes);
    return true;
  }

  pause(): void {
    this.#isPaused = true;
  }

  resume(): void {
    this.#isPaused = false;
    this.#schedule();
  }

  holdProcess(hold: boolean): void {
    if (hold) this.#timer.ref();
    else this.#timer.unref();
  }

  async close(): Promise<void> {
    if (this.#isOver) return;
    if (this.#held.length > 0) await new Promise<void>((resolve) => (this.#isClosing ??= resolve));
    if (this.#isOver) return;
    this.#publish(frame(frameKind.close));
    this.#finish(undefined);
  }

  destroy(error?: TransportError): void {
    if (this.#isOver) return;
    this.#publish(frame(frameKind.close));
    this.#finish(error);
  }

  /** Takes what was published to the own subject. */
  take(message: Message): void {
    if (this.#isOver) return;
    if (isNobody(message)) {
      this.#finish(reset("the process at the other end has ended"));
      return;
    }
    const read = readFrame(message);
    if (read === undefined) return;
    const { kind, number } = read;
    if (kind === frameKind.data) this.#takeData(number, message.data);
    else if (kind === frameKind.credit) this.#takeCredit(number);
    else if (kind === frameKind.close) this.#finish(undefined);
  }

  #takeData(number: number, data: Uint8Array): void {
    if (number !== (this.#received + 1) >>> 0) {
      this.destroy(reset("NATS has lost a message"));
      return;
    }
    // An end that does not wait for room must not fill the memory.
    if (this.#received - this.#read > window.messages * 2 || this.#arrivedBytes > window.bytes * 2) {
      this.destroy(reset("the other end sends too much"));
      return;
    }
    this.#received++;
    this.#arrived.push(data);
    this.#arrivedBytes += data.length;
    if (this.#receiver !== undefined && !this.#isScheduled) this.#deliver();
  }

  #takeCredit(number: number): void {
    const count = (number - this.#unreadFrom) | 0;
    if (count <= 0 || count > this.#unread.length) return;
    for (const bytes of this.#unread.splice(0, count)) this.#unreadBytes -= bytes;
    this.#unreadFrom = number;
    let next = 0;
    while (next < this.#held.length && this.#hasRoom()) this.#publishData(this.#held[next++] as Uint8Array);
    this.#held.splice(0, next);
    if (this.#held.length > 0) return;
    this.#isClosing?.();
    if (!this.#wasRefused) return;
    this.#wasRefused = false;
    this.#tell((receiver) => receiver.drained());
  }

  #hasRoom(): boolean {
    return this.#unread.length < window.messages && this.#unreadBytes < window.bytes;
  }

  #publishData(bytes: Uint8Array): void {
    this.#unread.push(bytes.length);
    this.#unreadBytes += bytes.length;
    this.#publish(bytes);
  }

  /** Publishing throws once the connection to NATS is closed; the conversation then ends, or has ended, for that reason. */
  #publish(bytes: Uint8Array): void {
    const { link } = this.#mail;
    if (!link.isClosed()) link.publish(this.#ends.other, bytes, { reply: this.#ends.own });
  }

  // The receiver must not be called before `open` or `resume` has returned.
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#deliver();
    });
  }

  #deliver(): void {
    while (!this.#isPaused && !this.#isOver && this.#next < this.#arrived.length) {
      const data = this.#arrived[this.#next++] as Uint8Array;
      this.#count(data.length);
      this.#tell((receiver) => receiver.message(data, headerSize, data.length, false));
    }
    if (this.#next === this.#arrived.length) this.#arrived = [];
    else this.#arrived.splice(0, this.#next);
    this.#next = 0;
  }

  #count(bytes: number): void {
    this.#read++;
    this.#arrivedBytes -= bytes;
    this.#untold.messages++;
    this.#untold.bytes += bytes;
    const { messages, bytes: most } = window;
    if (this.#untold.messages < messages * partTold && this.#untold.bytes < most * partTold) return;
    this.#untold = { messages: 0, bytes: 0 };
    this.#publish(frame(frameKind.credit, this.#read >>> 0));
  }

  #tell(what: (receiver: Receiver) => void): void {
    try {
      if (this.#receiver !== undefined) what(this.#receiver);
    } catch (cause) {
      this.destroy(receiverThrew(cause));
    }
  }

  readonly #lost = (): void => {
    this.#finish(reset(`the connection to NATS at ${this.#mail.servers} was lost`));
  };

  #finish(error: TransportError | undefined): void {
    if (this.#isOver) return;
    this.#isOver = true;
    systemClock.clearTimeout(this.#timer);
    this.#mail.onLost.delete(this.#lost);
    this.#subscription.unsubscribe();
    this.#arrived = [];
    this.#arrivedBytes = 0;
    this.#held = [];
    this.#isClosing?.();
    this.#ended();
    // In a later turn: `open` may be called in this one.
    setImmediate(() => this.#receiver?.closed(error));
  }
}

/** The most bytes of one message that the server takes. */
export function maxPayload({ link }: MailLink): number {
  return link.info?.max_payload ?? 1024 * 1024;
}

function reset(why: string): TransportError {
  return new TransportError("TRANSPORT_RESET", `the conversation over NATS has ended: ${why}`);
}
