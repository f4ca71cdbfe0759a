// The types of a blocking client and of its options.
import type { OptionTable } from "../base/check-options.js";
import type { ClientLimits, ConnectOptions } from "../client/connect.js";
import type { SemanticsChoice } from "../client/options.js";
import type { ChannelCall } from "../rpc/call.js";
import type { Procedure, Procedures } from "../rpc/program.js";
import type { OptionsFor } from "../rpc/stubs.js";
import { tlsConnectOptions } from "../transport/tls/connect-options.js";
import type { WireOptions } from "./wire.js";

/** The methods of a blocking client: the methods of `Client`, but they return the result instead of a promise. */
export type BlockingClient<P extends Procedures> = {
  readonly [M in keyof P]: P[M] extends Procedure<infer _Args, infer Result, infer Sent, infer _Returned>
    ? (...args: [...Sent, options?: OptionsFor<Result>]) => Result
    : never;
};

/** A blocking client that `using` closes at the end of its block. */
export type ClosableBlockingClient<P extends Procedures> = BlockingClient<P> & Disposable;

/** Runs around every call of a blocking client. It may change the call, call `next` once, several times or not at all. */
export type BlockingInterceptor = (call: ChannelCall, next: (call: ChannelCall) => unknown) => unknown;

/** Options of `createBlockingClient`. Those with the same name mean the same as in `createClient`. */
export interface BlockingClientOptions<P extends Procedures = Procedures>
  extends Pick<
    ConnectOptions,
    | "transport"
    | "netid"
    | "timeout"
    | "auth"
    | "tls"
    | "rpcbind"
    | "retransmit"
    | "lenient"
    | "onLeftOver"
    | "strict"
    | "connectTimeout"
  > {
  /** Limits of results. Default: those of `createClient`. */
  readonly limits?: Partial<Pick<ClientLimits, "depth" | "bytes" | "elements" | "decodedBytes">>;
  /** Limits of the connection, and a reserved source port. Default: the defaults of each. */
  readonly connection?: WireOptions;
  /** How often calls may run. "exactly-once" needs `createClient`. Default: as the interface says, else "at-most-once". */
  readonly semantics?: SemanticsChoice<P> | undefined;
  /** Functions that run around every call, the first one outermost. They return the result, not a promise. Default: none. */
  readonly interceptors?: readonly BlockingInterceptor[] | undefined;
  /**
   * How the thread is blocked: "system" calls the system's sockets through the package koffi (Linux), "thread" uses a worker
   * thread and works everywhere. Default: "system" where it works. TLS and reserved ports need "thread", which is their default.
   */
  readonly by?: "system" | "thread" | undefined;
}

export const blockingClientOptions: OptionTable<BlockingClientOptions> = {
  transport: ["tcp", "udp", "unix"],
  netid: "text",
  timeout: "number",
  auth: "credential",
  tls: tlsConnectOptions,
  rpcbind: "text",
  retransmit: { first: "time", factor: "size", longest: "time", jitter: "share", random: "function" },
  lenient: "function",
  onLeftOver: "function",
  strict: "flag",
  connectTimeout: "time",
  limits: { depth: "count", bytes: "count", elements: "count", decodedBytes: "count" },
  connection: {
    maxMessage: "size",
    reservedPort: [true, false, "try"],
    limits: { record: "size", fragments: "count", time: "time" },
  },
  semantics: "any",
  interceptors: "functions",
  by: ["system", "thread"],
};
