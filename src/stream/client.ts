// Clients whose methods return async iterables: the items of a stream, fetched as fast as they are read.
import { authNone } from "../auth/none.js";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { randomBytes } from "../base/random.js";
import { type ClientOptions, channelOf, closeClient, type Target } from "../client/index.js";
import { createClient } from "../create-client.js";
import { placeOf } from "../peer/failures.js";
import { type PlainCall, readOutcome, refuseUnprepared, writePlainCall } from "../peer/plain-call.js";
import { defaultDecodedBytes } from "../peer/reply.js";
import type { CallOptions } from "../rpc/call.js";
import { RpcCancelled, RpcError, RpcRefused } from "../rpc/errors.js";
import { emptyReplyMessage } from "../rpc/header.js";
import type { Procedure, Procedures, Program } from "../rpc/program.js";
import type { Client } from "../rpc/stubs.js";
import type { Server } from "../server/server.js";
import { defaultLimits } from "../xdr/limits.js";
import { XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";
import { STREAM_VERS, type STREAM_VERS_Procedures, stream_state as State, type stream_items } from "./stream.gen.js";

/** Options of `createStreamClient`: those of `createClient` that apply. */
export interface StreamClientOptions extends Omit<ClientOptions, "semantics" | "session" | "interceptors" | "encode"> {}

/** Options of one stream: the last argument of each method. */
export interface StreamOptions extends Pick<CallOptions, "signal" | "auth"> {
  /** The most items that are here or on their way and have not been read. Default 128. */
  readonly window?: number;
}

/** Methods that return the items of a stream. The stream begins with the first item that is asked for. */
export type StreamClient<P extends Procedures> = {
  readonly [M in keyof P]: P[M] extends Procedure<infer _Args, infer Result, infer Sent, infer _Returned>
    ? (...args: [...Sent, options?: StreamOptions]) => AsyncGenerator<Result, void, undefined>
    : never;
} & AsyncDisposable;

const streamOptions: OptionTable<StreamOptions> = { signal: "signal", auth: "credential", window: "size" };
const without = ["semantics", "session", "interceptors", "encode"] as const;
const defaultWindow = 128;

/** Milliseconds until a client that waits for an item asks again. */
const nextTimeout = 2 ** 31 - 1;

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
  const service = createClient(STREAM_VERS, target as Target, options);
  const closing = new AbortController();
  const client = Object.create(null) as Record<PropertyKey, unknown>;
  for (const [name, procedure] of Object.entries(program.procedures)) {
    const value = (...given: unknown[]): AsyncGenerator<unknown, void, undefined> => {
      const { shape } = procedure.args;
      const count = shape.kind === "tuple" ? shape.elements.length : shape.kind === "void" ? 0 : 1;
      const own = (given[count] ?? {}) as StreamOptions;
      checkOptions(streamOptions, own);
      return items(
        { service, options, closing: closing.signal },
        { program, procedure, args: given.slice(0, count), options: own },
      );
    };
    Object.defineProperty(client, name === "then" ? "then_" : name, { value, enumerable: true });
  }
  Object.defineProperties(client, {
    [Symbol.asyncDispose]: { value: () => close(service, closing) },
    [Symbol.toStringTag]: { value: `Stream client of ${program.name} version ${program.version}` },
  });
  return Object.freeze(client) as StreamClient<P>;
}

interface Request {
  readonly program: Program;
  readonly procedure: Procedure;
  readonly args: readonly unknown[];
  readonly options: StreamOptions;
}

/** The client of a stream. */
interface Streaming {
  readonly service: Client<STREAM_VERS_Procedures>;
  readonly options: StreamClientOptions;
  /** Aborted when the client is closed. */
  readonly closing: AbortSignal;
}

async function close(service: object, closing: AbortController): Promise<void> {
  closing.abort(new Error("the client was closed"));
  await closeClient(service);
}

/** The items of one stream. */
async function* items(
  { service, options: client, closing }: Streaming,
  request: Request,
): AsyncGenerator<unknown, void, undefined> {
  const { window = defaultWindow } = request.options;
  const signal = AbortSignal.any([closing, ...(request.options.signal === undefined ? [] : [request.options.signal])]);
  const auth = request.options.auth ?? client.auth ?? authNone();
  if (auth.fixed === undefined) refuseUnprepared(auth);
  const id = randomBytes(16) as Uint8Array<ArrayBuffer>;
  const { remote } = channelOf(service);
  const call: PlainCall = { request, auth, sealed: [], xid: 0, transmissions: 0, remote, reliable: true };
  const place = placeOf(request, remote, undefined);
  const cancelled = (): RpcError =>
    new RpcCancelled("the stream was cancelled", { place, mayHaveRun: true, cause: signal.reason });
  if (signal.aborted) throw cancelled();
  const out = new XdrWriter();
  writePlainCall(out, call);
  const message = out.toBytes() as Uint8Array<ArrayBuffer>;
  const others = { semantics: "at-most-once", signal } as const;
  // Answered when the stream has ended, or was refused.
  const opened = service.open(
    { id, hold: true, message },
    { ...others, timeout: Number.POSITIVE_INFINITY, background: true },
  );
  const refused = opened.then((answer) => {
    if (answer.state === State.STREAM_FAILED) throw refusalOf(call, answer.reply);
    if (answer.state === State.STREAM_REFUSED) throw tooMany(place);
    return undefined;
  });
  refused.catch(() => undefined);
  const fetch = (credits: number): Promise<stream_items> => {
    const batch = service.next({ id, credits }, { ...others, timeout: nextTimeout });
    batch.catch(() => undefined);
    return batch;
  };
  let isOver = false;
  try {
    let pending: Promise<stream_items> | undefined = fetch(window);
    while (pending !== undefined) {
      const batch: stream_items = await pending;
      pending = undefined;
      isOver = batch.state !== State.STREAM_MORE;
      const left = batch.items.length;
      // Half of the window is fetched while the other half is read.
      const threshold = Math.floor(left / 2);
      for (const [index, item] of batch.items.entries()) {
        if (!isOver && pending === undefined && index >= threshold)
          pending = fetch(Math.max(1, window - (left - index)));
        yield decoded(request.procedure, item, client);
        if (signal.aborted) throw cancelled();
      }
      if (batch.state === State.STREAM_FAILED) throw failed(place);
      if (batch.state === State.STREAM_UNKNOWN) {
        await refused;
        throw new RpcError("RPC_DISCONNECTED", "the server has ended the stream", { place, mayHaveRun: true });
      }
      if (!isOver) pending ??= fetch(window);
    }
  } catch (error) {
    // Why the stream was not opened is more useful to report than that the server does not know it.
    if (error instanceof RpcRefused && error.code === "RPC_PROG_UNAVAIL" && error.place?.program === STREAM_VERS.name)
      throw noStreams(error);
    if (signal.aborted) throw cancelled();
    throw error;
  } finally {
    if (!isOver)
      service.end(id, { semantics: "at-least-once", timeout: 5_000, background: true }).catch(() => undefined);
  }
}

function decoded(procedure: Procedure, item: Uint8Array, { limits }: StreamClientOptions): unknown {
  const from = new XdrReader(item, limits === undefined ? {} : { limits: { ...defaultLimits, ...limitsOf(limits) } });
  const value = procedure.result.decode(from);
  from.finish();
  return value;
}

function limitsOf(limits: NonNullable<StreamClientOptions["limits"]>): Record<string, number> {
  const { depth, bytes, elements } = limits;
  return {
    ...(depth !== undefined && { depth }),
    ...(bytes !== undefined && { bytes }),
    ...(elements !== undefined && { elements }),
  };
}

type Place = ReturnType<typeof placeOf>;

/** The error of the REPLY message with which the procedure was refused. */
function refusalOf(call: PlainCall, reply: Uint8Array): unknown {
  const reading = { decodedBytes: defaultDecodedBytes, onLeftOver: undefined };
  const outcome = readOutcome({ ...call, transmissions: 1 }, new XdrReader(reply), emptyReplyMessage(), reading);
  return "error" in outcome ? outcome.error : failed(placeOf(call.request, call.remote, undefined));
}

const failed = (place: Place): RpcError =>
  new RpcRefused("RPC_SYSTEM_ERR", "the procedure failed on the server, after the items that were received", {
    place,
    mayHaveRun: true,
  });

const tooMany = (place: Place): RpcError =>
  new RpcError("RPC_STREAM_REFUSED", "the server has too many open streams (options of serveStreams)", {
    place,
    mayHaveRun: false,
  });

function noStreams(error: RpcRefused): RpcError {
  const message = "the server has no streams: implement the program with serveStreams of lupine/stream there";
  return new RpcRefused("RPC_PROG_UNAVAIL", message, {
    ...(error.place && { place: error.place }),
    mayHaveRun: false,
    cause: error,
  });
}
