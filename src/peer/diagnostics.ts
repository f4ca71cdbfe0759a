// The channels of node:diagnostics_channel on which the library publishes events (docs/guides/seeing-what-goes-on.md).
// Nothing is made or copied for a channel that nobody listens to.
import { channel } from "node:diagnostics_channel";
import type { Identity } from "../rpc/auth.js";
import type { CallOptions } from "../rpc/call.js";
import type { Procedure, Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import type { ConnectionInfo } from "../transport/connection.js";
import type { PeerStats } from "./stats.js";

/** What all events of one call, or of one attempt to connect, share: they get the same object. */
export interface PhaseEvent {
  /** Of `performance.now()`, in milliseconds. */
  readonly started: number;
  /** Milliseconds. From `end` or `error` on. */
  duration?: number;
  /** In `error`. */
  error?: unknown;
}

/** `lupine:client:call:start`, `:end` and `:error`. */
export interface ClientCallEvent extends PhaseEvent {
  readonly program: Program;
  readonly procedure: Procedure;
  readonly args: readonly unknown[];
  readonly options: CallOptions;
  /** Where the call goes, as far as it is known at its start. */
  readonly remote: Address;
  /** In `end`. */
  result?: unknown;
}

/** `lupine:server:call:start`, `:end` and `:error`: from decoded arguments to the reply. */
export interface ServerCallEvent extends PhaseEvent {
  readonly program: Program;
  readonly procedure: Procedure;
  readonly args: readonly unknown[];
  readonly remote: Address;
  readonly identity: Identity;
  readonly xid: number;
  /** In `end`. */
  result?: unknown;
}

/** `lupine:client:connect:start`, `:end` and `:error`. */
export interface ConnectEvent extends PhaseEvent {
  /** As the caller wrote it. */
  readonly target: string;
  /** Whether the client had a connection before. */
  readonly reconnect: boolean;
  /** Attempts in a row that have failed before this one. */
  readonly failures: number;
}

/** `lupine:connection:open` and `lupine:connection:close`, of clients and servers. */
export interface ConnectionEvent {
  readonly connection: ConnectionInfo;
  readonly stats: Readonly<PeerStats>;
  /** In `close`: why, unless it was closed in good order. A record that is refused closes its connection. */
  readonly error?: unknown;
}

/** `lupine:message:sent`, `lupine:message:received`: whole messages without record marks. */
export interface MessageEvent {
  readonly connection: ConnectionInfo;
  /** A copy. */
  readonly bytes: Uint8Array;
}

/** `lupine:message:dropped`: it was neither a call nor a reply, or a reply that no call waits for. */
export interface DroppedMessageEvent extends MessageEvent {
  readonly reason: "malformed" | "unmatched";
}

/** `lupine:client:retransmit`: a call is repeated over an unreliable connection, under the same xid. */
export interface RetransmitEvent {
  readonly connection: ConnectionInfo;
  readonly program: Program;
  readonly procedure: Procedure;
  readonly xid: number;
  /** How often it was sent, this time included. */
  readonly transmissions: number;
}

export const clientCall = /* @__PURE__ */ phases("lupine:client:call");
export const clientConnect = /* @__PURE__ */ phases("lupine:client:connect");
export const clientRetransmit = /* @__PURE__ */ channel("lupine:client:retransmit");
export const serverCall = /* @__PURE__ */ phases("lupine:server:call");
/** A call that was refused or denied: the RefusedCall that `onRefused` gets. */
export const serverRefused = /* @__PURE__ */ channel("lupine:server:refused");
/** `{ error }`: a listener turned a connection away, or failed. */
export const listenerError = /* @__PURE__ */ channel("lupine:server:listener:error");
export const connectionOpen = /* @__PURE__ */ channel("lupine:connection:open");
export const connectionClose = /* @__PURE__ */ channel("lupine:connection:close");
export const messageSent = /* @__PURE__ */ channel("lupine:message:sent");
export const messageReceived = /* @__PURE__ */ channel("lupine:message:received");
export const messageDropped = /* @__PURE__ */ channel("lupine:message:dropped");

type Phases = ReturnType<typeof phases>;

function phases(name: string) {
  return { start: channel(`${name}:start`), end: channel(`${name}:end`), error: channel(`${name}:error`) };
}

export function isWatched({ start, end, error }: Phases): boolean {
  return start.hasSubscribers || end.hasSubscribers || error.hasSubscribers;
}

/** Publishes `end`, or `error` where the event has one. */
export function publishEnd({ end, error }: Phases, event: PhaseEvent): void {
  event.duration = performance.now() - event.started;
  (event.error === undefined ? end : error).publish(event);
}

/** Runs `work` between `start` and `end` or `error`, within the stores that are bound to `start`. */
export function watched<T>(
  phases: Phases,
  event: PhaseEvent & { result?: unknown },
  work: () => Promise<T>,
): Promise<T> {
  return phases.start.runStores(event, async () => {
    try {
      const result = await work();
      event.result = result;
      return result;
    } catch (error) {
      event.error = error ?? new Error("failed without an error");
      throw error;
    } finally {
      publishEnd(phases, event);
    }
  });
}
