// createClient without its everyday wiring: src/index.ts adds the rpcbind locator and the maker of pools.

import { checkOptions } from "../base/check-options.js";
import { checkTimeout, noSession, Peer } from "../peer/peer.js";
import type { Channel } from "../rpc/call.js";
import type { Procedures, Program } from "../rpc/program.js";
import { checkKeyPair } from "../transport/tls/connect-options.js";
import { checkApplies } from "./applies.js";
import { reach } from "./connect.js";
import { DeferredChannel } from "./deferred-channel.js";
import type { Locator } from "./locator.js";
import { type ClientOptions, clientOptions } from "./options.js";
import type { ReconnectingChannel } from "./reconnecting-channel.js";
import { checkSemantics, someHave } from "./semantics.js";
import { type ClosableClient, stubsOver } from "./stubs.js";
import type { Target } from "./target.js";
import { type PoolTarget, type TargetTraits, traitsOf } from "./target-traits.js";

/** Functions from other rooms, which this room must not import. */
export interface ClientWiring {
  readonly locate?: Locator | undefined;
  /** Loads the code for calls to several servers, and creates their channel. */
  readonly pool?: ((target: PoolTarget, program: Program, options: ClientOptions) => Promise<Channel>) | undefined;
  /** Loads the code that repeats calls to one server which may run more than once. */
  readonly repeating?:
    | ((over: ReconnectingChannel, name: string, program: Program, options: ClientOptions) => Promise<Channel>)
    | undefined;
  /** Loads the code for calls that run exactly once, and creates their channel. */
  readonly sessions?: ((over: ReconnectingChannel, options: ClientOptions) => Promise<Channel>) | undefined;
}

/**
 * Makes a client. No I/O happens here: the first call connects, and so does the next call after a connection was lost.
 * @throws TransportError TRANSPORT_BAD_ADDRESS when the target is not an address; TypeError for an option that is wrong,
 * misspelt, or does not apply to the target; RangeError when the timeout is not a number of milliseconds.
 */
export function createClientWith<P extends Procedures>(
  wiring: ClientWiring,
  program: Program<P>,
  target: Target | PoolTarget,
  options: ClientOptions & { readonly balance?: unknown } = {},
): ClosableClient<P> {
  checkOptions(clientOptions, options);
  checkKeyPair(options.tls);
  checkSemantics(program, options.semantics);
  checkTimeout(options.timeout);
  const traits = traitsOf(target, options);
  checkApplies(traits, options);
  refuseRepeating(target, options, traits);
  refuseSessions(program, target, options, traits);
  const { kinds, name } = traits;
  if (/^(dir:|list|server)/.test(kinds[0] as string) || options.balance !== undefined) {
    const { pool } = wiring;
    if (pool === undefined) throw new TypeError(`${name} has no meaning here: give it to createClient of "lupine"`);
    const channel = new DeferredChannel({ kind: "memory", name }, () => pool(target as PoolTarget, program, options));
    return stubsOver(program, channel, { ...options, timeout: undefined, ownsChannel: true });
  }
  const { repeating, sessions } = wiring;
  const { channel, isOurs } = reach(target as Target, options, {
    ...wiring,
    program,
    dispatcher: options.callbacks?.dispatcher,
    repeating: repeating && ((over) => repeating(over, name, program, options)),
    sessions: sessions && ((over) => sessions(over, options)),
  });
  // A shared channel has its own default timeout; this client's applies to its own calls.
  const timeout = isOurs ? undefined : options.timeout;
  return stubsOver(program, channel, { ...options, timeout, ownsChannel: isOurs });
}

/** A connection that was passed in cannot be restored after it is lost. */
function refuseRepeating(target: unknown, { semantics }: ClientOptions, { kinds, name }: TargetTraits): void {
  if (!(kinds[0] === "connection" || target instanceof Peer) || semantics === undefined) return;
  if (semantics !== "at-least-once" && !Object.values(Object(semantics)).includes("at-least-once")) return;
  throw new TypeError(
    `options.semantics: "at-least-once" does not apply to ${name}, which cannot be made again; give an address`,
  );
}

/** A session belongs to one server, and outlives its connections. */
function refuseSessions(
  program: Program,
  target: unknown,
  options: ClientOptions & { readonly balance?: unknown },
  traits: TargetTraits,
): void {
  if (traits.kinds[0] === "address" && options.balance === undefined) return;
  if (!someHave("exactly-once", program, options.semantics)) return;
  const name = options.balance === undefined ? traits.name : `${traits.name} with options.balance`;
  throw noSession(target instanceof Peer ? "a connection" : name);
}
