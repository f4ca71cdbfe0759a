// One call as both sides see it, and what handles or carries it. No I/O, no timers.
import type { Address } from "../transport/address.js";
import type { SocketHandle } from "../transport/connection.js";
import type { ClientAuth, Identity } from "./auth.js";
import type { Procedure, Program } from "./program.js";

/** What a caller may say about one call. */
export interface CallOptions {
  /** Milliseconds until the call fails with RpcTimeout; Infinity for none. Default: the client's, else 30,000. */
  readonly timeout?: number;
  readonly signal?: AbortSignal;
  /** The credential of this call. Default: the connection's. */
  readonly auth?: ClientAuth;
  /**
   * Whether the procedure may run twice without harm: a call by `dir:` may then go on to another server although this
   * one may have run it. Default: the client's `idempotent` option, and true for procedure 0.
   */
  readonly idempotent?: boolean;
  /** True: waiting for the reply does not keep the process alive. For calls that wait until something happens. Default false. */
  readonly background?: boolean;
  /** Seen by interceptors; nothing of it goes on the wire. */
  readonly values?: ReadonlyMap<unknown, unknown>;
}

/** One call. The same type on the client (interceptors, channels) and on the server (interceptors, handlers). */
export interface Call {
  readonly program: Program;
  readonly procedure: Procedure;
  readonly args: readonly unknown[];
  readonly remote: Address;
  /** Client: the caller's. Server: aborted when the connection ends before the reply was sent. */
  readonly signal: AbortSignal;
  readonly options: CallOptions;
  /** Who calls, as the credential says (server). */
  readonly identity?: Identity;
  /** Calls back to the other end of the same connection (server). */
  readonly peer?: Channel;
  /** For interceptors to hand things on. */
  readonly values: Map<unknown, unknown>;
}

/** A call as an implementation gets it. */
export interface IncomingCall extends Call {
  /**
   * Who calls, as the credential says. By default servers let in AUTH_NONE, which names nobody (`identity.sys` is
   * undefined), and AUTH_SYS with any uid, 0 among them: the caller's own word, which nothing proves. See `allow`, the
   * server's `auth`, and docs/guides/security.md.
   */
  readonly identity: Identity;
  /** Calls back to the other end of the same connection. The same object for all calls of one connection. */
  readonly peer: Channel;
}

/** Answers a call, or fails with an error. */
export type Handler = (call: Call) => Promise<unknown>;

/** Stands around every call: look, change, refuse, repeat, or pass on with `next`. */
export type Interceptor = (call: Call, next: Handler) => Promise<unknown>;

/** Carries calls to one place: a Peer, a reconnecting channel, a pool. */
export interface Channel {
  readonly remote: Address;
  /** This end's own address, where the channel is one connection: as `call.peer`, where the call came in. */
  readonly local?: Address;
  /** Its socket while it is open, for asking the system who is at the other end. As in `ConnectionInfo`. */
  readonly handle?: (() => SocketHandle | undefined) | undefined;
  /** @throws RpcError and its kinds. */
  call(request: ChannelCall): Promise<unknown>;
  /** Lets calls in flight finish, then closes. Resolves when closed. */
  close(): Promise<void>;
  /** Fails calls in flight with RpcDisconnected and closes. */
  destroy(reason?: Error): void;
}

/** What a channel needs of a call. */
export interface ChannelCall {
  readonly program: Program;
  readonly procedure: Procedure;
  readonly args: readonly unknown[];
  readonly options: CallOptions;
  /** Milliseconds of its timeout that the call has spent already: on connecting, for one. Default 0. */
  readonly spent?: number;
}
