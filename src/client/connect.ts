// Creates a channel for a target. The locator that finds programs on a host, and the server of callbacks, are passed
// in: this room knows neither the binder nor the server.

import type { Backoff } from "../base/backoff.js";
import type { Clock } from "../base/clock.js";
import type { Dispatcher } from "../peer/dispatcher.js";
import { warnOfLeftOver } from "../peer/late-failures.js";
import type { OnLeftOver } from "../peer/left-over-warning.js";
import { checkTimeout, Peer, type PeerOptions } from "../peer/peer.js";
import { defaultCallsInFlight, defaultTotalCallsInFlight } from "../peer/pending-calls.js";
import { defaultDecodedBytes } from "../peer/reply.js";
import type { RetransmitPolicy } from "../peer/retransmit.js";
import type { Channel, ClientAuth } from "../rpc/call.js";
import type { Program } from "../rpc/program.js";
import { type Address, formatHost } from "../transport/address.js";
import { Budget, defaultTotalBytes, defaultTotalCalls, Total } from "../transport/budget.js";
import { TransportError } from "../transport/errors.js";
import type { OpenConnectionOptions } from "../transport/schemes/scheme.js";
import type { TlsConnectOptions } from "../transport/tls/connect-options.js";
import { defaultLimits, type XdrLimits } from "../xdr/limits.js";
import type { Forgiven } from "../xdr/reader.js";
import type { KeepAlive } from "./keep-alive.js";
import { type ConnectWish, defaultConnectTimeout } from "./live-channel.js";
import type { Found, Locator } from "./locator.js";
import { openPeer } from "./open-peer.js";
import { ReconnectingChannel } from "./reconnecting-channel.js";
import type { Target, TargetOptions } from "./target.js";
import { type Destination, destinationOf, destinationText, isChannel, isConnection } from "./target.js";

/** Limits of a client. The limits for decoding apply to results. */
export interface ClientLimits extends XdrLimits {
  /** Bytes that the elements of one result may take in memory, by an estimate on the high side. Default 64 MiB. */
  readonly decodedBytes: number;
  /** Calls that may wait for their reply on one connection; one more fails with RPC_TOO_MANY_CALLS. Default 1,048,576. */
  readonly callsInFlight: number;
  /**
   * Calls of this client that may wait for their reply; one more fails with RPC_TOO_MANY_CALLS. Default: four times the unused
   * part of 262,144, which all clients of the process share. A client that sets this limit has its own total.
   */
  readonly totalCallsInFlight: number;
  /**
   * Bytes of calls that wait to be sent, or are kept for retransmission. One more call fails with RPC_TOO_MANY_CALLS.
   * Default: four times the unused part of 192 MiB, which all servers and clients of the process share. A client that sets this limit has its own
   * total.
   */
  readonly totalBytes: number;
}

/** The default limits of a client. */
export const defaultClientLimits: ClientLimits = /* @__PURE__ */ Object.freeze({
  ...defaultLimits,
  decodedBytes: defaultDecodedBytes,
  callsInFlight: defaultCallsInFlight,
  totalCallsInFlight: defaultTotalCallsInFlight,
  totalBytes: defaultTotalBytes,
});

/** Options of a client's connection. */
export interface ConnectOptions extends TargetOptions {
  /** Milliseconds that a call may take, connecting included; Infinity for no limit. Default 30,000. */
  readonly timeout?: number | undefined;
  /** The credential of all calls. Default AUTH_NONE. */
  readonly auth?: ClientAuth | undefined;
  /** The address of the host's rpcbind: `host`, `host:port` or an address URL. Default: its usual place. */
  readonly rpcbind?: string | undefined;
  /** How calls over UDP are sent again when no reply comes. Default `defaultRetransmit`. */
  readonly retransmit?: Partial<RetransmitPolicy> | undefined;
  /**
   * UDP only: accepts replies only from the address and port that were called. Default false, as in C: a server with
   * several addresses may reply from another one. Such a reply is accepted, by the transaction id of a call that waits,
   * until the server has replied from the address that was called, and again while a call that was sent twice waits. To forge such a reply without
   * seeing the traffic, an attacker must guess that id (32 bits) and the client's port.
   */
  readonly strictReplyAddress?: boolean | undefined;
  /** Limits of results and of calls that wait. Default `defaultClientLimits` of lupine/client. */
  readonly limits?: Partial<ClientLimits> | undefined;
  /**
   * Accepts invalid padding, booleans and trailing bytes in results, and reports each to this function. Default: such a
   * result fails the call with RPC_CANT_DECODE_RESULT.
   */
  readonly lenient?: ((what: Forgiven, offset: number) => void) | undefined;
  /**
   * Called when bytes follow a complete result, as `rpc.rstatd` sends them. The result is accepted. Default:
   * `process.emitWarning`, once for each procedure. With `lenient`, that function is called instead.
   */
  readonly onLeftOver?: OnLeftOver | undefined;
  /** True: bytes that follow a complete result fail the call with RPC_CANT_DECODE_RESULT. Default false. */
  readonly strict?: boolean | undefined;
  /** Milliseconds that one attempt to connect may take, including the look-up at rpcbind. Default 10,000. */
  readonly connectTimeout?: number | undefined;
  /** Options of the transport: a reserved source port, limits of records, the network of `memory:` names, URL schemes of the program. Default: {}. */
  readonly connection?:
    | Omit<OpenConnectionOptions, "signal" | "timeout" | "background" | "takeFromElsewhere" | "tls">
    | undefined;
  /**
   * TLS (RFC 9289): the server must prove its name by a certificate before any procedure is called. Applies to `tls://` targets and to TCP targets,
   * which then use TLS. Default: no TLS; for a `tls://` target `{}`, which trusts the certificate authorities that Node trusts.
   */
  readonly tls?: TlsConnectOptions | undefined;
  /**
   * Detects a dead connection: `{ interval: 30_000 }` calls procedure 0 after each 30 seconds in which nothing was
   * received. After `unanswered` such calls in a row without a reply (default 3), the connection is closed: its calls
   * fail with RpcDisconnected and the next call reconnects. A server that runs one call at a time cannot reply during a call, so make `interval`
   * longer than its longest call. Default: no keep-alive; if a call times out and
   * nothing was received meanwhile, the next call uses a new connection.
   */
  readonly keepAlive?: KeepAlive | undefined;
  /** Waits between failed attempts to connect. Default `defaultBackoff` of lupine/client. */
  readonly backoff?: Backoff | undefined;
  /**
   * True: calls wait until the server can be reached, or their timeout. Default false: they fail at once with
   * RpcDisconnected.
   */
  readonly waitForServer?: boolean | undefined;
  /**
   * The clock of deadlines, retransmissions and waits between attempts. Tests can pass a `FakeClock` of `lupine/testing`; sockets still use the
   * machine's clock. Default: the machine's clock.
   */
  readonly clock?: Clock | undefined;
}

/** The parts of a channel that do not come from the caller's options. */
export interface Wiring {
  readonly locate?: Locator | undefined;
  /** Serves the calls that the other end makes. */
  readonly dispatcher?: Dispatcher | undefined;
  /** The address of the host whose addresses are called. Default: that of the target. */
  readonly calledAs?: Address | undefined;
  /** The program to look up on a host. */
  readonly program?: Program | undefined;
  /** See `ReconnectingOptions.repeating`. */
  readonly repeating?: ((over: ReconnectingChannel) => Promise<Channel>) | undefined;
  /** See `ReconnectingOptions.sessions`. */
  readonly sessions?: ((over: ReconnectingChannel) => Promise<Channel>) | undefined;
}

/** A channel, and whether this function created it. */
export interface Reached {
  readonly channel: Channel;
  readonly isOurs: boolean;
}

/**
 * The channel to a target. Nothing is connected yet.
 * @throws TransportError TRANSPORT_BAD_ADDRESS when the target is not an address, RangeError when the timeout is not a
 * number of milliseconds, 0 or more.
 */
export function reach(target: Target, options: ConnectOptions, wiring: Wiring): Reached {
  checkTimeout(options.timeout);
  if (isChannel(target)) return { channel: target, isOurs: false };
  if (isConnection(target)) return { channel: new Peer(target, peerOptionsOf(options, wiring)), isOurs: true };
  return { channel: reconnecting(destinationOf(target, options), options, wiring), isOurs: true };
}

/** A channel that connects to `destination` whenever it needs a connection. */
export function reconnecting(destination: Destination, options: ConnectOptions, wiring: Wiring): ReconnectingChannel {
  const remote = remoteOf(destination);
  const { calledAs = remote } = wiring;
  // One for all connections, so that each procedure is reported once.
  const onLeftOver = options.onLeftOver ?? warnOfLeftOver();
  const own = ownTotals(options);
  const find = finder(destination, options, wiring);
  const tls = tlsOf(destination, options, wiring);
  const open = async ({ signal, time, background }: ConnectWish): Promise<Peer> =>
    openPeer(await find(signal, time), {
      program: wiring.program,
      connection: {
        ...options.connection,
        tls,
        signal,
        background,
        timeout: options.connectTimeout ?? defaultConnectTimeout,
      },
      peer: peerOptionsOf({ ...options, onLeftOver }, { ...wiring, calledAs }, own),
      keepAlive: options.keepAlive,
      repliesFromElsewhere: !options.strictReplyAddress,
    });
  return new ReconnectingChannel(open, {
    ...options,
    ...wiring,
    remote,
    target: destinationText(destination),
    renewAfterTimeout: remote.kind === "udp",
    failAtOnce: true,
  });
}

type Find = (signal: AbortSignal, time: number) => Promise<Found> | Found;

function finder(destination: Destination, options: ConnectOptions, { locate, program }: Wiring): Find {
  if (destination.kind === "fixed") return () => destination.address;
  const { host, transport } = destination;
  if (locate === undefined || program === undefined) {
    const scheme = transport === "unix" ? "tcp" : transport;
    const message = `${host} has no port: write ${scheme}://${formatHost(host)}:PORT`;
    throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
  }
  const { rpcbind } = options;
  const tls = tlsOf(destination, options, {});
  return (signal, time) => locate({ host, program, transport, rpcbind, tls, signal, time });
}

/** TLS of the connections to a destination. The host that was looked up is the name that the certificate must have, whatever address the binder gives. */
export function tlsOf(
  destination: Destination,
  { tls }: Pick<ConnectOptions, "tls">,
  { program }: Pick<Wiring, "program">,
): OpenConnectionOptions["tls"] {
  const isFixed = destination.kind === "fixed";
  if (!tls && !(isFixed ? destination.address.kind === "tls" : destination.tls)) return undefined;
  return { ...tls, host: isFixed ? undefined : destination.host, program };
}

function remoteOf(destination: Destination): Address {
  if (destination.kind === "fixed") return destination.address;
  return { kind: destination.transport === "udp" ? "udp" : "tcp", host: destination.host, port: 0 };
}

/** The client's own totals, for limits that it sets. For other limits it uses its part of the process's totals. */
interface OwnTotals {
  readonly bytes: Total | undefined;
  readonly waiting: Total | undefined;
}

function ownTotals({ limits: { totalBytes, totalCallsInFlight } = {} }: ConnectOptions): OwnTotals {
  return {
    bytes: totalBytes === undefined ? undefined : new Total(defaultTotalCalls, totalBytes),
    waiting: totalCallsInFlight === undefined ? undefined : new Total(totalCallsInFlight, 0),
  };
}

export function peerOptionsOf(
  options: ConnectOptions,
  { dispatcher, calledAs }: Wiring,
  own = ownTotals(options),
): PeerOptions {
  const { callsInFlight, decodedBytes, totalBytes: _, totalCallsInFlight: __, ...decoding } = options.limits ?? {};
  return {
    ...options,
    limits: { ...defaultLimits, ...decoding },
    dispatcher,
    calledAs,
    // A client that serves callbacks waits, as a server does.
    letsProcessEnd: dispatcher === undefined,
    callsInFlight,
    decodedBytes,
    budget: own.bytes && new Budget(own.bytes),
    waitingTotal: own.waiting,
  };
}
