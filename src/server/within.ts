// A call that arrives as a message within another call: it is served as one that came over the connection of the outer call,
// and its reply is handed back instead of sent.
import type { IncomingCall, Transaction } from "../rpc/call.js";
import { netidOf } from "../transport/address.js";
import type { Connection, ConnectionInfo, MessageWriter } from "../transport/connection.js";
import { XdrReader, type XdrReaderOptions } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";
import { Conversation, type Service } from "./conversation.js";

/** One call within another. */
export interface CallWithin {
  /** The outer call. */
  readonly outer: IncomingCall;
  /** The whole CALL message. Not changed, and not kept after the reply. */
  readonly message: Uint8Array;
  /** The inner call's `call.transaction`. */
  readonly transaction?: Transaction | undefined;
}

/** Resolves with the whole REPLY message; undefined if the call gets no reply: a handler returned `silence`, or it is one-way. */
export function answerWithin(
  service: Service,
  { outer, message, transaction }: CallWithin,
  reading: XdrReaderOptions,
): Promise<Uint8Array | undefined> {
  return new Promise((resolve) => {
    const connection = new Within(outer, resolve);
    const source = { connection, channel: outer.peer, awaitsReplies: false };
    const conversation = new Conversation(service, source, false, transaction);
    conversation.call(new XdrReader(message, reading));
    // The handler has ended, or the call was answered at once.
    conversation.flow.idle().then(() => {
      conversation.flow.stop();
      resolve(undefined);
    });
  });
}

/** Takes one reply. */
class Within implements Connection {
  readonly info: ConnectionInfo;
  readonly #reply: (message: Uint8Array) => void;

  constructor({ remote, peer }: IncomingCall, reply: (message: Uint8Array) => void) {
    const maxMessage = Number.MAX_SAFE_INTEGER;
    const { local = remote, handle } = peer;
    this.info = { netid: netidOf(remote), local, remote, reliable: true, maxMessage, handle };
    this.#reply = reply;
  }

  send<T>(write: MessageWriter<T>, value: T): boolean {
    const out = new XdrWriter();
    write(out, value);
    this.#reply(out.toBytes());
    return true;
  }

  open(): void {}
  pause(): void {}
  resume(): void {}
  destroy(): void {}
  async close(): Promise<void> {}
}
