// Derives the types of a program's client and implementation from its descriptor.
import type { CallOptions, IncomingCall, StreamOptions, VoidCallOptions } from "./call.js";
import type { Procedure, Procedures, StreamProcedure } from "./program.js";

/**
 * The methods of a client: one async method for each procedure, which takes the procedure's arguments and then CallOptions. Procedures marked
 * `@stream` have methods that return an async generator of the results and take StreamOptions. The server begins when the caller requests the first
 * result.
 */
export type Client<P extends Procedures> = {
  readonly [M in keyof P]: P[M] extends StreamProcedure<infer _Args, infer Result, infer Sent, infer _Returned>
    ? (...args: [...Sent, options?: StreamOptions]) => AsyncGenerator<Result, void, undefined>
    : P[M] extends Procedure<infer _Args, infer Result, infer Sent, infer _Returned>
      ? (...args: [...Sent, options?: OptionsFor<Result>]) => Promise<Result>
      : never;
};

/** The options of a call, by its result: a one-way call has none. */
export type OptionsFor<Result> = [undefined] extends [Result] ? VoidCallOptions : CallOptions;

/**
 * The functions that implement a program: one for each procedure, plain or async; async generators for procedures marked `@stream`. Each takes the
 * procedure's arguments and then the IncomingCall (identity, remote address, signal, peer).
 */
export type Implementation<P extends Procedures> = {
  readonly [M in keyof P]: P[M] extends StreamProcedure<infer Args, infer _Result, infer _Sent, infer Returned>
    ? (...args: [...Args, call: IncomingCall]) => AsyncIterable<Returned> | Promise<AsyncIterable<Returned>>
    : P[M] extends Procedure<infer Args, infer _Result, infer _Sent, infer Returned>
      ? (...args: [...Args, call: IncomingCall]) => Returned | Promise<Returned>
      : never;
};
