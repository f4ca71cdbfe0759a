// What a server may be told, and the limits where nothing is.

import type { ClientAuth, ServerAuth } from "../rpc/auth.js";
import type { Channel, Interceptor } from "../rpc/call.js";
import type { CallPlace } from "../rpc/errors.js";
import type { Denial, Refusal } from "../rpc/refusal.js";
import type { Address } from "../transport/address.js";
import type { XdrLimits } from "../xdr/limits.js";
import type { Forgiven } from "../xdr/reader.js";
import type { ServerLimits } from "./limits.js";
import type { ReplyCache } from "./reply-cache.js";

/** Milliseconds that `close` waits for calls in flight. */
export const defaultDrain = 5_000;

/** A call that got a refusal for an answer. */
export interface RefusedCall {
  readonly remote: Address;
  readonly xid: number;
  readonly program: number;
  readonly version: number;
  readonly procedure: number;
  readonly reason: Refusal | Denial;
  /** The XdrError behind garbage arguments, what the handler threw behind a system error. */
  readonly cause?: unknown;
}

export interface ServerOptions {
  /**
   * The flavors that are let in. Default AUTH_NONE, which names nobody, and AUTH_SYS, whose uid is the caller's own word:
   * any uid, 0 among them. `allow` says who may call.
   */
  readonly auth?: readonly ServerAuth[];
  /** Around every call, the first outermost. */
  readonly interceptors?: readonly Interceptor[];
  /** Every limit of the server and its listeners: docs/reference/limits.md. Default `defaultServerLimits`. */
  readonly limits?: Partial<ServerLimits>;
  /** Limits of decoding arguments. Default: those among `limits`. */
  readonly xdrLimits?: XdrLimits;
  /** Takes what a strict reader refuses (padding, bools, trailing bytes) and tells what was forgiven. */
  readonly lenient?: (what: Forgiven, offset: number) => void;
  /** Remembers replies, so that repeated calls do not run twice. Default: none. */
  readonly replyCache?: ReplyCache;
  /** The credential and the deadline (milliseconds) of calls back to callers. */
  readonly callbacks?: { readonly auth?: ClientAuth; readonly timeout?: number };
  /** A connection has ended. `peer` is the object that its calls had as `call.peer`: what they left can be tidied up. */
  readonly onDisconnected?: (peer: Channel) => void;
  /** Told of every refusal. The library never prints. */
  readonly onRefused?: (call: RefusedCall) => void;
  /**
   * Gets every error on the server's side: what a handler threw (its caller gets SYSTEM_ERR), a result that cannot be
   * encoded or sent, what a hook threw, and errors of listeners that have no `onError` of their own. `place` is the call,
   * where there is one.
   *
   * Default: `process.emitWarning`, once for each procedure and kind of error, so that a fault is seen and a caller that
   * provokes it cannot fill the log: at most 10 kinds for a procedure and 100 for a server.
   */
  readonly onError?: (error: unknown, place?: CallPlace) => void;
}
