// Clients whose methods return async iterables: the items of a stream, fetched as fast as they are read.
import { type ClientOptions, closeClient, type Target } from "../client/index.js";
import { traitsOf } from "../client/target-traits.js";
import { createClient } from "../create-client.js";
import type { StreamOptions } from "../rpc/call.js";
import type { Procedure, Procedures, Program } from "../rpc/program.js";
import type { Server } from "../server/server.js";
import { itemsOfCall } from "./items.js";
import { requestOf, severalServers } from "./request.js";
import { STREAM_VERS } from "./stream.gen.js";

/** Options of `createStreamClient`: those of `createClient` that apply. */
export interface StreamClientOptions extends Omit<ClientOptions, "semantics" | "session" | "interceptors" | "encode"> {}

/** Methods that return the items of a stream. The server begins the stream when the caller requests the first item. */
export type StreamClient<P extends Procedures> = {
  readonly [M in keyof P]: P[M] extends Procedure<infer _Args, infer Result, infer Sent, infer _Returned>
    ? (...args: [...Sent, options?: StreamOptions]) => AsyncGenerator<Result, void, undefined>
    : never;
} & AsyncDisposable;

const without = ["semantics", "session", "interceptors", "encode"] as const;

/**
 * Makes a client whose methods return streams: `for await (const item of client.list(path))`. The server has implemented the program with
 * `serveStreams`. Leaving the loop, an error in it, or `options.signal` ends the stream, and the generator on the server. At most `window` items
 * wait to be read. Targets are those of `createClient` that are one server, over TCP or a Unix socket.
 * @throws TypeError for an option that is unknown, invalid, or does not apply; TransportError TRANSPORT_BAD_ADDRESS.
 * @example
 * await using server = new Server();
 * serveStreams(server, ADD_VERS, {
 *   async *add({ a }) {
 *     for (let number = a; ; number++) yield number;
 *   },
 * });
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using client = createStreamClient(ADD_VERS, address);
 * for await (const number of client.add({ a: 5, b: 0 })) {
 *   console.log(number); // 5
 *   break; // finishes the generator
 * }
 */
export function createStreamClient<P extends Procedures>(
  program: Program<P>,
  target: Target | Server,
  options: StreamClientOptions = {},
): StreamClient<P> {
  for (const option of without) {
    if ((options as Record<string, unknown>)[option] !== undefined)
      throw new TypeError(`options.${option} does not apply to streams`);
  }
  const traits = traitsOf(target as Target, options);
  if (/^(dir:|list)/.test(traits.kinds[0] as string)) throw severalServers(traits.name);
  const service = createClient(STREAM_VERS, target as Target, options);
  const closing = new AbortController();
  const client = Object.create(null) as Record<PropertyKey, unknown>;
  for (const [name, procedure] of Object.entries(program.procedures)) {
    const value = (...given: unknown[]): AsyncGenerator<unknown, void, undefined> =>
      itemsOfCall({ service, options, closing: closing.signal }, requestOf(program, procedure, given));
    Object.defineProperty(client, name === "then" ? "then_" : name, { value, enumerable: true });
  }
  Object.defineProperties(client, {
    [Symbol.asyncDispose]: { value: () => close(service, closing) },
    [Symbol.toStringTag]: { value: `Stream client of ${program.name} version ${program.version}` },
  });
  return Object.freeze(client) as StreamClient<P>;
}

async function close(service: object, closing: AbortController): Promise<void> {
  closing.abort();
  await closeClient(service);
}
