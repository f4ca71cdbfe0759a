// The client's room as other rooms see it.
export { type Backoff, backoffDelay, defaultBackoff } from "../base/backoff.js";
export {
  type ClientLimits,
  type ConnectOptions,
  defaultClientLimits,
  reach,
  reconnecting,
  type Wiring,
} from "./connect.js";
export { type ClientWiring, createClientWith } from "./create-client.js";
export { channelOf, closeClient } from "./handle.js";
export type { KeepAlive } from "./keep-alive.js";
export { defaultConnectTimeout } from "./live-channel.js";
export type { Found, Locator, Lookup, TransportName } from "./locator.js";
export { openPeer } from "./open-peer.js";
export { type Callbacks, type ClientOptions, clientOptions, type SemanticsChoice } from "./options.js";
export { ReconnectingChannel, type ReconnectingOptions } from "./reconnecting-channel.js";
export { connect } from "./shared-channel.js";
export { type ClientStats, type SessionCounts, statsOf } from "./stats.js";
export { type ClosableClient, stubsOver } from "./stubs.js";
export type { Target } from "./target.js";
