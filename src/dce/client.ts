// Typed clients: one async method for each operation. The association is made by the first call, and again after it was lost.
import type { Duplex } from "node:stream";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { systemClock } from "../base/clock.js";
import { waitFor } from "../base/wait.js";
import type { Directory } from "../directory/index.js";
import { type CallPlace, RpcCancelled, RpcCodecError, RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import { AssociationLost, ClientAssociation, type DceReply } from "./client-association.js";
import { DceFault, DceRejected } from "./errors.js";
import type { DceInterface, DceOperation, DceOperations } from "./interface.js";
import { type ByteOrder, defaultMaxStub } from "./ndr/codec.js";
import { plainHandles } from "./ndr/context-handle.js";
import { argumentCount, decodeResult, encodeArguments, namedArguments } from "./stub-data.js";

/** Options of one call: the last argument of each method of a client. */
export interface DceCallOptions {
  /** Milliseconds until the call fails with RpcTimeout; Infinity for no limit. Default: the client's `timeout`. */
  readonly timeout?: number;
  /** Aborting it fails the call with RpcCancelled at once, and the server is notified. Default: none. */
  readonly signal?: AbortSignal;
}

/** Options of `createDceClient`. */
export interface DceClientOptions {
  /** Milliseconds until a call fails with RpcTimeout; Infinity for no limit. Default 30,000. */
  readonly timeout?: number;
  /** The byte order in which the client sends. It receives both. Default "little". */
  readonly byteOrder?: ByteOrder;
  /** The most bytes of the arguments or of the results of a call. Default 64 MiB. */
  readonly maxStub?: number;
  /** The port of endpoint mappers, which are asked if the target has no port. Default 135 (`endpointMapperPort`). */
  readonly endpointMapper?: number;
  /** The directory of a `dir:` target. Default: the one in the target, else the default of `openDirectory`. */
  readonly directory?: Directory | string | undefined;
}

const callOptions: OptionTable<DceCallOptions> = { timeout: "time", signal: "signal" };

/** The methods of a client. */
export type DceClient<O extends DceOperations> = {
  readonly [M in keyof O]: O[M] extends DceOperation<infer Args, infer Result>
    ? (...args: [...Args, options?: DceCallOptions]) => Promise<Result>
    : never;
} & AsyncDisposable;

/** How a client reaches its server. */
export interface Reach {
  /** For messages. */
  readonly peer: string;
  /** Makes a connection. Its errors become RpcDisconnected, except for RpcErrors. */
  connect(): Duplex | Promise<Duplex>;
}

/** See `createDceClient`. Expects valid options. */
export function makeClient<O extends DceOperations>(
  program: DceInterface<O>,
  reach: Reach,
  options: DceClientOptions,
): DceClient<O> {
  const caller = new Caller(program, reach, options);
  const client = Object.create(null) as Record<PropertyKey, unknown>;
  for (const [method, operation] of Object.entries(program.operations)) {
    const count = argumentCount(operation);
    client[method] = async (...args: unknown[]): Promise<unknown> => {
      const given = (args[count] ?? {}) as DceCallOptions;
      checkOptions(callOptions, given);
      return await caller.call(operation, args.slice(0, count), given);
    };
  }
  client[Symbol.asyncDispose] = async (): Promise<void> => caller.close();
  return Object.freeze(client) as DceClient<O>;
}

class Caller {
  #making: Promise<ClientAssociation> | undefined;
  #open: ClientAssociation | undefined;
  #isClosed = false;
  readonly #program: DceInterface;
  readonly #reach: Reach;
  readonly #options: DceClientOptions;

  constructor(program: DceInterface, reach: Reach, options: DceClientOptions) {
    this.#program = program;
    this.#reach = reach;
    this.#options = options;
  }

  async call(operation: DceOperation, args: readonly unknown[], given: DceCallOptions): Promise<unknown> {
    const timeout = given.timeout ?? this.#options.timeout ?? 30_000;
    const start = systemClock.now();
    const attempt = () => this.#attempt(operation, args, given.signal, timeout - (systemClock.now() - start));
    try {
      return await attempt();
    } catch (error) {
      const isLost = error instanceof RpcDisconnected;
      if (!isLost || operation.semantics !== "at-least-once" || this.#isClosed) throw error;
      return await attempt().catch((second: unknown) => {
        // Whatever the second attempt has met, the first one may have run.
        throw second instanceof RpcError && error.mayHaveRun ? Object.assign(second, { mayHaveRun: true }) : second;
      });
    }
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const association = await this.#making?.catch(() => undefined);
    association?.close();
  }

  async #attempt(
    operation: DceOperation,
    args: readonly unknown[],
    signal: AbortSignal | undefined,
    timeout: number,
  ): Promise<unknown> {
    const place = this.#place(operation);
    const named = namedArguments(operation, args);
    const options = { limit: this.#options.maxStub ?? defaultMaxStub, handles: plainHandles };
    const stub = coding("RPC_CANT_ENCODE_ARGS", place, () =>
      encodeArguments(operation, named, { ...options, little: this.#options.byteOrder !== "big" }),
    );
    let wasSent = false;
    const ended = new AbortController();
    const work = this.#send(operation, stub, ended.signal, () => {
      wasSent = true;
    });
    try {
      const reply = await waitFor(work, {
        timeout: Math.max(0, timeout),
        signal,
        onTimeout: () => new RpcTimeout("no reply in time", { place, mayHaveRun: wasSent }),
        onAbort: (cause) => new RpcCancelled("the call was cancelled", { place, cause, mayHaveRun: wasSent }),
      });
      if (operation.semantics === "maybe") return undefined;
      return coding("RPC_CANT_DECODE_RESULT", place, () =>
        decodeResult(operation, named, reply.stub, { ...options, little: reply.little }),
      );
    } catch (error) {
      work.catch(() => undefined);
      ended.abort();
      throw this.#explained(error, place, wasSent);
    }
  }

  async #send(operation: DceOperation, stub: Uint8Array, signal: AbortSignal, onSent: () => void): Promise<DceReply> {
    const association = await this.#associate();
    const context = await association.context(this.#program);
    const maybe = operation.semantics === "maybe";
    const reply = await association.call({ context, operation: operation.number, stub, maybe }, signal, onSent);
    if (reply === undefined) throw new AssociationLost("nobody waits any more");
    return reply;
  }

  /** The open association, or the one that is being made: calls at the same time share it. */
  #associate(): Promise<ClientAssociation> {
    if (this.#isClosed) return Promise.reject(new AssociationLost("the client is closed"));
    if (this.#making !== undefined && this.#open?.isClosed !== true) return this.#making;
    this.#open = undefined;
    const making = this.#connected();
    this.#making = making;
    making.catch(() => {
      if (this.#making === making) this.#making = undefined;
    });
    return making;
  }

  async #connected(): Promise<ClientAssociation> {
    const { byteOrder, maxStub = defaultMaxStub } = this.#options;
    this.#open = new ClientAssociation(await this.#reach.connect(), { little: byteOrder !== "big", limit: maxStub });
    return this.#open;
  }

  #place({ name: procedure }: DceOperation): CallPlace {
    const { name: program, version } = this.#program;
    return { program, version, procedure, peer: this.#reach.peer };
  }

  #explained(error: unknown, place: CallPlace, mayHaveRun: boolean): unknown {
    if (error instanceof DceFault) return new DceFault(error.status, { place, mayHaveRun: error.mayHaveRun });
    if (error instanceof DceRejected) return new DceRejected(error.message, { place });
    if (error instanceof RpcError) return error;
    const message = error instanceof Error ? error.message : String(error);
    return new RpcDisconnected(message, { place, mayHaveRun, cause: error });
  }
}

function coding<T>(code: "RPC_CANT_ENCODE_ARGS" | "RPC_CANT_DECODE_RESULT", place: CallPlace, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const what = code === "RPC_CANT_ENCODE_ARGS" ? "the arguments cannot be encoded" : "the result cannot be decoded";
    const mayHaveRun = code !== "RPC_CANT_ENCODE_ARGS";
    throw new RpcCodecError(code, `${what}: ${(cause as Error).message}`, { place, mayHaveRun, cause });
  }
}
