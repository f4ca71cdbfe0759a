// What clients and their calls may be told, as data.
import type { CallOptions } from "../rpc/call.js";
import type { OptionTable } from "../rpc/check-options.js";
import type { ConnectOptions } from "./connect.js";
import type { ClientOptions } from "./create-client.js";

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
    reservedPort: "flag",
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
export const clientOptions: OptionTable<ClientOptions & Record<"directory" | "balance" | "idempotent" | "times", unknown>> = {
  ...connectOptions,
  interceptors: "functions",
  callbacks: "object",
  directory: "any",
  balance: "any",
  idempotent: "procedures",
  times: "object",
};

export const sharedChannelOptions: OptionTable<ConnectOptions & Pick<ClientOptions, "callbacks"> & Pick<CallOptions, "signal">> = {
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
