// What an interface is, as data: programs, versions, procedures. No I/O.
import type { XdrType } from "../xdr/type.js";

/**
 * One procedure of one version of a program. `Args` is the tuple of its arguments (empty for void). `Sent` and `Returned`
 * are what callers may pass and servers may return, where that is more than what the other side receives.
 */
export interface Procedure<
  Args extends readonly unknown[] = readonly unknown[],
  Result = unknown,
  Sent extends readonly unknown[] = Args,
  Returned = Result,
> {
  /** As in the interface file: `NFSPROC3_GETATTR`. */
  readonly name: string;
  readonly number: number;
  readonly args: XdrType<Args, Sent>;
  readonly result: XdrType<Result, Returned>;
  /** The server sends no reply, and the caller waits for none. */
  readonly oneWay?: boolean;
}

/** Procedures by their TypeScript method name. */
// biome-ignore lint/suspicious/noExplicitAny: a procedure is contravariant in its arguments; only `any` accepts them all.
export type Procedures = { readonly [method: string]: Procedure<any, any, any, any> };

/** One version of one program: what a client is made for and a server implements. */
export interface Program<P extends Procedures = Procedures> {
  /** As in the interface file: `ADD_PROG`. */
  readonly name: string;
  /** Program number, 0 to 2^32 - 1 (RFC 5531 section 8.1). */
  readonly number: number;
  readonly versionName: string;
  readonly version: number;
  readonly procedures: P;
}

/** All versions of one program. */
export interface ProgramGroup {
  readonly name: string;
  readonly number: number;
  /** By version number, ascending. */
  readonly versions: readonly Program[];
}
