// Moves whole messages over one connection, and blocks the thread while it waits. There are two: the system's sockets
// through koffi (socket-wire.ts), and the asynchronous transports in a thread (thread-wire.ts).

import { type Address, formatAddress } from "../transport/address.js";
import type { ConnectionInfo } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import type { RecordLimits } from "../transport/record-marking.js";
import type { OpenConnectionOptions } from "../transport/schemes/scheme.js";

/** Bytes at the start of a message that belong to the wire: a stream writes its record mark there. */
export const headroom = 4;

/** Receives one message, `bytes[start, end)`, valid until it returns unless `owned`. Must not throw. */
export type OnMessage = (bytes: Uint8Array, start: number, end: number, owned: boolean) => void;

/** One connection. After an error it is closed, and is not used again. */
export interface Wire {
  readonly info: Pick<ConnectionInfo, "remote" | "reliable" | "maxMessage">;
  /** Messages that were sent and not answered. The channel counts them. */
  unanswered: number;
  /**
   * Sends a message; its first bytes are `headroom`. Blocks until the system has taken it.
   * @throws TransportError, also if it took longer than `time` milliseconds: then the message was not sent.
   */
  send(message: Uint8Array, time: number): void;
  /**
   * Sends the reply to a call of the other end, without waiting.
   * @throws TransportError if the other end does not read: then the connection cannot be used any more.
   */
  answer(message: Uint8Array): void;
  /**
   * Waits at most `time` milliseconds for bytes, and passes the messages that they complete to `onMessage`. False: nothing came.
   * @throws TransportError when the connection has ended.
   */
  receive(time: number, onMessage: OnMessage): boolean;
  /** Whether the other end has closed the connection. Takes no time. */
  hasEnded(): boolean;
  close(): void;
}

/** Options of a blocking client's connection. */
export interface WireOptions {
  /** The most bytes in one outgoing message. Default 16 MiB; over UDP 65,507. */
  readonly maxMessage?: number | undefined;
  /** Limits of incoming records. Default `defaultRecordLimits`. */
  readonly limits?: Partial<RecordLimits> | undefined;
  /** True: connects from a port below 1024, which only root may use. "try": if that is possible. Default false. */
  readonly reservedPort?: boolean | "try" | undefined;
}

/** TLS of a wire, for a thread: plain data. */
export type WireTls = NonNullable<OpenConnectionOptions["tls"]>;

/** Connects within `time` milliseconds. @throws TransportError */
export type OpenWire = (address: Address, time: number, options: WireOptions) => Wire;

/** Writes the mark of a record that is one fragment into its headroom (RFC 5531 section 11). */
export function mark(message: Uint8Array): void {
  new DataView(message.buffer, message.byteOffset).setUint32(0, 0x8000_0000 + message.length - headroom);
}

/** The system's error as one of the connection to `remote`. */
export function failureOf(remote: Address, cause: NodeJS.ErrnoException): TransportError {
  const isRefused = cause.code === "ECONNREFUSED";
  const code = isRefused ? "TRANSPORT_REFUSED" : cause.code === "ECONNRESET" ? "TRANSPORT_RESET" : "TRANSPORT_CLOSED";
  const why = isRefused ? `nothing listens at ${formatAddress(remote)}` : "the connection failed";
  return new TransportError(code, `${why}: ${cause.message}`, { cause });
}

/** A message that the system did not take within this many milliseconds. */
export function notRead(time: number): TransportError {
  return new TransportError("TRANSPORT_TIMEOUT", `the other end reads nothing for ${Math.ceil(time)} ms`);
}

/** The reply to a call of the other end could not be sent without waiting. */
export function answersNotRead(): TransportError {
  const what = "the other end makes calls, though nothing is served here, and reads no answers";
  return new TransportError("TRANSPORT_CLOSED", what);
}
