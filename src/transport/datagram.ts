// Sends datagrams, one for each message, for both ends of UDP.
import type { Socket } from "node:dgram";
import { XdrWriter } from "../xdr/writer.js";
import type { MessageWriter } from "./connection.js";
import { TransportError } from "./errors.js";

/** Options of both ends of UDP. */
export interface UdpOptions {
  /** The most bytes to send in one datagram. Default and most: 65,507. Up to 65,507 are received in any case. */
  readonly maxMessage?: number;
}

/** The most bytes in one UDP datagram over IPv4: 65,535 less the IP and UDP headers. */
export const longestDatagram = 65_507;

/** The most source addresses that a UDP listener remembers. */
export const defaultMaxPeers = 4096;

/** Unsent bytes above which `send` returns false, in addition to the socket's own buffer. */
const highWaterMark = 256 * 1024;
const capacity = 2048;

/** Writes messages, and passes each to the socket at once. One for each socket, however many peers it has. */
export class DatagramOutput {
  readonly #socket: Socket;
  readonly #writer = new XdrWriter({ capacity });

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /**
   * Sends one datagram through `transmit`.
   * @returns false if much is queued.
   * @throws errors of `write`, and TransportError.
   */
  send<T>(
    write: MessageWriter<T>,
    value: T,
    limit: number,
    transmit: (bytes: Buffer, length: number) => void,
  ): boolean {
    const out = this.#writer;
    let queued = 0;
    try {
      write(out, value);
      if (out.offset > limit) throw tooLong(out.offset, limit);
      transmit(out.buffer, out.offset);
    } finally {
      queued = this.queued;
      // If bytes are queued, the system has not taken the datagram yet, and the buffer belongs to the socket.
      if (queued > 0) out.replaceBuffer(Buffer.allocUnsafeSlow(capacity));
      else out.reset();
    }
    return queued <= highWaterMark;
  }

  /** Bytes that the system has not taken. */
  get queued(): number {
    return this.#socket.getSendQueueSize();
  }
}

function tooLong(length: number, limit: number): TransportError {
  const message = `a message of ${length} bytes does not fit a datagram: at most ${limit} can be sent (maxMessage); use TCP`;
  return new TransportError("TRANSPORT_MESSAGE_TOO_LONG", message);
}
