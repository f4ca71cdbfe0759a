// A client whose methods return their results, and block the thread until then.
import { checkOptions } from "../base/check-options.js";
import { systemClock } from "../base/clock.js";
import { defaultClientLimits } from "../client/connect.js";
import type { SemanticsChoice } from "../client/options.js";
import { checkSemantics } from "../client/semantics.js";
import { argumentCount, calledAs, defaultsFor, faultIn, merge } from "../client/stubs.js";
import { destinationOf, destinationText } from "../client/target.js";
import { type ClientCallEvent, clientCall, isWatched, publishEnd } from "../peer/diagnostics.js";
import { checkTimeout, defaultTimeout } from "../peer/peer.js";
import type { CallOptions, ChannelCall, VoidCallOptions } from "../rpc/call.js";
import { checkProgram } from "../rpc/check-program.js";
import { RpcError } from "../rpc/errors.js";
import type { Procedure, Procedures, Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import { BlockingChannel } from "./channel.js";
import { opener } from "./open.js";
import {
  type BlockingClientOptions,
  type BlockingInterceptor,
  blockingClientOptions,
  type ClosableBlockingClient,
} from "./options.js";

/**
 * Makes a client whose methods block the thread until the reply is there, and return the result: no promise, as in C. For
 * scripts, and for code that cannot be async. While a call waits, nothing else of the thread runs: no timers, no other
 * calls, no server. So it must not call a server of its own thread, and a signal that is aborted meanwhile has no effect.
 *
 * `target` is a host name (its rpcbind is asked), `tcp://host:port`, `udp://host:port`, `unix:/path`, `tls://host:port`, a universal address, or
 * an Address. Errors, deadlines, credentials and reconnecting are those of `createClient`. Replies over UDP are accepted only from the address that
 * was called. Credentials that make their own calls, such as `authGss`, are refused with a TypeError.
 *
 * A client that needs a worker thread (`by: "thread"`, TLS, a host name) starts it here, and returns once the thread has started, or after 30
 * seconds. So the start does not count towards the timeout of a call.
 * @throws TransportError TRANSPORT_BAD_ADDRESS if the target is malformed. TypeError without a program, for an option that is unknown or invalid, or
 * if `by: "system"` does not work here. RangeError for a timeout that is not a number of milliseconds.
 * @example
 * // A server in another process, or as here in another thread, listens at `address`.
 * using client = createBlockingClient(ADD_VERS, "tcp://127.0.0.1:1", { timeout: 2_000 });
 * try {
 *   console.log(client.add({ a: 1, b: 2 }));
 * } catch (error) {
 *   if (error instanceof RpcError) console.log(error.code, error.mayHaveRun); // RPC_DISCONNECTED false
 * }
 */
export function createBlockingClient<P extends Procedures>(
  program: Program<P>,
  target: string | Address,
  given: BlockingClientOptions<NoInfer<P>> = {},
): ClosableBlockingClient<P> {
  checkProgram(program);
  checkOptions(blockingClientOptions, given);
  checkSemantics(program, given.semantics as SemanticsChoice | undefined);
  checkTimeout(given.timeout);
  const { netid, transport } = given;
  const destination = destinationOf(target, { netid, transport });
  const { open, close } = opener(destination, program, given);
  const { limits: { decodedBytes = defaultClientLimits.decodedBytes, ...limits } = {} } = given;
  const channel = new BlockingChannel(open, {
    target: destinationText(destination),
    remote:
      destination.kind === "fixed"
        ? destination.address
        : { kind: destination.transport === "udp" ? "udp" : "tcp", host: destination.host, port: 0 },
    timeout: given.timeout ?? defaultTimeout,
    connectTimeout: given.connectTimeout ?? defaultConnectTimeout,
    auth: given.auth,
    retransmit: given.retransmit,
    limits: { ...defaultClientLimits, ...limits },
    decodedBytes,
    lenient: given.lenient,
    onLeftOver: given.onLeftOver,
    strict: given.strict === true,
  });
  return stubs(program, channel, given, () => {
    channel.close();
    close();
  });
}

/** Milliseconds that one attempt to connect may take, as in client/. */
const defaultConnectTimeout = 10_000;

function stubs<P extends Procedures>(
  program: Program<P>,
  channel: BlockingChannel,
  { semantics, interceptors = [] }: BlockingClientOptions<P>,
  close: () => void,
): ClosableBlockingClient<P> {
  const send =
    interceptors.length === 0 ? (call: ChannelCall) => channel.call(call) : intercepted(channel, interceptors);
  const client = Object.create(null) as Record<PropertyKey, unknown>;
  const choice = { semantics: semantics as SemanticsChoice | undefined, ownsChannel: true };
  for (const [name, procedure] of Object.entries(program.procedures)) {
    const defaults = defaultsFor(name, procedure, choice);
    const value = method(program, procedure, defaults, (call) => published(channel, call, send));
    Object.defineProperty(client, name === "then" ? "then_" : name, { value, enumerable: true });
  }
  Object.defineProperties(client, {
    [Symbol.dispose]: { value: close },
    [Symbol.toStringTag]: { value: `Blocking client of ${program.name} version ${program.version}` },
  });
  return Object.freeze(client) as ClosableBlockingClient<P>;
}

/** As `sender` of client/stubs.ts: the call may have run if any attempt of the interceptors may have. */
function intercepted(channel: BlockingChannel, interceptors: readonly BlockingInterceptor[]) {
  return (call: ChannelCall): unknown => {
    let isUnsure = false;
    let send = (attempt: ChannelCall): unknown => {
      try {
        const result = channel.call(attempt);
        isUnsure = true;
        return result;
      } catch (error) {
        if ((error as RpcError).mayHaveRun !== false) isUnsure = true;
        throw error;
      }
    };
    for (const interceptor of interceptors.toReversed()) {
      const next = send;
      send = (one) => interceptor(one, next);
    }
    try {
      return send(call);
    } catch (error) {
      if (isUnsure && error instanceof RpcError) Object.assign(error, { mayHaveRun: true });
      throw error;
    }
  };
}

function method(program: Program, procedure: Procedure, defaults: CallOptions, send: (call: ChannelCall) => unknown) {
  const count = argumentCount(procedure);
  return (...args: unknown[]): unknown => {
    const given = args.length > count ? (args[count] as VoidCallOptions | undefined) : undefined;
    if (args.length > count) args.length = count;
    const fault = given === undefined ? undefined : faultIn(given, procedure, count);
    if (fault !== undefined) throw fault;
    checkTimeout(given?.timeout);
    const called = calledAs(procedure, given);
    const options = given === undefined ? defaults : merge(defaults, given);
    const result = send({ program, procedure: called, args, options });
    const { restore, oneWay } = called;
    return restore === undefined || oneWay ? result : restore(args, result, procedure.args.shape);
  };
}

/** Publishes the call on `lupine:client:call` if the channel has subscribers, as asynchronous clients do. */
function published(channel: BlockingChannel, call: ChannelCall, send: (call: ChannelCall) => unknown): unknown {
  if (!isWatched(clientCall)) return send(call);
  const event: ClientCallEvent = { ...call, remote: channel.remote, started: systemClock.now() };
  return clientCall.start.runStores(event, () => {
    try {
      const result = send(call);
      event.result = result;
      return result;
    } catch (error) {
      event.error = error;
      throw error;
    } finally {
      publishEnd(clientCall, event);
    }
  });
}
