// The options of listeners, as a table that checks them.

import type { OptionTable } from "../base/check-options.js";
import { texts } from "../base/option-kinds.js";
import type { OpenListenerOptions } from "./schemes/scheme.js";

export const listenerOptions: OptionTable<OpenListenerOptions> = {
  maxConnections: "count",
  maxConnectionsPerAddress: "count",
  whenFull: ["refuse", "replace"],
  maxUnfinished: "count",
  idleTimeout: "time",
  firstRecordTimeout: "time",
  fd: "count",
  backlog: "count",
  onError: "function",
  reuseReadBuffer: "flag",
  maxMessage: "size",
  highWaterMark: "count",
  fragmentSize: "size",
  framing: "object",
  limits: { record: "size", fragments: "count", time: "time" },
  closeTimeout: "time",
  halfCloseTimeout: "time",
  keepAlive: "flag",
  ipv6Only: "flag",
  mode: "count",
  maxPeers: "count",
  groups: texts,
  perAddress: "flag",
  network: "object",
  schemes: "object",
};
