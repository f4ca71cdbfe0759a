// One conversation in both directions.

export { Deadlines, deadlineTick } from "./deadlines.js";
export type {
  ClientCallEvent,
  ConnectEvent,
  ConnectionEvent,
  DroppedMessageEvent,
  MessageEvent,
  PhaseEvent,
  RetransmitEvent,
  ServerCallEvent,
} from "./diagnostics.js";
export type { CallReceiver, CallSource, Dispatcher } from "./dispatcher.js";
export type { LeftOver, OnLeftOver } from "./left-over-warning.js";
export { defaultTimeout, Peer, type PeerOptions } from "./peer.js";
export { defaultCallsInFlight } from "./pending-calls.js";
export { defaultRetransmit, type RetransmitPolicy } from "./retransmit.js";
export type { PeerStats } from "./stats.js";
