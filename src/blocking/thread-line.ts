// The thread's end of one connection: posts its messages to the blocked thread, but never more than that thread has taken by
// and by, and sends no more answers than the other end reads.
import type { Connection } from "../transport/connection.js";
import type { TransportError } from "../transport/errors.js";
import { copyOf } from "../xdr/memory.js";
import type { XdrWriter } from "../xdr/writer.js";
import { costOf, mostUntaken } from "./thread-messages.js";
import { answersNotRead, headroom } from "./wire.js";

/** Receives the events of a line. */
export interface LineOwner {
  message(bytes: Uint8Array): void;
  closed(error: TransportError | undefined): void;
}

export class ThreadLine {
  readonly #connection: Connection;
  /** Bytes of messages that the blocked thread has not taken, by `costOf`. */
  #untaken = 0;
  /** The other end does not read what was sent. */
  #full = false;

  /** Takes over the connection. */
  constructor(connection: Connection, owner: LineOwner) {
    this.#connection = connection;
    connection.open({
      message: (bytes, start, end) => {
        const message = copyOf(bytes, start, end - start);
        this.#untaken += costOf(message);
        if (this.#untaken >= mostUntaken) connection.pause();
        owner.message(message);
      },
      drained: () => {
        this.#full = false;
      },
      closed: (error) => owner.closed(error),
    });
  }

  /** Sends a message after its headroom. @throws TransportError */
  send(message: Uint8Array): void {
    this.#full = !this.#connection.send(writeMessage, message);
  }

  /** Sends the reply to a call of the other end. How many calls it makes has no limit, so it gets a reply only if it reads. */
  answer(message: Uint8Array): void {
    if (!this.#full) {
      this.send(message);
      return;
    }
    this.#connection.destroy(answersNotRead());
  }

  /** The blocked thread has taken messages of this many bytes, by `costOf`. */
  taken(bytes: number): void {
    const wasPaused = this.#untaken >= mostUntaken;
    this.#untaken -= bytes;
    if (wasPaused && this.#untaken < mostUntaken) this.#connection.resume();
  }

  destroy(): void {
    this.#connection.destroy();
  }
}

function writeMessage(out: XdrWriter, bytes: Uint8Array): void {
  out.writeBytes(bytes.subarray(headroom));
}
