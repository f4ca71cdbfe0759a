// Connects to a target: finds its addresses, and tries one after the other. With koffi over the system's own sockets, else
// in a worker thread, which also asks name servers and rpcbind.

import { systemClock } from "../base/clock.js";
import { tlsOf } from "../client/connect.js";
import type { Destination } from "../client/target.js";
import { loadSocketCalls } from "../machine/blocking-socket.js";
import { knownAddresses } from "../machine/known-addresses.js";
import { RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import { nullProcedure } from "../rpc/null.js";
import type { Program } from "../rpc/program.js";
import { type Address, formatAddress } from "../transport/address.js";
import { connectFailed } from "../transport/connect-failures.js";
import { TransportError } from "../transport/errors.js";
import { defaultLimits } from "../xdr/limits.js";
import { BlockingChannel } from "./channel.js";
import type { BlockingClientOptions } from "./options.js";
import { openSocket } from "./socket-wire.js";
import { ThreadHelper } from "./thread-helper.js";
import { openInThread } from "./thread-wire.js";
import type { Wire, WireTls } from "./wire.js";

export interface Opener {
  /** Connects within this many milliseconds; the call itself has `patience` left. @throws TransportError, RpcError */
  open(time: number, patience: number): Wire;
  /** Ends the thread. */
  close(): void;
}

/** @throws TypeError if `by: "system"` does not work here, or cannot have TLS. */
export function opener(destination: Destination, program: Program, options: BlockingClientOptions): Opener {
  const { connection = {}, by } = options;
  if (destination.kind === "fixed") checkReachable(destination.address);
  const tls = threadTls(destination, program, options);
  if (tls !== undefined && by === "system") throw new TypeError(noSystemTls);
  // A reserved port takes more calls of the system than koffi is used for here, and TLS is Node's.
  const wantsThread = by === "thread" || Boolean(connection.reservedPort) || tls !== undefined;
  const calls = wantsThread ? undefined : loadSocketCalls();
  if (by === "system" && calls === undefined) throw new TypeError(noSystem);
  const helper = new ThreadHelper();
  if (calls === undefined || isLookedUp(destination)) helper.start();
  const openOne = (address: Address, time: number): Wire =>
    calls === undefined
      ? openInThread(helper, address, time, { ...connection, tls })
      : openSocket(calls, address, time, connection);
  const open = (time: number, patience: number): Wire => {
    const now = systemClock.now();
    const until = now + time;
    helper.deadline = now + patience;
    const addresses = find(destination, program, options, helper, time);
    return openBest(addresses, (address, share) => openOne(address, share), until, program);
  };
  return { open, close: () => helper.close() };
}

const reachable: readonly string[] = ["tcp", "tls", "udp", "unix"];

/** @throws TransportError TRANSPORT_BAD_ADDRESS for a server of this process: it could not answer. */
function checkReachable(address: Address): void {
  if (reachable.includes(address.kind)) return;
  const message = `${formatAddress(address)} cannot be called by a blocking client, only ${reachable.join(", ")} addresses`;
  throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
}

/** TLS as the thread gets it: plain data, with the name that the target has before it is looked up. */
function threadTls(destination: Destination, program: Program, options: BlockingClientOptions): WireTls | undefined {
  const tls = tlsOf(destination, options, {});
  if (tls === undefined) return undefined;
  const place = destination.kind === "fixed" ? destination.address : destination;
  const { number, version } = program;
  return { ...tls, program: { number, version }, ...("host" in place && { host: place.host }) };
}

const noSystemTls = 'options.by is "system", which has no TLS: use "thread", or remove it';
const noSystem =
  'options.by is "system", which needs Linux and the package koffi: install it (npm install koffi), or remove the option';

function find(
  destination: Destination,
  program: Program,
  options: BlockingClientOptions,
  helper: ThreadHelper,
  time: number,
): readonly Address[] {
  const until = systemClock.now() + time;
  if (destination.kind === "fixed") return spelledOut(destination.address, helper, until);
  const { host, transport } = destination;
  const { number, version } = program;
  const { rpcbind } = options;
  const tls = threadTls(destination, program, options);
  const answer = helper.ask({ kind: "locate", host, number, version, transport, rpcbind, tls, time });
  return answer.kind === "found" ? answer.addresses.flatMap((each) => spelledOut(each, helper, until)) : [];
}

/** Whether a name server or a rpcbind must be asked. */
function isLookedUp(destination: Destination): boolean {
  if (destination.kind !== "fixed") return true;
  const { address } = destination;
  return "host" in address && knownAddresses(address.host) === undefined;
}

/** The address with each IP address of its host, best first. */
function spelledOut(address: Address, helper: ThreadHelper, until: number): readonly Address[] {
  if (!("host" in address)) return [address];
  const { host } = address;
  const known = knownAddresses(host);
  if (known !== undefined) return known.map((each) => ({ ...address, host: each }));
  try {
    const answer = helper.ask({ kind: "hosts", host, time: Math.max(1, until - systemClock.now()) });
    return answer.kind === "hosts" ? answer.hosts.map((each) => ({ ...address, host: each })) : [];
  } catch (error) {
    throw connectFailed(formatAddress(address), error as Error);
  }
}

/** The first that can be reached. Over UDP nothing shows that but an answer, so procedure 0 is called. */
function openBest(
  addresses: readonly Address[],
  openOne: (address: Address, time: number) => Wire,
  until: number,
  program: Program,
): Wire {
  const failures: Error[] = [];
  for (const [i, address] of addresses.entries()) {
    const share = Math.max(1, (until - systemClock.now()) / (addresses.length - i));
    try {
      const wire = openOne(address, share);
      if (address.kind !== "udp" || addresses.length === 1 || answers(wire, address, share, program)) return wire;
      failures.push(new Error(`no answer from ${formatAddress(address)}`));
    } catch (error) {
      if (addresses.length === 1) throw error;
      failures.push(error as Error);
    }
  }
  const [first] = addresses;
  const name = first === undefined ? program.name : formatAddress(first);
  throw connectFailed(name, new AggregateError(failures));
}

/** The most milliseconds to wait for procedure 0. */
const longestPing = 3_000;

/** Whether a server answers at all. If not, the wire is closed. */
function answers(wire: Wire, remote: Address, time: number, program: Program): boolean {
  const most = Math.min(time, longestPing);
  const channel = new BlockingChannel(() => wire, {
    target: formatAddress(remote),
    remote,
    timeout: most,
    connectTimeout: most,
    auth: undefined,
    retransmit: undefined,
    limits: defaultLimits,
    decodedBytes: Number.POSITIVE_INFINITY,
    lenient: undefined,
    onLeftOver: undefined,
    strict: false,
  });
  try {
    channel.call({ program, procedure: nullProcedure, args: [], options: {} });
    return true;
  } catch (error) {
    const isSilent = error instanceof RpcTimeout || error instanceof RpcDisconnected;
    if (!isSilent && error instanceof RpcError) return true;
    wire.close();
    return false;
  }
}
