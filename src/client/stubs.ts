// Typed clients: one async method per procedure over any channel.

import { checkOptions } from "../base/check-options.js";
import { systemClock } from "../base/clock.js";
import { type ClientCallEvent, clientCall, isWatched, watched } from "../peer/diagnostics.js";
import type { Call, CallOptions, Channel, ChannelCall, Handler, Interceptor, VoidCallOptions } from "../rpc/call.js";
import { RpcError } from "../rpc/errors.js";
import { intercept } from "../rpc/intercept.js";
import type { Procedure, Procedures, Program } from "../rpc/program.js";
import type { Client } from "../rpc/stubs.js";
import type { RestoreArguments } from "../xdr/copy-restore.js";
import { channelKey, closeClient, ownedKey } from "./handle.js";
import { callOptions, type SemanticsChoice } from "./options.js";
import { semanticsFor } from "./semantics.js";

/** A client that `await using` closes at the end of its block. */
export type ClosableClient<P extends Procedures> = Client<P> & AsyncDisposable;

export interface StubOptions {
  /** Timeout in milliseconds of calls that set none. */
  readonly timeout?: number | undefined;
  /** How often calls may run. Validated by the caller. */
  readonly semantics?: SemanticsChoice | undefined;
  /** From the outermost to the innermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /** Whether closing the client closes the channel. */
  readonly ownsChannel: boolean;
}

/**
 * Creates a client whose methods are exactly the program's procedures. It has no prototype, so procedures may be named
 * `constructor` or `toString`. A procedure named `then` becomes `then_`: an object with a method `then` cannot be
 * returned from an async function. Streams get all of `options`, those of `createClient` too.
 */
export function stubsOver<P extends Procedures>(
  program: Program<P>,
  channel: Channel,
  options: StubOptions,
): ClosableClient<P> {
  const send = sender(channel, options.interceptors ?? []);
  const client = Object.create(null) as Record<PropertyKey, unknown>;
  for (const [name, procedure] of Object.entries(program.procedures)) {
    const value =
      procedure.stream?.method(program, procedure, { client, options }) ??
      method(program, procedure, defaultsFor(name, procedure, options), send);
    Object.defineProperty(client, name === "then" ? "then_" : name, { value, enumerable: true });
  }
  Object.defineProperties(client, {
    [channelKey]: { value: channel },
    [ownedKey]: { value: options.ownsChannel },
    [Symbol.asyncDispose]: { value: () => closeClient(client) },
    [Symbol.toStringTag]: { value: `Client of ${program.name} version ${program.version}` },
  });
  return Object.freeze(client) as ClosableClient<P>;
}

/** The defaults for a procedure's calls. */
export function defaultsFor(
  name: string,
  procedure: Procedure,
  { timeout, semantics: choice }: StubOptions,
): CallOptions {
  const semantics = semanticsFor(name, procedure, choice);
  if (timeout === undefined && semantics === undefined) return noDefaults;
  return Object.freeze({ ...(timeout !== undefined && { timeout }), ...(semantics !== undefined && { semantics }) });
}

const noDefaults: CallOptions = Object.freeze({});

type Send = (request: ChannelCall) => Promise<unknown>;

function method(program: Program, procedure: Procedure, defaults: CallOptions, send: Send) {
  const count = argumentCount(procedure);
  const isPlain = procedure.restore === undefined;
  return (...args: unknown[]): Promise<unknown> => {
    // Most calls: nothing is looked up in the descriptor, whose form differs from procedure to procedure.
    if (isPlain && args.length <= count) return send({ program, procedure, args, options: defaults });
    const given = args[count] as VoidCallOptions | undefined;
    const fault = given === undefined ? undefined : faultIn(given, procedure, count);
    if (fault !== undefined) return Promise.reject(fault);
    if (args.length > count) args.length = count;
    const called = calledAs(procedure, given);
    const reply = send({
      program,
      procedure: called,
      args,
      options: given === undefined ? defaults : merge(defaults, given),
    });
    const { restore, oneWay } = called;
    return restore === undefined || oneWay
      ? reply
      : reply.then((result) => restore(args, result, procedure.args.shape));
  };
}

/** The procedure of one call, which may be one-way although the interface does not say so. */
export function calledAs(procedure: Procedure, given: VoidCallOptions | undefined): Procedure {
  if (given?.oneWay) return { ...procedure, oneWay: true };
  const restore = procedure.restore as RestoreArguments | undefined;
  return restore?.forCall ? { ...procedure, ...restore.forCall(procedure.args) } : procedure;
}

export function faultIn(given: CallOptions, procedure: Procedure, count: number): unknown {
  if (typeof given !== "object" || given === null) return notOptions(procedure, count, given);
  try {
    checkOptions(callOptions, given);
    return undefined;
  } catch (fault) {
    return fault;
  }
}

function notOptions({ name }: Procedure, count: number, given: unknown): TypeError {
  const takes = count === 0 ? "no arguments" : count === 1 ? "one argument" : `${count} arguments`;
  return new TypeError(`${name} takes ${takes}, then options, which are an object; not ${String(given)}`);
}

export function argumentCount(procedure: Procedure): number {
  const { shape } = procedure.args;
  return shape.kind === "tuple" ? shape.elements.length : shape.kind === "void" ? 0 : 1;
}

export function merge(defaults: CallOptions, given: CallOptions): CallOptions {
  if (defaults === noDefaults) return given;
  // An option with the value undefined counts as not set.
  const merged: Record<string, unknown> = { ...defaults, ...given };
  for (const [option, value] of Object.entries(defaults)) merged[option] ??= value;
  return merged;
}

/** Makes a call, and publishes it on `lupine:client:call` if the channel has subscribers. */
export function sender(channel: Channel, interceptors: readonly Interceptor[]): Send {
  const send = unwatchedSender(channel, interceptors);
  return (request) => {
    if (!isWatched(clientCall)) return send(request);
    const event: ClientCallEvent = { ...request, remote: channel.remote, started: systemClock.now() };
    return watched(clientCall, event, () => send(request));
  };
}

/** Calls the channel directly if there are no interceptors. */
function unwatchedSender(channel: Channel, interceptors: readonly Interceptor[]): Send {
  if (interceptors.length === 0) return (request) => channel.call(request);
  return async (request) => {
    // Interceptors may make a call again, and throw what they like: the call may have run if any attempt may have.
    let unsure = 0;
    const last: Handler = async ({ program, procedure, args, options, signal }) => {
      unsure++;
      try {
        return await channel.call({ program, procedure, args, options: { ...options, signal } });
      } catch (error) {
        if ((error as RpcError).mayHaveRun === false) unsure--;
        throw error;
      }
    };
    try {
      return await intercept(interceptors, last)(newCall(channel, request));
    } catch (error) {
      if (unsure > 0 && error instanceof RpcError) Object.assign(error, { mayHaveRun: true });
      throw error;
    }
  };
}

function newCall(channel: Channel, request: ChannelCall): Call {
  const { options } = request;
  return {
    ...request,
    signal: options.signal ?? new AbortController().signal,
    remote: channel.remote,
    values: new Map(options.values),
    get security() {
      return channel.security;
    },
  };
}
