// Moves whole messages between two ends; knows nothing of RPC. Every transport is a Connection and maybe a Listener.
import type { Duplex } from "node:stream";
import type { SocketHandle } from "../machine/system-helper.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { Address } from "./address-forms.js";
import type { TransportError } from "./errors.js";
import type { Security } from "./tls/security.js";

export type { SocketHandle } from "../machine/system-helper.js";

/** The properties of a connection, for identities, logs and calls. */
export interface ConnectionInfo {
  /** The network identifier (RFC 5665): "tcp", "tcp6", "udp", "udp6", "local", or "memory". */
  readonly netid: string;
  /** This end's address. */
  readonly local: Address;
  /** The other end's address. */
  readonly remote: Address;
  /**
   * True: the transport delivers every message once and in order, or closes. False: it may lose, repeat or reorder messages,
   * so calls are retransmitted.
   */
  readonly reliable: boolean;
  /** The most bytes in one outgoing message. */
  readonly maxMessage: number;
  /** Returns Node's handle of an accepted Unix socket while it is open, on systems with file descriptors. */
  readonly handle?: (() => SocketHandle | undefined) | undefined;
  /** The protection by TLS; undefined for a connection without it. */
  readonly security?: Security | undefined;
}

/** Receives the messages of a connection. The methods must not throw; if one does, the connection closes. */
export interface Receiver {
  /**
   * Receives one whole message, `bytes[start, end)`. The bytes are valid only until this method returns, unless `owned` is
   * true: then the buffer belongs to the message and is never written again.
   */
  message(bytes: Uint8Array, start: number, end: number, owned: boolean): void;
  /** Reports that `send` may be called again after it returned false. */
  drained(): void;
  /** Reports that the number of bytes that the system has not taken has changed by `change`. Streams only. */
  queued?(change: number): void;
  /** Reports the end, once. `error` is undefined if either side closed normally. No other method is called afterwards. */
  closed(error?: TransportError): void;
}

/**
 * Puts a layer over a stream of bytes: returns the stream that the connection reads and writes from then on. The layer itself reads and writes
 * `stream`. For TLS: `(stream) => new TLSSocket(stream, ...)`.
 */
export type StreamWrap = (stream: Duplex) => Duplex | Promise<Duplex>;

/** Options of `Connection.upgrade`. */
export interface UpgradeOptions {
  /**
   * True: `wrap` receives the socket itself, unless bytes for the layer have been read already. TLSSocket then works without a copy
   * through JavaScript streams. Default false.
   */
  readonly overSocket?: boolean;
}

/** Writes one message. The value is passed separately, so that no closure is made for each message. */
export type MessageWriter<T> = (out: XdrWriter, value: T) => void;

/**
 * A connection to one peer. TCP, UDP, Unix sockets and memory implement this interface; implement it for a transport of your own.
 *
 * When the connection ends, for any reason, the receiver's `closed` is called once. Every call in flight then fails with RpcDisconnected:
 * `mayHaveRun` is false if its message was not sent yet, or if UDP reports that nothing listens at the address, and true otherwise. An ended
 * connection cannot be reopened: a later call on it fails at once with RpcDisconnected (`mayHaveRun` false), and
 * a client of `createClient` makes a new connection for its next call. On a server, the calls of an ended connection run to their end, with `call.signal`
 * aborted, and their replies are dropped.
 */
export interface Connection {
  /** The addresses and properties of the connection. */
  readonly info: ConnectionInfo;
  /** Starts delivery to the receiver. Called once. The receiver is never called before this method has returned. */
  open(receiver: Receiver): void;
  /**
   * Writes one message into the output buffer. All messages of one turn of the event loop leave in one write if the
   * transport can do that. An error that `write` throws is rethrown, and nothing of that message is sent; the connection
   * stays usable. A stream sends opaques of `spliceThreshold` bytes or more from the caller's own array, which must not
   * change until the peer has replied or `close` has resolved.
   * `atOnce`: the caller expects to send nothing more in this turn of the event loop, so that a stream need not wait for it.
   * @returns false if the peer reads more slowly than this end writes: wait for `drained` before sending more. The message
   * is queued all the same.
   * @throws TransportError TRANSPORT_MESSAGE_TOO_LONG if the message is longer than `info.maxMessage`, TRANSPORT_CLOSED if the
   * connection is closed. Nothing was sent, so that the call fails with `mayHaveRun` false; other calls are not affected.
   */
  send<T>(write: MessageWriter<T>, value: T, atOnce?: boolean): boolean;
  /** Increases whenever bytes arrive, also for a part of a message: a slow peer is still alive. */
  readonly arrivals?: number;
  /**
   * Reports that a message got no reply in time and will be sent again. UDP then accepts replies from other addresses of the
   * server.
   */
  unanswered?(): void;
  /** Sets whether the open connection keeps the process alive. It does until this is called with false. */
  holdProcess?(hold: boolean): void;
  /**
   * Called by a server when the first call of the connection starts to run, or to wait for the other end's reply, and when the last
   * one has ended. A listener that has to remove a connection chooses one that is not in use.
   */
  inUse?(inUse: boolean): void;
  /**
   * Puts a layer such as TLS over a stream connection in the middle of its conversation. Messages sent before leave
   * unchanged; messages sent afterwards wait for the layer, and go through it. All input after the last delivered
   * message goes through the layer: call this while that message is being delivered, or while the peer sends nothing.
   * Streams only.
   * @throws TransportError if the layer cannot be made, or the connection is within a record or closed. The connection
   * is then destroyed: calls in flight fail with RpcDisconnected.
   */
  upgrade?(wrap: StreamWrap, options?: UpgradeOptions): Promise<void>;
  /**
   * Ends the delivery to the receiver, so that `open` may be called again, with another one: after an exchange that precedes the
   * conversation. Called while a message is being delivered; what follows that message waits for the next receiver. Streams only.
   */
  release?(): void;
  /** Stops reading, so that the peer has to wait. Datagrams are dropped while paused. */
  pause(): void;
  /** Reads again after `pause`. */
  resume(): void;
  /** True: `close` leaves the connection open, for another process. A server then does not announce that it closes it. */
  readonly isHandedOver?: boolean;
  /**
   * Sends the queued messages, then closes. The receiver's `closed` is called without an error, and calls that wait for a reply
   * fail with RpcDisconnected: wait for them first. Resolves when closed; never rejects.
   */
  close(): Promise<void>;
  /**
   * Closes at once and drops the queued messages. The receiver's `closed` is called with `error`: calls in flight fail with
   * RpcDisconnected and that error as the cause.
   */
  destroy(error?: TransportError): void;
}

/**
 * Accepts connections at one address. An error of one connection, also while it is accepted, ends only that connection. The
 * `onError` of the listen options receives it, by default that of the server. At a limit of connections, or without file descriptors, connections are closed or not accepted, and the listener continues.
 */
export interface Listener {
  /** The address it listens on; with port 0, the port that the system chose. */
  readonly address: Address;
  /** The transport's network identifier (RFC 5665): "tcp", "tcp6", "udp", "udp6", "local", or "memory". */
  readonly netid: string;
  /**
   * Stops accepting; open connections stay open, with their calls. Later connections are refused: their calls fail with
   * RpcDisconnected, `mayHaveRun` false. Resolves when the address is free again. Never rejects.
   */
  close(): Promise<void>;
}
