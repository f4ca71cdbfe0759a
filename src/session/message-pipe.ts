// A connection without a transport: sent messages are passed to a function, and `deliver` supplies the received ones.
import { type Address, netidOf } from "../transport/address.js";
import type { Connection, ConnectionInfo, MessageWriter, Receiver } from "../transport/connection.js";
import type { TransportError } from "../transport/errors.js";
import { XdrWriter } from "../xdr/writer.js";

/** A connection whose messages go to a function. */
export class MessagePipe implements Connection {
  readonly info: ConnectionInfo;
  readonly #take: (message: Uint8Array) => void;
  readonly #writer = new XdrWriter();
  #receiver: Receiver | undefined;

  constructor(remote: Address, take: (message: Uint8Array) => void) {
    this.info = { netid: netidOf(remote), local: remote, remote, reliable: true, maxMessage: Number.MAX_SAFE_INTEGER };
    this.#take = take;
  }

  open(receiver: Receiver): void {
    this.#receiver = receiver;
  }

  send<T>(write: MessageWriter<T>, value: T): boolean {
    const out = this.#writer;
    let message: Uint8Array;
    try {
      write(out, value);
      message = out.toBytes();
    } finally {
      out.reset();
    }
    this.#take(message);
    return true;
  }

  deliver(message: Uint8Array): void {
    this.#receiver?.message(message, 0, message.length, true);
  }

  pause(): void {}
  resume(): void {}

  async close(): Promise<void> {
    this.#end(undefined);
  }

  destroy(error?: TransportError): void {
    this.#end(error);
  }

  #end(error: TransportError | undefined): void {
    const receiver = this.#receiver;
    this.#receiver = undefined;
    receiver?.closed(error);
  }
}
