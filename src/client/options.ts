// What clients and their calls may be told: the types, and the same as data.
import type { Dispatcher } from "../peer/dispatcher.js";
import type { CallOptions, Interceptor } from "../rpc/call.js";
import type { OptionTable } from "../rpc/check-options.js";
import type { ConnectOptions } from "./connect.js";

/** Who serves the calls that come back: a Server of the package, with its programs implemented. */
export interface Callbacks {
  readonly dispatcher: Dispatcher;
}

export interface ClientOptions extends ConnectOptions {
  /** Around every call, the first outermost. */
  readonly interceptors?: readonly Interceptor[] | undefined;
  /**
   * What the server may call back on the same connection: `new Server().implement(...)`. It stays the caller's: one may
   * serve several clients, and closing the client does not close it. Once it is closed itself, calls back are refused
   * with PROG_UNAVAIL, and the client goes on. Not with a Channel: what that serves is said where it is made, to `connect` for one.
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
  limits: { depth: "count", bytes: "count", elements: "count" },
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
