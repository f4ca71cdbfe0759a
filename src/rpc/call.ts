// One call as both sides see it, and what handles or carries it. No I/O, no timers.
import type { Address } from "../transport/address.js";
import type { SocketHandle } from "../transport/connection.js";
import type { Security } from "../transport/tls/security.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { AuthStat, BodyWriter, Identity, OpaqueAuth } from "./auth.js";
import type { Procedure, Program, Semantics } from "./program.js";

/** Options of one call: the last argument of each method of a client. */
export interface CallOptions {
  /**
   * Milliseconds until the call fails with RpcTimeout; Infinity for no limit. Default: the client's `timeout`, else 30,000.
   */
  readonly timeout?: number;
  /** Aborting it fails the call with RpcCancelled at once. The server is not notified: the procedure may still run. Default: none. */
  readonly signal?: AbortSignal;
  /** The credential of this call. Default: the client's `auth`. */
  readonly auth?: ClientAuth;
  /** How often this call may run. Default: the client's `semantics`, else the procedure's own, else "at-most-once". */
  readonly semantics?: Semantics;
  /** True: waiting for the reply does not keep the process alive. Use it for calls that wait for an event. Default false. */
  readonly background?: boolean;
  /**
   * True: a one-way call over a stream is written at once, instead of together with the other messages of this turn of the event loop. Use it if this
   * end then waits for the other end to react. Default false.
   */
  readonly atOnce?: boolean;
  /**
   * True: the server may delay the reply for any time, as a full mailbox does. If such a call times out, later calls use the same connection. False
   * (default): if a call times out and nothing was received on the connection meanwhile, later calls use a new connection.
   */
  readonly patient?: boolean;
  /** Values for interceptors. They are not sent. Default: none. */
  readonly values?: ReadonlyMap<unknown, unknown>;
}

/** Options of one call of a procedure that returns void. */
export interface VoidCallOptions extends CallOptions {
  /**
   * True: the call does not wait for the reply. It resolves when its message was handed to the transport, as a call of a procedure marked
   * `@oneway` does, and whether it has run remains unknown. The server still sends its reply, which is dropped. Default false.
   */
  readonly oneWay?: boolean;
}

/** Options of a stream: the last argument of each method that returns an async iterable. */
export interface StreamOptions extends Pick<CallOptions, "signal" | "auth"> {
  /** The most items that were requested or received but not yet read: a whole number, 1 to 4,294,967,295. Default 128. */
  readonly window?: number;
}

/** One call, as interceptors see it. Clients and servers use the same type. */
export interface Call {
  /** The program version that is called. */
  readonly program: Program;
  /** The procedure that is called: `call.procedure.name` is its name in the interface file. */
  readonly procedure: Procedure;
  /** The arguments, one array element for each. */
  readonly args: readonly unknown[];
  /** The address of the other end. On a client without a connection, the address that will be used, as far as it is known. */
  readonly remote: Address;
  /**
   * On the client, the caller's signal. On the server, aborted when the connection ends before the reply was sent: stop work
   * that nobody will receive. Not in a session, whose client asks for the reply over another connection.
   */
  readonly signal: AbortSignal;
  /**
   * The protection of the connection by TLS; undefined without TLS. A client connects with its first call: read it after `next` has
   * returned.
   */
  readonly security?: Security | undefined;
  /** The options of the call. Empty on the server. */
  readonly options: CallOptions;
  /** The caller, as its credential claims. Server only. */
  readonly identity?: Identity;
  /** Calls the other end over the same connection. Server only. */
  readonly peer?: Channel;
  /** Changes the state that the server keeps together with the replies of its sessions. Durable sessions only. */
  readonly transaction?: Transaction | undefined;
  /** Reports the progress of the call; see `IncomingCall`. Server only. */
  readonly progress?: ReportProgress;
  /** Passes values from one interceptor to the next and to the handler. They are not sent. */
  readonly values: Map<unknown, unknown>;
}

/** The progress of a call. */
export interface Progress {
  /** The part that is done, in any unit. */
  readonly done: number;
  /** The whole, in the same unit; 0 or absent if it is unknown. */
  readonly total?: number;
  /** A few words for people, at most 256 bytes; longer text is cut. Default "". */
  readonly note?: string;
}

/** Reports the progress of a call: `call.progress(3, 10, "copying")`. */
export type ReportProgress = (done: number, total?: number, note?: string) => void;

/**
 * Runs `work` alone, on the state that a server keeps in the log of its durable sessions. Its changes and the reply of
 * the call are written together: after a crash both exist or neither. If the call fails, its changes are undone. `work`
 * must not wait for anything; no other transaction runs until the call has ended. Resolves with the value that `work`
 * returns, and rejects with the error that it throws.
 */
export type Transaction = <T>(work: (state: TransactionState) => T) => Promise<T>;

/** The state that a transaction changes: JSON values by key. */
export interface TransactionState {
  /** The value of a key; undefined if it has none. A copy: changing it changes nothing. */
  get(key: string): unknown;
  /** Sets a key. @throws TypeError if the value cannot be written as JSON; RangeError for a key of more than 1,024 bytes. */
  set(key: string, value: unknown): void;
  /** Deletes a key. */
  delete(key: string): void;
}

/** A call, as the function that implements a procedure receives it. */
export interface IncomingCall extends Call {
  /**
   * The caller, as its credential claims. By default servers accept AUTH_NONE, which carries no identity (`identity.sys` is undefined), and AUTH_SYS
   * with any uid, including 0; the caller chooses that uid, and nothing proves it. To restrict
   * callers see `allow`, the server's `auth`, and docs/guides/security.md.
   */
  readonly identity: Identity;
  /** Calls the other end over the same connection. It is the same object for all calls of one connection. */
  readonly peer: Channel;
  /**
   * Reports the progress of a deferred call (`lupine/deferred`) to its client; does nothing for other calls. It may be called as often as needed:
   * after the client has received one report, the latest one is sent next.
   */
  readonly progress: ReportProgress;
}

/** Carries out a call: resolves with its result, or rejects with an error. */
export type Handler = (call: Call) => Promise<unknown>;

/**
 * A function that runs around every call. It may inspect or change the call, call `next` once or several times, or not at
 * all. If it throws, a client's call fails with that error; on a server the caller gets the refusal that `deny` or `refuse`
 * made, and SYSTEM_ERR for any other error. `mayHaveRun` of a client's RpcError is true if any call of `next` may have run the procedure. On a server
 * `next` throws after the call has ended, because the caller may already have a reply that says that the procedure did not run.
 */
export type Interceptor = (call: Call, next: Handler) => Promise<unknown>;

/**
 * Carries calls to one destination: a connection, a connection that reconnects, or several servers. Several clients may
 * share a channel.
 */
export interface Channel {
  /** The address of the other end, as far as it is known. */
  readonly remote: Address;
  /** The address as the client was given it, with the host name; `remote` has the IP address that it resolved to. Default: `remote`. */
  readonly calledAs?: Address | undefined;
  /** This end's own address, if the channel is a single connection. */
  readonly local?: Address;
  /** The open socket of the connection, for asking the operating system about the other end. See `ConnectionInfo`. */
  readonly handle?: (() => SocketHandle | undefined) | undefined;
  /** The protection by TLS of the open connection; undefined without TLS, or without a connection. */
  readonly security?: Security | undefined;
  /**
   * Makes one call and resolves with its result. A call that fails rejects; other calls on the channel are not affected,
   * unless the connection was lost: then every call in flight fails with RpcDisconnected, and calls to come reconnect if the
   * channel can.
   * @throws RpcError, or one of its subclasses.
   */
  call(request: ChannelCall): Promise<unknown>;
  /**
   * Waits for the calls in flight, then closes. Calls that are made afterwards fail with RpcDisconnected. Resolves when
   * closed; never rejects.
   */
  close(): Promise<void>;
  /** Closes at once. Calls in flight fail with RpcDisconnected, with `reason` as the cause, and so do calls to come. */
  destroy(reason?: Error): void;
}

/** One call, as a Channel receives it. */
export interface ChannelCall {
  /** The program version to call. */
  readonly program: Program;
  /** The procedure to call. */
  readonly procedure: Procedure;
  /** The arguments, one array element for each. */
  readonly args: readonly unknown[];
  /** The options of the call. */
  readonly options: CallOptions;
  /** Milliseconds of the timeout that are used up already, for example by connecting. Default 0. */
  readonly spent?: number;
}

/**
 * The client's side of an authentication flavour. One object may serve many calls and connections at once. An error that one
 * of its methods throws fails the call it was made for, and no other.
 */
export interface ClientAuth {
  /** The flavour's number (RFC 5531 section 8.2), see `AuthFlavor`. */
  readonly flavor: number;
  /**
   * Credential and verifier as they are sent, if they are the same for every call and the arguments are sent unchanged. Each
   * call then copies these words and `seal` is never called; `open` is called only if the reply has a verifier other than an
   * empty AUTH_NONE. May change between calls.
   */
  readonly fixed?: Int32Array | undefined;
  /**
   * False: only results are authenticated. An attacker on the network path can forge any other reply (RFC 2203 section 5.3.3).
   * Such an answer fails the call with `mayHaveRun: true`, and a call that is sent again after `refresh` keeps its xid. Default true.
   */
  readonly provesRefusals?: boolean;
  /**
   * True: if a connection with this credential has no TLS, calls that the server makes back over it are denied if they use AUTH_NONE or AUTH_SYS,
   * which prove nothing. Procedure 0 is still answered. Default false.
   */
  readonly protectsCallbacks?: boolean;
  /** Returns an object that holds the state of one connection, such as a security context. Called once for each connection. */
  forConnection?(): ClientAuth;
  /**
   * Called before the first call on a connection, and after `refresh` has returned true, for example to establish a
   * context. Calls wait until it has resolved, and their deadlines apply meanwhile. If it rejects, the calls that wait
   * fail with that error and were not sent, and the next call prepares again.
   * @param channel makes calls over this connection, such as INIT of RPCSEC_GSS (RFC 2203 section 5.2.2). They need
   * `options.auth`: a call with this credential would wait for itself.
   * @param program the program version of the first call that waits.
   * @param isNeeded returns false once all the calls that waited have ended, by their deadlines for example.
   */
  prepare?(channel: Channel, program: Program, isNeeded?: () => boolean): Promise<void>;
  /** The most calls that may be in flight by this credential; others wait. Default: there is no limit. */
  readonly window?: number | undefined;
  /**
   * The text that is added to the error of a call whose deadline passes while `prepare` is pending, such as `": it waits for a key"`. Default: "".
   */
  readonly waitsFor?: string | undefined;
  /**
   * Writes credential, verifier and arguments for one transmission. `out` holds the call header from xid to procedure at
   * `[start, out.offset)`, which RPCSEC_GSS signs. Called again for each retransmission. If it throws, the call fails with
   * RPC_CANT_ENCODE_ARGS and nothing is sent.
   * @returns what `open` needs to check the reply to this transmission, such as a sequence number.
   */
  seal(out: XdrWriter, start: number, writeArguments: BodyWriter): unknown;
  /**
   * Checks the verifier of an accepted reply and returns the reader to decode the results from: the same reader, or one over
   * unwrapped bytes. `sealed` holds what `seal` returned for each transmission of this call, oldest first.
   * @throws RpcRejected if the verifier is wrong. The call fails with it; the connection stays open.
   */
  open(verifier: OpaqueAuth, from: XdrReader, sealed: readonly unknown[]): XdrReader;
  /**
   * Called when the server denied a call with this status. Returns true if the credential was renewed: the call is then sent
   * once more, with a new xid unless `provesRefusals` is false. False, or an error, fails the call with RpcRejected.
   * @param since how many messages were sent on the connection after this call.
   */
  refresh?(why: AuthStat, since: number): Promise<boolean>;
  /**
   * Called after the last call, before a connection on which `prepare` was called closes normally, for example to destroy a context on the server.
   * The connection stays open until the promise is settled, for at most 1,000 ms. An error is ignored. Not called if the connection was lost or
   * destroyed, because nothing can be sent then.
   * @param channel as in `prepare`.
   */
  destroy?(channel: Channel): Promise<void>;
}
