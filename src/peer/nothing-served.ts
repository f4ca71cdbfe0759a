// Refuses the other end's calls on a connection that serves nothing, as long as the other end reads the refusals.
import { AcceptStat, writePlainReplyHeader } from "../rpc/header.js";
import { TransportError } from "../transport/errors.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { CallReceiver, CallSource, Dispatcher } from "./dispatcher.js";

/** The most refusals that may wait to be read before the connection is closed: about 100 kB. */
export const mostUnreadRefusals = 4096;

/** Answers every call with PROG_UNAVAIL. */
export const nothingServed: Dispatcher = { attach: (source) => new NothingServed(source) };

class NothingServed implements CallReceiver {
  readonly #source: CallSource;
  /** Bytes that wait to be sent, including those of our own calls. */
  #queued = 0;
  #unread = 0;

  constructor(source: CallSource) {
    this.#source = source;
  }

  call(from: XdrReader): void {
    const { connection, channel } = this.#source;
    this.#unread = this.#queued > 0 ? this.#unread + 1 : 0;
    if (this.#unread > mostUnreadRefusals) {
      const message = `the other end makes calls, though nothing is served here, and reads none of ${this.#unread} answers`;
      channel.destroy(new TransportError("TRANSPORT_OUT_OF_MEMORY", message));
      return;
    }
    try {
      connection.send(writeNotServed, from.readWord());
    } catch {
      // The connection is closed, so the caller cannot be answered.
    }
  }

  queued(change: number): void {
    this.#queued += change;
  }

  drained(): void {}

  awaiting(): void {}

  async finished(): Promise<void> {}

  closed(): void {}
}

function writeNotServed(out: XdrWriter, xid: number): void {
  writePlainReplyHeader(out, xid, AcceptStat.PROG_UNAVAIL);
}
