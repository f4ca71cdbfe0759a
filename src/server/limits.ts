// Every limit of a server in one object: of calls, connections, records and values. The effect of each, for
// users: docs/reference/limits.md.
import { defaultTotalBytes, defaultTotalCalls, Total } from "../transport/budget.js";
import { defaultMaxPeers } from "../transport/datagram.js";
import {
  defaultFirstRecordTimeout,
  defaultIdleTimeout,
  defaultMaxConnections,
  defaultMaxConnectionsPerAddress,
} from "../transport/listener-defaults.js";
import { defaultHighWaterMark, defaultMaxMessage } from "../transport/output.js";
import { defaultRecordLimits } from "../transport/record-marking.js";
import type { OpenListenerOptions } from "../transport/schemes/scheme.js";
import { defaultMaxUnfinished } from "../transport/unfinished.js";
import { defaultLimits, type XdrLimits } from "../xdr/limits.js";

const MiB = 1024 * 1024;

/** Limits on the calls that run, and on the memory that they hold. */
export interface CallLimits {
  /**
   * Calls of one connection that may run at once. At the limit the server stops reading from the connection until one call is answered. While the
   * server waits for replies to its own calls on that connection, it must continue to read: up to four times as many calls may run then, and further
   * calls get SYSTEM_ERR. Default 1024.
   */
  readonly callsInFlight: number;
  /**
   * Calls that may run at once. When half of this number run, each connection may have fewer; a connection without
   * running calls is always read. Calls beyond twice this number get SYSTEM_ERR. Default 32,768, shared by all servers
   * of the process: one server alone may use four fifths of it.
   */
  readonly totalCallsInFlight: number;
  /**
   * Bytes that one connection may hold: decoded arguments of calls that run, replies that wait for it to read, and,
   * from 16 calls on, the replies that these calls will probably give. At the limit the server stops reading from the connection until it holds less.
   * While the server must continue to read (see `callsInFlight`), the connection may hold four times as many. A connection that leaves
   * more than that plus one reply unread is disconnected. Default 16 MiB.
   */
  readonly bytesInFlight: number;
  /**
   * Bytes that all connections may hold. When half of it is used, each connection may hold less. A call that would
   * exceed it gets SYSTEM_ERR; if replies exceed it, the connection with the most unread replies is disconnected.
   * Default 192 MiB, shared by all servers and clients of the process: each may hold four times what is then free, so
   * that none can use up the memory of the others. A server that sets this or `totalCallsInFlight` has limits of its
   * own.
   */
  readonly totalBytes: number;
  /**
   * Bytes that the elements of one call's arguments may take in memory, by an estimate on the high side. A call with more
   * gets GARBAGE_ARGS. Default 64 MiB: 4 million integers, or 1.6 million structs of one integer.
   */
  readonly decodedBytes: number;
}

/** Limits of each listener. Options of `listen` override them for one. */
export interface ListenLimits {
  /**
   * Connections at a time. At the limit the connection that was idle for longest is closed for a new one. Default 4096.
   */
  readonly maxConnections: number;
  /** Connections at a time from one address (for IPv6, one /64 network). At the limit, the same applies. Default 1024. */
  readonly maxConnectionsPerAddress: number;
  /**
   * Source addresses over UDP that are remembered. At the limit, an address without running calls is removed: one of the host that has most
   * addresses. Default 4096.
   */
  readonly maxPeers: number;
  /** Milliseconds without traffic after which a connection is closed; 0: never. Default 10 minutes. */
  readonly idleTimeout: number;
  /** Milliseconds for the first record, while half of the allowed connections are open; 0: no limit. Default 10,000. */
  readonly firstRecordTimeout: number;
  /** Bytes of one incoming record. Default 16 MiB. */
  readonly record: number;
  /** Fragments that one record may have in addition to one for every 4 bytes. Default 65,536. */
  readonly fragments: number;
  /** Milliseconds from a record's first byte to its last. Default 60,000. */
  readonly recordTimeout: number;
  /** Bytes of unfinished records of all connections. Default 128 MiB, shared by all listeners and clients of the process. */
  readonly maxUnfinished: number;
  /** Bytes of one reply, or call back, over a stream. Default 16 MiB. */
  readonly maxMessage: number;
  /** Bytes that wait for a connection to read, above which it is not read. Default 1 MiB. */
  readonly highWaterMark: number;
}

/**
 * Every limit of a server; docs/reference/limits.md explains each. `xdrLimits` overrides the limits of decoding (`depth`,
 * `bytes`, `elements`).
 */
export interface ServerLimits extends CallLimits, ListenLimits, XdrLimits {}

/** The default limits of a server; docs/reference/limits.md explains each. */
export const defaultServerLimits: ServerLimits = Object.freeze({
  callsInFlight: 1024,
  totalCallsInFlight: defaultTotalCalls,
  bytesInFlight: 16 * MiB,
  totalBytes: defaultTotalBytes,
  decodedBytes: 64 * MiB,
  maxConnections: defaultMaxConnections,
  maxConnectionsPerAddress: defaultMaxConnectionsPerAddress,
  maxPeers: defaultMaxPeers,
  idleTimeout: defaultIdleTimeout,
  firstRecordTimeout: defaultFirstRecordTimeout,
  record: defaultRecordLimits.record,
  fragments: defaultRecordLimits.fragments,
  recordTimeout: defaultRecordLimits.time,
  maxUnfinished: defaultMaxUnfinished,
  maxMessage: defaultMaxMessage,
  highWaterMark: defaultHighWaterMark,
  ...defaultLimits,
});

/** `given`, completed with defaults. */
export function limitsOf(given: Partial<ServerLimits> = {}): ServerLimits {
  return { ...defaultServerLimits, ...defined(given) };
}

/** A total of the server's own, if one is set; otherwise its part of the process's total. */
export function ownTotal({ totalCallsInFlight, totalBytes }: Partial<ServerLimits> = {}): Total | undefined {
  if (totalCallsInFlight === undefined && totalBytes === undefined) return undefined;
  return new Total(totalCallsInFlight ?? defaultTotalCalls, totalBytes ?? defaultTotalBytes);
}

/** The options of a listener: the server's limits, overridden by the caller's options. */
export function withLimits<T extends OpenListenerOptions>(given: Partial<ServerLimits> = {}, options: T): T {
  const { record, fragments, recordTimeout: time } = given;
  const { maxConnections, maxConnectionsPerAddress, maxPeers, idleTimeout, firstRecordTimeout } = given;
  const { maxUnfinished, maxMessage, highWaterMark } = given;
  return defined({
    maxConnections,
    maxConnectionsPerAddress,
    maxPeers,
    idleTimeout,
    firstRecordTimeout,
    maxUnfinished,
    maxMessage,
    highWaterMark,
    ...options,
    limits: defined({ record, fragments, time, ...options.limits }),
  }) as T;
}

/** The values that are not undefined: an undefined value would replace a default. */
function defined<T extends object>(values: T): T {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as T;
}
