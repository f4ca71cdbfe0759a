// Interfaces as data: programs, versions, procedures. No I/O.
import type { Shape } from "../xdr/shape.js";
import type { XdrType } from "../xdr/type.js";

/**
 * How often a call may run, and so what the client does when no reply comes:
 * - "maybe": the request is sent once and never again, not even over UDP;
 * - "at-least-once": the procedure may run several times without harm. The request is sent again, over a new connection or to another
 *   server, until a reply comes, within the call's deadline;
 * - "at-most-once" (default): the request is sent again only if it certainly did not run. Over UDP it is repeated under the same
 *   transaction id, which a server with a reply cache recognises (Lupine's have one for datagrams); one without may run it again;
 * - "exactly-once": the procedure runs once for each call that has a result. The call is sent again until there is one, within its
 *   deadline, in a session that the server remembers: it needs `serveSessions` of lupine/session, and one server.
 */
export type Semantics = "maybe" | "at-least-once" | "at-most-once" | "exactly-once";

/**
 * One procedure of a program version. `Args` is the tuple of its arguments (empty for void). `Sent` and `Returned` are the
 * types that callers may pass and servers may return, which can be wider than what the other side receives.
 */
export interface Procedure<
  Args extends readonly unknown[] = readonly unknown[],
  Result = unknown,
  Sent extends readonly unknown[] = Args,
  Returned = Result,
> {
  /** The name in the interface file, such as `NFSPROC3_GETATTR`. */
  readonly name: string;
  /** The procedure's number, 0 to 2^32 - 1. */
  readonly number: number;
  /** The codec of the arguments. */
  readonly args: XdrType<Args, Sent>;
  /** The codec of the result. */
  readonly result: XdrType<Result, Returned>;
  /** True: the server sends no reply, and the call resolves as soon as the message was passed to the transport. Default false. */
  readonly oneWay?: boolean;
  /**
   * For `@inout` (copy/restore): copies parts of the result into the caller's arguments, before the call resolves. Called only after the reply was
   * decoded completely. `shape` is the shape of the arguments. Returns the result. If the result does not fit the arguments, it throws and changes
   * nothing, and the call rejects with that error.
   */
  readonly restore?: (args: readonly unknown[], result: unknown, shape: Shape) => unknown;
  /** How often a call may run. Default "at-most-once". Clients may choose another: see `ClientOptions.semantics`. */
  readonly semantics?: Semantics;
  /** For `@stream`: the procedure returns a stream of results. Default: one result. */
  readonly stream?: Streaming;
}

/** A procedure with many results. A client's method returns them as an async iterable; on the server it is an async generator. */
export interface StreamProcedure<
  Args extends readonly unknown[] = readonly unknown[],
  Result = unknown,
  Sent extends readonly unknown[] = Args,
  Returned = Result,
> extends Procedure<Args, Result, Sent, Returned> {
  /** Carries the results. */
  readonly stream: Streaming;
}

/** Carries the results of procedures with many: `streaming` of lupine/stream. Descriptors hold it, so that other programs do not load it. */
export interface Streaming {
  /** Makes the method of a client; `over` has the client and its options. */
  method(
    program: Program,
    procedure: Procedure,
    over: object,
  ): (...args: unknown[]) => AsyncGenerator<unknown, void, undefined>;
  /** Makes a server answer the calls that carry results. Called before a program with such a procedure is implemented. */
  serve(server: object): void;
  /** The function for ordinary calls of a procedure: answers with the first result. */
  first(run: (...args: never[]) => unknown, implementation: object): (...args: unknown[]) => unknown;
}

/** Procedures by their TypeScript method name. */
export type Procedures = {
  /** A procedure by its method name. */
  // biome-ignore lint/suspicious/noExplicitAny: a procedure is contravariant in its arguments; only `any` accepts them all.
  readonly [method: string]: Procedure<any, any, any, any>;
};

/**
 * One version of a program: the argument of `createClient` and `server.implement`. `lupine gen` makes it from an interface
 * file.
 */
export interface Program<P extends Procedures = Procedures> {
  /** The program's name in the interface file, such as `ADD_PROG`. */
  readonly name: string;
  /** Program number, 0 to 2^32 - 1 (RFC 5531 section 8.1). */
  readonly number: number;
  /** The version's name in the interface file, such as `ADD_VERS`. */
  readonly versionName: string;
  /** The version number, 0 to 2^32 - 1. */
  readonly version: number;
  /** The procedures by method name. */
  readonly procedures: P;
}

/** All versions of one program. */
export interface ProgramGroup {
  readonly name: string;
  readonly number: number;
  /** The versions in ascending order of their numbers. */
  readonly versions: readonly Program[];
}
