// The connections of a reconnecting channel, and how it asks for one. The function that makes them is passed in.
import type { PeerStats } from "../peer/stats.js";
import type { Channel } from "../rpc/call.js";

/** A channel that reports whether it can still carry calls. */
export interface LiveChannel extends Channel {
  /** True if the connection ended before any call on it was answered. */
  readonly failed: boolean;
  /** The transport delivers every message once, or the connection ends. */
  readonly reliable?: boolean;
  /** The counts of the connection. */
  readonly stats?: Readonly<PeerStats>;
  /** False as soon as the connection is closing or lost, or has been silent long enough to seem lost. */
  readonly connected: boolean;
}

/** Requirements for a connection. */
export interface ConnectWish {
  /** Ends the attempt when it is aborted. */
  readonly signal: AbortSignal;
  /** Milliseconds after which the connection is no longer needed. */
  readonly time: number;
  /** True: no call waits for the connection, so connecting does not keep the process alive. */
  readonly background: boolean;
}

/** Makes one connection. */
export type Connect = (wish: ConnectWish) => Promise<LiveChannel>;

/** Milliseconds that one attempt to connect may take, including the look-up at rpcbind. */
export const defaultConnectTimeout = 10_000;

/** How long a call waits for a connection, and its deadline. */
export interface ConnectPatience {
  readonly timeout: number;
  readonly signal: AbortSignal | undefined;
  readonly background?: boolean | undefined;
  /** True: the call may fail with the last error during the backoff. */
  readonly failAtOnce?: boolean | undefined;
}

/** One attempt to connect, shared by every call that waits for it. */
export interface Attempt {
  readonly result: Promise<LiveChannel>;
  readonly abort: AbortController;
  /** The milliseconds that the call which started the attempt had left. */
  readonly patience: number;
  /** True if it follows a failed attempt: then only calls that prefer waiting to failing wait for it. */
  readonly background: boolean;
  waiting: number;
}
