// What a server may be told, and the limits where nothing is.

import type { ClientAuth, ServerAuth } from "../rpc/auth.js";
import type { Channel, Interceptor } from "../rpc/call.js";
import type { CallPlace } from "../rpc/errors.js";
import type { Denial, Refusal } from "../rpc/refusal.js";
import type { Address } from "../transport/address.js";
import type { XdrLimits } from "../xdr/limits.js";
import type { Forgiven } from "../xdr/reader.js";
import type { ReplyCache } from "./reply-cache.js";

const MiB = 1024 * 1024;

/** Limits on what calls may take. docs/reference/limits.md has them all. */
export interface ServerLimits {
  /**
   * Calls of one connection that may run at once; then it is not read until one is answered. While the server waits
   * for replies to its own calls on that connection it must read on: then up to four times as many may run, and what
   * comes beyond that gets SYSTEM_ERR. Default 1024.
   */
  readonly callsInFlight: number;
  /**
   * Calls of all connections that may run at once. From half of it on, each connection may have fewer; one that has none is
   * always read. Twice as many get SYSTEM_ERR. Default 32,768.
   */
  readonly totalCallsInFlight: number;
  /**
   * Bytes that one connection may hold: decoded arguments of calls that run, replies that wait for it to read, and, from 16
   * calls on, the replies that these calls will probably give. Then it is not read until it holds less. Where the server must
   * read on (see `callsInFlight`) it may hold four times as many. One that leaves more than that and one reply unread is
   * disconnected. Default 16 MiB.
   */
  readonly bytesInFlight: number;
  /**
   * Bytes that all connections may hold. From half of it on, each may hold less. A call that would pass it gets SYSTEM_ERR;
   * when replies pass it, the connection that leaves most of them unread is disconnected. Default 192 MiB.
   */
  readonly totalBytes: number;
  /**
   * Bytes that the elements of one call's arguments may take in memory, by an estimate on the high side. A call with more
   * gets GARBAGE_ARGS. Default 64 MiB: 4 million integers, or 1.6 million structs of one.
   */
  readonly decodedBytes: number;
}

export const defaultServerLimits: ServerLimits = Object.freeze({
  callsInFlight: 1024,
  totalCallsInFlight: 32_768,
  bytesInFlight: 16 * MiB,
  totalBytes: 192 * MiB,
  decodedBytes: 64 * MiB,
});

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
  readonly limits?: Partial<ServerLimits>;
  /** Limits of decoding arguments, whatever the bytes say. */
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
