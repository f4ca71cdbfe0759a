// Typed clients: one async method for each operation, over a channel.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Clock } from "../base/clock.js";
import { channelKey, closeClient, ownedKey } from "../client/handle.js";
import { type StubOptions, sender } from "../client/stubs.js";
import type { DirectoryOptions } from "../directory/client-options.js";
import type { CallOptions, Channel, Interceptor } from "../rpc/call.js";
import type { DceClientAuth } from "./auth.js";
import type { DceInterface, DceOperation, DceOperations } from "./interface.js";
import type { ByteOrder } from "./ndr/codec.js";
import { programOf } from "./program.js";
import { argumentCount } from "./stub-data.js";

/** Options of one call: the last argument of each method of a client. */
export interface DceCallOptions extends Pick<CallOptions, "values"> {
  /** Milliseconds until the call fails with RpcTimeout; Infinity for no limit. Default: the client's `timeout`. */
  readonly timeout?: number;
  /**
   * Aborting it fails the call with RpcCancelled at once. The server is notified that the call was abandoned (an orphaned PDU), and aborts the
   * `call.signal` of the operation. Default: none.
   */
  readonly signal?: AbortSignal;
  /**
   * Aborting it sends a cancel PDU, and the server aborts the `call.signal` of the operation. The call then ends with the server's answer: usually
   * the fault `cancelled`, or a result. Default: none.
   */
  readonly cancel?: AbortSignal;
}

/** Options of `createDceClient`. An option that does not apply to the target is a TypeError. */
export interface DceClientOptions extends DirectoryOptions {
  /** Milliseconds until a call fails with RpcTimeout; Infinity for no limit. Default 30,000. */
  readonly timeout?: number;
  /** The byte order in which the client sends. It receives both. Default "little". */
  readonly byteOrder?: ByteOrder;
  /** The most bytes of the arguments or of the results of a call. Default 64 MiB. */
  readonly maxStub?: number;
  /** The port of endpoint mappers, which are asked if the target has no port. Default 135 (`endpointMapperPort`). */
  readonly endpointMapper?: number;
  /**
   * Functions that run around every call, the first one outermost: the same as those of ONC RPC. `call.program` is the
   * interface. Default: none.
   */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** How the client proves who it is, and how its calls are protected. Default: not at all. */
  readonly auth?: DceClientAuth | undefined;
  /** The source of time. Default: the machine's; `FakeClock` of `lupine/testing` is one for tests. */
  readonly clock?: Clock | undefined;
}

const callOptions: OptionTable<DceCallOptions> = {
  timeout: "time",
  signal: "signal",
  cancel: "signal",
  values: "object",
};

/** The methods of a client. */
export type DceClient<O extends DceOperations> = {
  readonly [M in keyof O]: O[M] extends DceOperation<infer Args, infer Result>
    ? (...args: [...Args, options?: DceCallOptions]) => Promise<Result>
    : never;
} & AsyncDisposable;

/** Makes a client over a channel. Expects valid options. */
export function clientOver<O extends DceOperations>(
  dce: DceInterface<O>,
  channel: Channel,
  options: Pick<StubOptions, "timeout" | "interceptors" | "ownsChannel">,
): DceClient<O> {
  const { timeout, interceptors = [], ownsChannel } = options;
  const program = programOf(dce);
  const send = sender(channel, interceptors);
  const defaults: CallOptions = Object.freeze(timeout === undefined ? {} : { timeout });
  const client = Object.create(null) as Record<PropertyKey, unknown>;
  for (const [method, procedure] of Object.entries(program.procedures)) {
    const count = argumentCount(dce.operations[method] as DceOperation);
    client[method] = (...args: unknown[]): Promise<unknown> => {
      if (args.length <= count) return send({ program, procedure, args, options: defaults });
      const given = args[count] as DceCallOptions | undefined;
      try {
        if (given !== undefined) checkOptions(callOptions, given);
      } catch (error) {
        return Promise.reject(error);
      }
      args.length = count;
      return send({ program, procedure, args, options: { ...defaults, ...given } });
    };
  }
  Object.defineProperties(client, {
    [channelKey]: { value: channel },
    [ownedKey]: { value: ownsChannel },
    [Symbol.asyncDispose]: { value: () => closeClient(client) },
    [Symbol.toStringTag]: { value: `Client of ${program.name} version ${program.version}` },
  });
  return Object.freeze(client) as DceClient<O>;
}
