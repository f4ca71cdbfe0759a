// Derives the types of a program's client and implementation from its descriptor.
import type { CallOptions, IncomingCall } from "./call.js";
import type { Procedure, Procedures } from "./program.js";

/**
 * The methods of a client: one async method for each procedure, which takes the procedure's arguments and then CallOptions.
 */
export type Client<P extends Procedures> = {
  readonly [M in keyof P]: P[M] extends Procedure<infer _Args, infer Result, infer Sent, infer _Returned>
    ? (...args: [...Sent, options?: CallOptions]) => Promise<Result>
    : never;
};

/**
 * The functions that implement a program: one for each procedure, plain or async. Each takes the procedure's arguments and
 * then the IncomingCall (identity, remote address, signal, peer).
 */
export type Implementation<P extends Procedures> = {
  readonly [M in keyof P]: P[M] extends Procedure<infer Args, infer _Result, infer _Sent, infer Returned>
    ? (...args: [...Args, call: IncomingCall]) => Returned | Promise<Returned>
    : never;
};
