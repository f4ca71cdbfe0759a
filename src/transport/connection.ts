// Moves whole messages between two ends; knows nothing of RPC. Every transport is a Connection and maybe a Listener.
import type { XdrWriter } from "../xdr/writer.js";
import type { Address } from "./address.js";
import type { TransportError } from "./errors.js";

export { TransportError, type TransportErrorCode } from "./errors.js";

/** What a connection is, for identity, logs and the callers' context. */
export interface ConnectionInfo {
  /** "tcp", "tcp6", "udp", "udp6", "local" (RFC 5665 netids), or "memory". */
  readonly netid: string;
  readonly local: Address;
  readonly remote: Address;
  /** True: the transport delivers every message once, in order, or closes. False: it may lose, repeat or reorder. */
  readonly reliable: boolean;
  /** The most bytes one outgoing message may have. */
  readonly maxMessage: number;
  /** Of an accepted Unix socket, where the system numbers its sockets: Node's handle of it while it is open. */
  readonly handle?: (() => SocketHandle | undefined) | undefined;
}

/** An open socket, as Node's child processes can be sent it. */
export interface SocketHandle {
  readonly fd: number;
}

/** Who gets what arrives. None of these may throw; the connection guards itself all the same. */
export interface Receiver {
  /**
   * One whole message: `bytes[start, end)`. The bytes are valid only until this call returns, unless `owned`: then the
   * buffer belongs to the message and is never written again.
   */
  message(bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** Output that was refused with `false` has drained. */
  drained(): void;
  /** Bytes that the system has not taken, buffers by their capacity, have become more (or fewer, below 0). Streams only. */
  queued?(change: number): void;
  /** The end, once: no error when either side closed in good order. */
  closed(error?: TransportError): void;
}

/** Writes one message. Handed a value so that no closure is made for each message. */
export type MessageWriter<T> = (out: XdrWriter, value: T) => void;

/** One conversation with one peer. */
export interface Connection {
  readonly info: ConnectionInfo;
  /** Starts delivery. Once. Never calls the receiver before it has returned. */
  open(receiver: Receiver): void;
  /**
   * Writes one message straight into the output buffer. All messages of one turn of the event loop leave in one write
   * where the transport can. What `write` throws is rethrown and nothing of that message is sent.
   * A stream sends opaques of `spliceThreshold` bytes or more from the caller's own array: it must not change before
   * the peer has answered, or `close` has resolved.
   * @returns false when the peer reads slower than we write: hold back until `drained`. The message is queued all the same.
   * @throws TransportError when the message is longer than `info.maxMessage` or the connection is closed.
   */
  send<T>(write: MessageWriter<T>, value: T): boolean;
  /** Grows whenever anything comes in, a part of a message too: bytes on a stream tell that a slow peer is alive. */
  readonly arrivals?: number;
  /** A message was not answered in time, and is about to be repeated: the connection may listen to more than before. */
  unanswered?(): void;
  /** Whether the open connection by itself keeps the process alive. It does until this is called with false. */
  holdProcess?(hold: boolean): void;
  /** Stops reading, so that the peer feels back-pressure. No effect on datagrams, which are dropped while paused. */
  pause(): void;
  resume(): void;
  /** Sends what is queued, then closes. Resolves when closed; never rejects. */
  close(): Promise<void>;
  /** Closes at once and drops what is queued. */
  destroy(error?: TransportError): void;
}

/** Accepts connections. */
export interface Listener {
  /** Where it listens, with the real port where 0 was asked for. */
  readonly address: Address;
  readonly netid: string;
  /** Stops accepting; connections that are open stay open. Resolves when the address is free. */
  close(): Promise<void>;
}
