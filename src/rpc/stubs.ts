// From a program's descriptor to the types of its client and of its implementation.
import type { CallOptions, IncomingCall } from "./call.js";
import type { Procedure, Procedures } from "./program.js";

/** One async method per procedure: the arguments, then options. */
export type Client<P extends Procedures> = {
  readonly [M in keyof P]: P[M] extends Procedure<infer _Args, infer Result, infer Sent, infer _Returned>
    ? (...args: [...Sent, options?: CallOptions]) => Promise<Result>
    : never;
};

/** One function per procedure, plain or async: the arguments, then the call (identity, remote, signal, peer). */
export type Implementation<P extends Procedures> = {
  readonly [M in keyof P]: P[M] extends Procedure<infer Args, infer _Result, infer _Sent, infer Returned>
    ? (...args: [...Args, call: IncomingCall]) => Returned | Promise<Returned>
    : never;
};
