// Creates the channel of a pool from a client's target and options.

import { type ConnectOptions, reach, type Wiring } from "../client/connect.js";
import { defaultConnectTimeout } from "../client/live-channel.js";
import type { Locator } from "../client/locator.js";
import type { ClientOptions } from "../client/options.js";
import type { ReconnectingChannel } from "../client/reconnecting-channel.js";
import { destinationOf } from "../client/target.js";
import type { PoolTarget } from "../client/target-traits.js";
import type { Channel, ChannelCall } from "../rpc/call.js";
import type { Program } from "../rpc/program.js";
import { type Address, formatAddress, formatHost } from "../transport/address.js";
import { type Endpoint, type Endpoints, isEndpoints } from "./endpoints.js";
import { hostEndpoints, listEndpoints, lookUpInterval } from "./list.js";
import type { PoolOptions } from "./options.js";
import { PoolChannel } from "./pool-channel.js";
import { type Route, usableAddresses } from "./routes.js";

/** The quarantine of a server decides when it is tried again. */
const atOnce = { first: 0, factor: 1, most: 0, jitter: 0 };

export type PoolClientOptions = ClientOptions & PoolOptions;

/** The channel of a list of targets, of a host name's addresses, or of another source of endpoints. */
export function makePool(
  locate: Locator | undefined,
  program: Program,
  target: PoolTarget,
  options: PoolClientOptions,
): PoolChannel {
  if (isEndpoints(target)) return poolOver(locate, program, target, options);
  if (Array.isArray(target)) return listPool(locate, program, target, options);
  const one = target as string | Address;
  const destination = destinationOf(one, options);
  const name = textOf(one);
  if (destination.kind === "lookup") {
    const { host, transport } = destination;
    const endpoints = hostEndpoints(name, host, (ip) => ip, lookUpInterval, options.clock);
    const own = { ...options, transport, tls: tlsFor(host, destination.tls, options) };
    return poolOver(locate, program, endpoints, own, { calledAs: { kind: "tcp", host, port: 0 } });
  }
  const calledAs = destination.address as Address & { readonly host: string; readonly port: number };
  const { kind, host, port } = calledAs;
  const addressOf = (ip: string): string => `${kind}://${formatHost(ip)}:${port}`;
  const endpoints = hostEndpoints(name, host, addressOf, lookUpInterval, options.clock);
  return poolOver(locate, program, endpoints, { ...options, tls: tlsFor(host, kind === "tls", options) }, { calledAs });
}

/** A certificate has the host's name, not its addresses. */
function tlsFor(host: string, isTls: boolean | undefined, { tls }: ConnectOptions): ConnectOptions["tls"] {
  return tls || isTls ? { ...tls, servername: tls?.servername ?? host } : undefined;
}

/** Each target is called with the options that a client of only that target would have. */
function listPool(
  locate: Locator | undefined,
  program: Program,
  targets: readonly (string | Address)[],
  options: PoolClientOptions,
): PoolChannel {
  const endpoints = listEndpoints(targets.map(textOf));
  return poolOver(locate, program, endpoints, options, { usable: ({ addresses }) => addresses });
}

interface PoolWiring {
  /** Default: addresses that the client cannot use are ignored. */
  readonly usable?: (endpoint: Endpoint) => readonly string[];
  /** See `Channel.calledAs`. Default: the address of each endpoint. */
  readonly calledAs?: Address;
}

export function poolOver(
  locate: Locator | undefined,
  program: Program,
  endpoints: Endpoints,
  options: PoolClientOptions,
  { usable = ({ addresses }) => usableAddresses(addresses, options.transport), calledAs }: PoolWiring = {},
): PoolChannel {
  const routeOptions: ConnectOptions = { ...options, backoff: atOnce, waitForServer: false };
  const wiring: Wiring = { locate, program, dispatcher: options.callbacks?.dispatcher, calledAs };
  const open = (endpoint: Endpoint) =>
    usable(endpoint).map((address) => reach(address, routeOptions, wiring).channel as ReconnectingChannel);
  const { balance = endpoints.balance } = options;
  return new PoolChannel({ ...channelOptions(program, { ...options, balance }), endpoints, open });
}

/** Repeats calls to a client's only server, over the client's own channel. */
export function repeatOver(
  channel: ReconnectingChannel,
  target: string,
  program: Program,
  options: PoolClientOptions,
): Channel {
  const endpoints = listEndpoints([target]);
  return new PoolChannel({
    ...channelOptions(program, options),
    endpoints,
    open: () => [lent(channel)],
    isPaced: true,
  });
}

function channelOptions(program: Program, options: PoolClientOptions) {
  const {
    balance,
    times,
    retryBudget,
    timeout,
    connectTimeout = defaultConnectTimeout,
    waitForServer,
    backoff,
    clock,
  } = options;
  return { program, balance, times, retryBudget, timeout, connectTimeout, waitForServer, backoff, clock };
}

/** A channel with another owner: when the pool stops using its connection, the next call makes a new one. */
function lent(channel: ReconnectingChannel): Route {
  return {
    get remote(): Address {
      return channel.remote;
    },
    get connected(): boolean {
      return channel.connected;
    },
    connect: (options) => channel.connect(options),
    call: (request: ChannelCall) => channel.callOnce(request),
    async close() {
      channel.renew();
    },
    destroy: () => channel.renew(),
  };
}

function textOf(target: string | Address): string {
  return typeof target === "string" ? target : formatAddress(target);
}
