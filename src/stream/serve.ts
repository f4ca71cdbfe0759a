// The server's side of streams: procedures that are async generators, of which a client fetches the items.
import { checkOptions } from "../base/check-options.js";
import type { IncomingCall } from "../rpc/call.js";
import type { Procedure, Procedures, Program } from "../rpc/program.js";
import type { Implementation } from "../rpc/stubs.js";
import type { Server } from "../server/server.js";
import { carryStreams, type StreamServerOptions } from "./carry.js";
import { type Returning, returning } from "./returning.js";

/**
 * The functions that implement a program: async generators, which give items one after the other, or ordinary functions. Each takes the
 * procedure's arguments and then the IncomingCall, whose `signal` is aborted when the stream ends early.
 */
export type StreamImplementation<P extends Procedures> = {
  readonly [M in keyof P]: P[M] extends Procedure<infer Args, infer _Result, infer _Sent, infer Returned>
    ? (...args: [...Args, call: IncomingCall]) => Returned | Promise<Returned> | AsyncIterable<Returned>
    : never;
};

/**
 * Implements a program of which procedures give many results: their functions are async generators. Clients made by
 * `createStreamClient` get all items, as fast as they read them: the generator waits otherwise. When a client stops reading or is
 * disconnected, the generator is finished: its `finally` blocks run. An ordinary call of such a procedure, from any client, gets the first item.
 * @throws TypeError as `server.implement`, and for a wrong option.
 * @example
 * await using server = new Server();
 * serveStreams(server, ADD_VERS, {
 *   async *add({ a, b }) {
 *     for (let sum = a; sum <= b; sum++) yield sum;
 *   },
 * });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using client = createStreamClient(ADD_VERS, address);
 * const sums: number[] = [];
 * for await (const sum of client.add({ a: 1, b: 3 })) sums.push(sum);
 * console.log(sums.join(" ")); // 1 2 3
 */
export function serveStreams<P extends Procedures>(
  server: Server,
  program: Program<P>,
  implementation: StreamImplementation<P>,
  options: StreamServerOptions = {},
): void {
  checkOptions({ streamsPerConnection: "size", streams: "size" }, options);
  const methods = Object.keys(program.procedures).flatMap((name) => {
    const method = (implementation as Record<string, unknown>)[name];
    return typeof method === "function" ? [[name, returning(method as Returning, implementation)] as const] : [];
  });
  carryStreams(server, options);
  server.implement(program, Object.fromEntries(methods) as unknown as Implementation<P>);
}
