// Options of clients and calls: their types, and the tables that check them.

import type { OptionTable } from "../base/check-options.js";
import { allSemantics } from "../base/semantics.js";
import type { Dispatcher } from "../peer/dispatcher.js";
import type { Interceptor, VoidCallOptions } from "../rpc/call.js";
import type { Procedures, Semantics } from "../rpc/program.js";
import { tlsConnectOptions } from "../transport/tls/connect-options.js";
import type { ConnectOptions } from "./connect.js";

/** Serves the calls that a server makes back to its client. A `Server` with its programs implemented is one. */
export interface Callbacks {
  /** Receives the incoming calls of each connection. */
  readonly dispatcher: Dispatcher;
}

/** For all procedures, or by method name. Procedures that are not listed keep their own. */
export type SemanticsChoice<P extends Procedures = Procedures> =
  | Semantics
  | { readonly [method in keyof P & string]?: Semantics | undefined };

/** Options of `createClient`. An option that is unknown, invalid, or does not apply to the target is a TypeError that names it. */
export interface ClientOptions<P extends Procedures = Procedures> extends ConnectOptions {
  /**
   * How often calls may run. This decides what the client does if the connection is lost or no reply arrives. Give one value for all procedures, or
   * `{ add: "at-least-once" }` by method name. Default: the annotation of each procedure in the interface, else "at-most-once".
   * @see Semantics
   */
  readonly semantics?: SemanticsChoice<P> | undefined;
  /**
   * For "exactly-once" calls. `file`: the path of a file in which the client keeps its session, so that the session continues after a restart of the
   * process; `unfinishedCalls` of `lupine/session` then returns the calls whose outcome is unknown. Each call is written to the disk before it is
   * sent. Only one client at a time can use the file. Default: the session ends with the process.
   */
  readonly session?: { readonly file: string } | undefined;
  /** Functions that run around every call, the first one outermost. Default: none. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * Serves the calls that the server makes back over the same connection: `new Server().implement(...)`. Several clients may
   * share it, and closing a client does not close it. After it is closed, calls back are refused with PROG_UNAVAIL; calls of
   * the client are not affected. Not allowed if the target is a Channel: give it to `connect`, where that channel is made. Default: none.
   */
  readonly callbacks?: Callbacks | undefined;
  /**
   * Only if the target is a Server of this process. False: arguments and results are passed by reference, without encoding or checks; neither caller
   * nor handler may change them afterwards. Default true.
   */
  readonly encode?: boolean | undefined;
}

export const connectOptions: OptionTable<ConnectOptions> = {
  transport: ["tcp", "udp", "unix"],
  netid: "text",
  timeout: "number",
  auth: "credential",
  rpcbind: "text",
  retransmit: { first: "time", factor: "size", longest: "time", jitter: "share", random: "function" },
  strictReplyAddress: "flag",
  limits: {
    depth: "count",
    bytes: "count",
    elements: "count",
    decodedBytes: "count",
    callsInFlight: "count",
    totalCallsInFlight: "count",
    totalBytes: "count",
  },
  lenient: "function",
  onLeftOver: "function",
  strict: "flag",
  connectTimeout: "time",
  connection: {
    reservedPort: [true, false, "try"],
    keepAlive: "flag",
    maxMessage: "size",
    highWaterMark: "count",
    fragmentSize: "size",
    framing: "object",
    limits: { record: "size", fragments: "count", time: "time" },
    closeTimeout: "time",
    halfCloseTimeout: "time",
    network: "object",
    schemes: "object",
  },
  tls: tlsConnectOptions,
  keepAlive: { interval: "size", unanswered: "count" },
  backoff: { first: "time", factor: "size", most: "time", jitter: "share" },
  waitForServer: "flag",
  clock: "object",
};

/** The options of calls over several servers. Clients of DCE RPC have them, too. */
export const poolOptions: OptionTable<Record<"balance" | "times" | "retryBudget", unknown>> = {
  balance: ["round-robin", "least-busy", "sticky"],
  times: {
    connectPatience: "timer",
    silence: "timer",
    probeTimeout: "timer",
    quarantine: { first: "timer", factor: "size", most: "timer", jitter: "share" },
  },
  retryBudget: { share: "share", perSecond: "count", burst: "count" },
};

/** Includes the options of pools and services; applies.ts decides which of them apply. */
export const clientOptions: OptionTable<
  ClientOptions & Record<"directory" | "balance" | "times" | "retryBudget", unknown>
> = {
  ...connectOptions,
  interceptors: "functions",
  encode: "flag",
  callbacks: "object",
  semantics: "any",
  session: { file: "text" },
  directory: "directory",
  ...poolOptions,
};

export const callOptions: OptionTable<VoidCallOptions> = {
  oneWay: "flag",
  timeout: "number",
  signal: "signal",
  auth: "credential",
  semantics: allSemantics,
  background: "flag",
  atOnce: "flag",
  patient: "flag",
  values: "object",
};
