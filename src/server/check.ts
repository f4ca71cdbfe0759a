// The options of servers and listeners, as tables that check them.

import type { OptionTable } from "../base/check-options.js";
import { acceptors, cache, ids, semanticsByMethod } from "../base/option-kinds.js";
import { listenerOptions } from "../transport/listener-options.js";
import type { ServerListenOptions } from "./accepting.js";
import type { ServerOptions } from "./options.js";
import type { ImplementOptions } from "./programs.js";
import { tlsListenOptions } from "./tls-options.js";

export const serverOptions: OptionTable<ServerOptions> = {
  auth: acceptors,
  interceptors: "functions",
  limits: {
    callsInFlight: "count",
    totalCallsInFlight: "count",
    bytesInFlight: "count",
    totalBytes: "count",
    decodedBytes: "count",
    maxConnections: "count",
    maxConnectionsPerAddress: "count",
    maxPeers: "count",
    idleTimeout: "time",
    firstRecordTimeout: "time",
    record: "size",
    fragments: "count",
    recordTimeout: "time",
    maxUnfinished: "count",
    maxMessage: "size",
    highWaterMark: "count",
    depth: "count",
    bytes: "count",
    elements: "count",
  },
  xdrLimits: { depth: "count", bytes: "count", elements: "count" },
  lenient: "function",
  clock: "object",
  replyCache: cache,
  callbacks: { auth: "credential", timeout: "number" },
  onDisconnected: "function",
  onRefused: "function",
  onError: "function",
};

export const implementOptions: OptionTable<ImplementOptions> = {
  flavors: ids,
  interceptors: "functions",
  datagramReply: "size",
  semantics: semanticsByMethod,
  requireTls: ["tls", "client-certificate"],
};

export const listenOptions: OptionTable<ServerListenOptions> = {
  accept: ["local", "network"],
  tls: tlsListenOptions,
  ...listenerOptions,
};
