// Finds the address of a program that answers. A stream answers by connecting; over UDP procedure
// 0 is called. Loaded when it is needed.
import { Peer, type PeerOptions } from "../peer/peer.js";
import { RpcCancelled, RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import { MessageType } from "../rpc/header.js";
import { ping } from "../rpc/null.js";
import type { Program } from "../rpc/program.js";
import { type Address, formatAddress } from "../transport/address.js";
import { connectFailed } from "../transport/connect-failures.js";
import { hostAddresses } from "../transport/host-addresses.js";
import { firstToSucceed } from "../transport/race.js";
import type { OpenConnectionOptions } from "../transport/schemes/scheme.js";
import { connectTo } from "../transport/schemes/table.js";
import { anyProgram } from "./any-program.js";
import type { KeepAlive } from "./keep-alive.js";

export interface OpenPeerOptions {
  /** The program whose procedure 0 is called over UDP to find the address that answers. */
  readonly program?: Program | undefined;
  readonly connection: OpenConnectionOptions & { readonly signal: AbortSignal; readonly timeout: number };
  readonly peer: PeerOptions;
  readonly keepAlive?: KeepAlive | undefined;
  /** True: over UDP a reply counts whatever address it comes from. Default false. */
  readonly repliesFromElsewhere?: boolean | undefined;
}

/**
 * The most milliseconds to wait for procedure 0 over UDP. If the server does not answer it, the call is sent anyway.
 */
const longestPing = 3_000;

/** Connects to the best of the addresses, best first. @throws TransportError when none can be reached. */
export async function openBest(addresses: readonly Address[], options: OpenPeerOptions): Promise<Peer> {
  const { signal } = options.connection;
  const all = (await Promise.all(addresses.map((address) => spelledOut(address, options)))).flat();
  const [first] = all as [Address];
  if (all.length === 1) return open(first, options);
  const attempts = all.map((address) => (stop: AbortSignal) => tryOne(address, stop, options));
  try {
    return await firstToSucceed(attempts, { signal, discard: (late) => late.destroy() });
  } catch (error) {
    const errors = (error as AggregateError).errors as Error[];
    const silent = all.find((_, i) => errors[i] instanceof RpcTimeout);
    if (silent !== undefined && !signal.aborted) return open(silent, options);
    const causes = errors.map((one) => (one instanceof RpcError && one.cause instanceof Error ? one.cause : one));
    throw connectFailed(formatAddress(addresses[0] as Address), new AggregateError(causes));
  }
}

/**
 * Resolves a host name for UDP to its IP addresses, IPv4 first: a UDP service seldom listens on both families, and
 * usually on IPv4.
 */
async function spelledOut(address: Address, { connection }: OpenPeerOptions): Promise<Address[]> {
  if (address.kind !== "udp") return [address];
  const { signal, timeout: time } = connection;
  const hosts = await hostAddresses(address.host, { time, signal, ipv4First: true }).catch((cause) => {
    throw connectFailed(formatAddress(address), cause as Error);
  });
  return hosts.map((host) => ({ ...address, host }));
}

async function open(address: Address, { connection, peer, repliesFromElsewhere }: OpenPeerOptions): Promise<Peer> {
  const takeFromElsewhere = repliesFromElsewhere ? isReply : undefined;
  return new Peer(await connectTo(address, { ...connection, takeFromElsewhere }), peer);
}

/** Accept calls only from the address that was called. */
function isReply(message: Uint8Array): boolean {
  return message.length >= 8 && new DataView(message.buffer, message.byteOffset).getUint32(4) === MessageType.REPLY;
}

async function tryOne(address: Address, signal: AbortSignal, options: OpenPeerOptions): Promise<Peer> {
  const { program = anyProgram, connection } = options;
  const peer = await open(address, { ...options, connection: { ...connection, signal } });
  if (address.kind !== "udp") return peer;
  try {
    await ping(peer, program, { signal, timeout: Math.min(longestPing, connection.timeout / 2) });
    return peer;
  } catch (error) {
    if (isAnswer(error)) return peer;
    peer.destroy();
    throw error;
  }
}

/** Any answer shows that the server is running. */
function isAnswer(error: unknown): boolean {
  const isNone = error instanceof RpcTimeout || error instanceof RpcDisconnected || error instanceof RpcCancelled;
  return error instanceof RpcError && !isNone;
}
