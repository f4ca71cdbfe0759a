// Options of clients and calls: their types, and the tables that check them.
import type { Dispatcher } from "../peer/dispatcher.js";
import type { CallOptions, Interceptor } from "../rpc/call.js";
import type { OptionTable } from "../rpc/check-options.js";
import type { ConnectOptions } from "./connect.js";

/** Serves the calls that a server makes back to its client. A `Server` with its programs implemented is one. */
export interface Callbacks {
  /** Receives the incoming calls of each connection. */
  readonly dispatcher: Dispatcher;
}

/** Options of `createClient`. An unknown or invalid option is a TypeError that names it. */
export interface ClientOptions extends ConnectOptions {
  /** Functions that run around every call, the first one outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * Serves the calls that the server makes back over the same connection: `new Server().implement(...)`. Several clients may
   * share it, and closing a client does not close it. After it is closed, calls back are refused with PROG_UNAVAIL; calls of
   * the client are not affected. Not allowed if the target is a Channel: give it to `connect`, where that channel is made.
   */
  readonly callbacks?: Callbacks | undefined;
}

const connectOptions: OptionTable<ConnectOptions> = {
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
    limits: { record: "size", fragments: "count", time: "time" },
    closeTimeout: "time",
    halfCloseTimeout: "time",
    network: "object",
  },
  keepAlive: { interval: "size", unanswered: "count" },
  backoff: { first: "time", factor: "size", most: "time", jitter: "share" },
  waitForServer: "flag",
  clock: "object",
};

/** Those of services, too, which are checked where services are known. */
export const clientOptions: OptionTable<
  ClientOptions & Record<"directory" | "balance" | "idempotent" | "times", unknown>
> = {
  ...connectOptions,
  interceptors: "functions",
  callbacks: "object",
  directory: "any",
  balance: "any",
  idempotent: "procedures",
  times: "object",
};

export const sharedChannelOptions: OptionTable<
  ConnectOptions & Pick<ClientOptions, "callbacks"> & Pick<CallOptions, "signal">
> = {
  ...connectOptions,
  callbacks: "object",
  signal: "signal",
};

export const callOptions: OptionTable<CallOptions> = {
  timeout: "number",
  signal: "signal",
  auth: "credential",
  idempotent: "flag",
  background: "flag",
  values: "object",
};
