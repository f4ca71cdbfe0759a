// The options of a server, and their defaults.

import type { Clock } from "../base/clock.js";
import type { ServerAuth } from "../rpc/auth.js";
import type { Channel, ClientAuth, Interceptor } from "../rpc/call.js";
import type { CallPlace } from "../rpc/errors.js";
import type { Denial, Refusal } from "../rpc/refusal.js";
import type { Address } from "../transport/address.js";
import type { XdrLimits } from "../xdr/limits.js";
import type { Forgiven } from "../xdr/reader.js";
import type { ServerLimits } from "./limits.js";
import type { ReplyCache } from "./reply-cache.js";

/** The default of `drain`: the milliseconds for which `server.close` waits for calls in flight. */
export const defaultDrain = 5_000;

/** A call that the server refused. */
export interface RefusedCall {
  /** The caller's address. */
  readonly remote: Address;
  /** The transaction id of the call. */
  readonly xid: number;
  /** The program number in the call. */
  readonly program: number;
  /** The version number in the call. */
  readonly version: number;
  /** The procedure number in the call. */
  readonly procedure: number;
  /** The refusal that was sent (RFC 5531 section 9). */
  readonly reason: Refusal | Denial;
  /** The XdrError for garbage arguments, or the error that the handler threw for a system error. */
  readonly cause?: unknown;
}

/** A call that the server did not run, because it recognised it as a repetition. */
export interface RepeatedCall {
  /** The caller's address. */
  readonly remote: Address;
  /** The transaction id of the call. */
  readonly xid: number;
  /** The program number in the call. */
  readonly program: number;
  /** The version number in the call. */
  readonly version: number;
  /** The procedure number in the call. */
  readonly procedure: number;
  /**
   * "join": a copy of a call that was running. "replay": a copy of a call that had run; it got the same reply. "false-retry": the
   * same transaction id with other arguments; it was refused with SYSTEM_ERR.
   */
  readonly kind: "join" | "replay" | "false-retry";
}

/** Counts of a server since it was made. */
export interface ServerStats {
  /** Copies of calls that the server recognised and did not run: joins and replays together. */
  readonly duplicates: number;
  /** Copies of calls that were running. */
  readonly joins: number;
  /** Copies of calls that had run: they got the stored reply. */
  readonly replays: number;
  /** Calls that were refused because their transaction id was just used for the same procedure with other arguments. */
  readonly falseRetries: number;
}

/** Options of a server. An unknown or invalid option is a TypeError that names it. */
export interface ServerOptions {
  /**
   * The authentication flavours that the server accepts. Default: AUTH_NONE, which carries no identity, and AUTH_SYS, whose uid the caller chooses
   * freely (0, too). `allow` restricts who may call.
   */
  readonly auth?: readonly ServerAuth[];
  /** Functions that run around every call, the first one outermost. Default: none. */
  readonly interceptors?: readonly Interceptor[];
  /** Limits of the server and its listeners, see docs/reference/limits.md. Default `defaultServerLimits` of lupine/server. */
  readonly limits?: Partial<ServerLimits>;
  /** Limits for decoding arguments. Default: those in `limits`. */
  readonly xdrLimits?: XdrLimits;
  /**
   * Accepts invalid padding, booleans and trailing bytes in arguments, and reports each to this function. Default: such a
   * call gets GARBAGE_ARGS.
   */
  readonly lenient?: (what: Forgiven, offset: number) => void;
  /**
   * The clock of call deadlines and of the wait in `close`. Tests can pass a `FakeClock` of `lupine/testing`; sockets still use the machine's clock.
   * Default: the machine's clock.
   */
  readonly clock?: Clock | undefined;
  /**
   * Remembers replies, so that a call that is repeated with the same transaction id runs only once. Procedures that are
   * "at-least-once" in the interface, and procedure 0, are never remembered.
   *
   * Default: `memoryReplyCache({ streams: false })`, for datagrams, which clients repeat. `memoryReplyCache()` is for
   * streams, too. `false`: no replies are remembered, and a repeated call runs again.
   */
  readonly replyCache?: ReplyCache | false;
  /** The credential and the timeout (in milliseconds) of calls that the server makes back to its callers. Default: AUTH_NONE, 30,000. */
  readonly callbacks?: { readonly auth?: ClientAuth; readonly timeout?: number };
  /**
   * Called when a connection has ended, for example to free resources of that client. `peer` is the same object as `call.peer` of its calls. Default:
   * none.
   */
  readonly onDisconnected?: (peer: Channel) => void;
  /** Called for every call that the server refuses. Default: not called. */
  readonly onRefused?: (call: RefusedCall) => void;
  /**
   * Called for every error on the server: an error that a handler threw (its caller gets SYSTEM_ERR), a result that cannot
   * be encoded or sent, an error thrown by a hook, and errors of listeners that have no `onError` of their own. `place` is
   * the call, if the error belongs to one.
   *
   * Default: `process.emitWarning`, once for each procedure and kind of error, at most 10 kinds for a procedure and 100 for
   * a server, so that a caller that provokes errors cannot fill the log.
   */
  readonly onError?: (error: unknown, place?: CallPlace) => void;
}
