// The procedures of mailbox.x for one mailbox: messages that arrive go into its queue, and processes that watch it get an answer at its end.
import type { IncomingCall } from "../rpc/call.js";
import type { Implementation } from "../rpc/stubs.js";
import { Sender } from "./admission.js";
import { type MAIL_VERS, type mail_envelope, mail_stat } from "./mailbox.gen.js";
import type { MessageQueue, Received, Sent } from "./message-queue.js";
import type { MessageReader, ReadMessage } from "./message-reader.js";
import { nameOf, senderUrl } from "./names.js";
import { Senders } from "./senders.js";

export class MailService<T> {
  readonly #reader: MessageReader<T>;
  readonly #queue: MessageQueue<T>;
  readonly #watchers = new Set<() => void>();
  readonly #senders = new Senders();
  /** Stands for all senders of kept messages: JetStream enforces the limits, so the queue need not count each sender's messages. */
  readonly #kept = new Sender("");
  #lastSender: { claim: string; remote: unknown; name: string } = { claim: "", remote: undefined, name: "" };
  #arrived = 0;
  #isClosed = false;

  constructor(reader: MessageReader<T>, queue: MessageQueue<T>) {
    this.#reader = reader;
    this.#queue = queue;
  }

  /** Messages that have arrived, over any way. */
  get arrived(): number {
    return this.#arrived;
  }

  procedures(): Implementation<typeof MAIL_VERS.procedures> {
    return {
      post: (envelope, call) => this.#post(envelope, call),
      send: (envelope, call) => this.#arrive(envelope, call, "placed"),
      offer: (envelope, call) =>
        this.#hasRoomFor(envelope, call) ? this.#arrive(envelope, call, "placed") : mail_stat.MAIL_FULL,
      deliver: (envelope, call) => this.#arrive(envelope, call, "received"),
      watch: (call) => this.#watched(call),
    };
  }

  /**
   * Puts a message of a durable mailbox into the queue. `given` is called with what the receiver gets, before it gets it.
   * @throws XdrError if it is of another type.
   */
  place({ from: claim, message: bytes }: mail_envelope, given: (received: Received<T>) => void): void {
    const { message, isLarge } = this.#reader.read(bytes);
    this.#arrived++;
    const from = nameOf(senderUrl(claim, { kind: "memory", name: "" }));
    if (this.#queue.handOver(from, message, given)) return;
    const later = this.#later(bytes, isLarge);
    this.#queue.put({ from, sender: this.#kept, message, bytes: bytes.length, sent: {}, given, later });
  }

  /** Takes no more messages, and answers those who watch the mailbox. */
  close(): void {
    this.#isClosed = true;
    for (const tell of [...this.#watchers]) tell();
  }

  /** The caller of a one-way call learns nothing: while there is no room, the connection is not read. */
  #post(envelope: mail_envelope, call: IncomingCall): Promise<void> | undefined {
    const arrived = this.#arrive(envelope, call, "placed");
    return typeof arrived === "object" ? arrived.then(() => undefined) : undefined;
  }

  /**
   * Puts a message into the queue. @returns the status at once if the message is already `until`, else a promise of it.
   */
  #arrive(envelope: mail_envelope, call: IncomingCall, until: "placed" | "received"): mail_stat | Promise<mail_stat> {
    if (this.#isClosed) return mail_stat.MAIL_CLOSED;
    this.#arrived++;
    let read: ReadMessage<T>;
    const { message: bytes } = envelope;
    try {
      read = this.#reader.read(bytes);
    } catch {
      return mail_stat.MAIL_NOT_READABLE;
    }
    const { message, isLarge } = read;
    const from = this.#senderOf(envelope.from, call);
    if (this.#queue.handOver(from, message)) return mail_stat.MAIL_OK;
    let stat: mail_stat | undefined;
    let settle: ((stat: mail_stat) => void) | undefined;
    const settled = (value: mail_stat) => (): void => {
      stat ??= value;
      settle?.(stat);
    };
    const sent: Sent = { [until]: settled(mail_stat.MAIL_OK), closed: settled(mail_stat.MAIL_CLOSED) };
    const later = this.#later(bytes, isLarge);
    const sender = this.#senders.of(call);
    const left = this.#queue.put({ from, sender, message, bytes: bytes.length, sent, later });
    if (stat !== undefined) return stat;
    call.signal.addEventListener("abort", left, { once: true });
    return new Promise((resolve) => {
      settle = (value) => {
        call.signal.removeEventListener("abort", left);
        resolve(value);
      };
    });
  }

  /** Decodes a large message when it is received. */
  #later(bytes: Uint8Array, isLarge: boolean): (() => T) | undefined {
    return isLarge ? () => this.#reader.read(bytes).message : undefined;
  }

  #hasRoomFor({ from, message }: mail_envelope, call: IncomingCall): boolean {
    return !this.#queue.isFull(this.#senderOf(from, call), this.#senders.of(call), message.length);
  }

  #watched({ signal }: IncomingCall): Promise<void> | undefined {
    if (this.#isClosed) return undefined;
    return new Promise((resolve) => {
      const tell = (): void => {
        this.#watchers.delete(tell);
        signal.removeEventListener("abort", tell);
        resolve();
      };
      this.#watchers.add(tell);
      signal.addEventListener("abort", tell);
    });
  }

  /** Most messages have the sender of the one before. */
  #senderOf(claim: string, { remote }: IncomingCall): string {
    const last = this.#lastSender;
    if (last.claim === claim && last.remote === remote) return last.name;
    const name = nameOf(senderUrl(claim, remote));
    this.#lastSender = { claim, remote, name };
    return name;
  }
}
