// What a peer needs of a server: somebody to hand the calls to that the other end makes.
import type { Channel } from "../rpc/call.js";
import type { Connection } from "../transport/connection.js";
import type { XdrReader } from "../xdr/reader.js";

/** The connection that calls come in on. */
export interface CallSource {
  readonly connection: Connection;
  /** Calls the other end back on the same connection. */
  readonly channel: Channel;
  /** Whether calls of ours to the other end wait for their reply: then reading must go on. */
  readonly awaitsReplies: boolean;
}

/** Serves the calls of one connection. Nothing here may throw. */
export interface CallReceiver {
  /** One message whose type is CALL, `from` at its xid. The bytes are lent unless `from.owned`. */
  call(from: XdrReader): void;
  /** Output that was refused has drained. */
  drained(): void;
  /** Bytes that wait to leave have become more (or fewer, below 0). */
  queued?(change: number): void;
  /** `source.awaitsReplies` has changed. */
  awaiting(): void;
  /** Takes no new calls; resolves when every call that was taken is answered. */
  finished(): Promise<void>;
  /** The connection has ended. */
  closed(): void;
}

/** Serves calls, whichever connections they come on. A Server is one. */
export interface Dispatcher {
  attach(source: CallSource): CallReceiver;
}
