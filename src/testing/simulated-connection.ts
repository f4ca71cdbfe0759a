// One end of a conversation in a simulated network: what it sends, and what has arrived and waits to be received.
import type { Connection, ConnectionInfo, MessageWriter, Receiver } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import type { MemoryOptions } from "../transport/memory.js";
import { XdrWriter } from "../xdr/writer.js";

/** A machine from one start to its crash, as far as the network needs it. */
export interface Host {
  /** The machine's name in the simulation. */
  readonly name: string;
  /** False once it has crashed: nothing arrives at it, and nothing leaves it. */
  readonly up: boolean;
}

/** One end of a conversation. */
export class End implements Connection {
  readonly info: ConnectionInfo;
  readonly host: Host;
  readonly local: string;
  other: End | undefined;
  transmit: (bytes: Uint8Array) => void = () => {};
  leave: (error: TransportError | undefined) => void = () => {};
  /** When the last message that it has sent arrives. */
  lastArrival = 0;
  readonly #writer = new XdrWriter();
  #receiver: Receiver | undefined;
  #inbox: Uint8Array[] = [];
  #paused = false;
  /** Set when the conversation has ended; reported to the receiver after all messages. */
  #ended: { readonly error: TransportError | undefined } | undefined;
  #closed = false;

  constructor(host: Host, local: string, remote: string, reliable: boolean, { maxMessage }: MemoryOptions) {
    this.host = host;
    this.local = local;
    this.info = {
      netid: "memory",
      local: { kind: "memory", name: local },
      remote: { kind: "memory", name: remote },
      reliable,
      maxMessage: maxMessage ?? (reliable ? 16 * 1024 * 1024 : 65_507),
    };
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
    if (this.#inbox.length > 0 || this.#ended !== undefined) queueMicrotask(() => this.#handOver());
  }

  send<T>(write: MessageWriter<T>, value: T): boolean {
    if (this.#closed || this.#ended !== undefined) {
      throw new TransportError("TRANSPORT_CLOSED", "the simulated connection is closed");
    }
    const out = this.#writer;
    try {
      write(out, value);
      const bytes = out.toBytes();
      if (bytes.length > this.info.maxMessage) {
        const message = `a message of ${bytes.length} bytes is too long: at most ${this.info.maxMessage} fit (maxMessage)`;
        throw new TransportError("TRANSPORT_MESSAGE_TOO_LONG", message);
      }
      if (this.host.up) this.transmit(bytes);
    } finally {
      out.reset();
    }
    return true;
  }

  pause(): void {
    this.#paused = true;
  }

  resume(): void {
    this.#paused = false;
    if (this.#inbox.length > 0 || this.#ended !== undefined) queueMicrotask(() => this.#handOver());
  }

  close(): Promise<void> {
    this.#finish(undefined, undefined);
    return Promise.resolve();
  }

  destroy(error?: TransportError): void {
    this.#finish(error, error ?? reset("destroyed"));
  }

  deliver(bytes: Uint8Array): void {
    if (this.#closed || this.#ended !== undefined || (this.#paused && !this.info.reliable)) return;
    this.#inbox.push(bytes);
    this.#handOver();
  }

  end(error: TransportError | undefined): void {
    this.#ended ??= { error };
    this.#handOver();
  }

  #finish(own: TransportError | undefined, others: TransportError | undefined): void {
    if (this.#closed) return;
    this.#inbox = [];
    if (this.#ended === undefined && this.host.up) this.leave(others);
    this.#ended = { error: own };
    this.#paused = false;
    queueMicrotask(() => this.#handOver());
  }

  #handOver(): void {
    const receiver = this.#receiver;
    if (receiver === undefined || this.#closed || !this.host.up) return;
    while (this.#inbox.length > 0 && !this.#paused) {
      const message = this.#inbox.shift() as Uint8Array;
      receiver.message(message, 0, message.length, false);
      message.fill(0xa5);
    }
    if (this.#ended === undefined || this.#inbox.length > 0 || this.#closed) return;
    this.#closed = true;
    receiver.closed(this.#ended.error);
  }
}

/** The error of a connection that broke. */
export function reset(why: string): TransportError {
  return new TransportError("TRANSPORT_RESET", `the simulated connection was lost: ${why}`);
}
