// The interface through which a peer passes the other end's calls to a server.
import type { Channel } from "../rpc/call.js";
import type { Connection } from "../transport/connection.js";
import type { XdrReader } from "../xdr/reader.js";

/** A connection that calls arrive on. */
export interface CallSource {
  /** The connection, for sending replies. */
  readonly connection: Connection;
  /** Calls the other end over the same connection. */
  readonly channel: Channel;
  /** True while calls in the other direction wait for their replies: the connection must then be read. */
  readonly awaitsReplies: boolean;
}

/** Serves the calls of one connection. The methods must not throw. */
export interface CallReceiver {
  /**
   * Receives one CALL message; `from` is at its xid. The bytes are valid only until this method returns, unless
   * `from.owned`.
   */
  call(from: XdrReader): void;
  /** Receives a message that is neither a call nor a reply, and is dropped. `from` is valid as in `call`. */
  malformed?(from: XdrReader): void;
  /** Reports that the connection accepts output again. */
  drained(): void;
  /** Reports that the number of bytes waiting to be sent has changed by `change`. */
  queued?(change: number): void;
  /** Reports that `source.awaitsReplies` has changed. */
  awaiting(): void;
  /** Accepts no new calls. Resolves when all accepted calls are answered. */
  finished(): Promise<void>;
  /** Reports that the connection has ended. */
  closed(): void;
}

/** Serves the calls of connections. A Server has one as `server.dispatcher`. */
export interface Dispatcher {
  /**
   * Called once for each connection. The returned receiver serves its calls. `needsProof`: true if it must deny calls whose credential proves
   * nothing, unless the connection has TLS.
   */
  attach(source: CallSource, needsProof?: boolean): CallReceiver;
}
