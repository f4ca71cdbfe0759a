// The channels of node:diagnostics_channel on which the library publishes events (docs/guides/seeing-what-goes-on.md).
// Without subscribers nothing is created or copied.

import { channel } from "node:diagnostics_channel";
import { systemClock } from "../base/clock.js";
import type { Identity } from "../rpc/auth.js";
import type { CallOptions } from "../rpc/call.js";
import type { Procedure, Program } from "../rpc/program.js";
import type { Address } from "../transport/address.js";
import type { ConnectionInfo } from "../transport/connection.js";
import type { PeerStats } from "./stats.js";

/** The properties that all events of one call, or of one attempt to connect, have. They receive the same object. */
export interface PhaseEvent {
  /** The time of the start, as `performance.now()` gave it, in milliseconds. */
  readonly started: number;
  /** Milliseconds since the start. Set in `end` and `error`. */
  duration?: number;
  /** The error. Set in `error`. */
  error?: unknown;
}

/** Event of the channels `lupine:client:call:start`, `:end` and `:error`: a call of a client. */
export interface ClientCallEvent extends PhaseEvent {
  /** The program version that is called. */
  readonly program: Program;
  /** The procedure that is called. */
  readonly procedure: Procedure;
  /** The arguments, one array element for each. */
  readonly args: readonly unknown[];
  /** The options of the call. */
  readonly options: CallOptions;
  /** The address of the server, as far as it is known at the start. */
  readonly remote: Address;
  /** The result. Set in `end`. */
  result?: unknown;
}

/**
 * Event of the channels `lupine:server:call:start`, `:end` and `:error`: a call on a server, from its decoded arguments to
 * its reply.
 */
export interface ServerCallEvent extends PhaseEvent {
  /** The program version that is called. */
  readonly program: Program;
  /** The procedure that is called. */
  readonly procedure: Procedure;
  /** The arguments, one array element for each. */
  readonly args: readonly unknown[];
  /** The caller's address. */
  readonly remote: Address;
  /** The caller, as its credential claims. */
  readonly identity: Identity;
  /** The transaction id. */
  readonly xid: number;
  /** The result. Set in `end`. */
  result?: unknown;
}

/** Event of the channels `lupine:client:connect:start`, `:end` and `:error`: an attempt to connect. */
export interface ConnectEvent extends PhaseEvent {
  /** The target, as it was passed to the client. */
  readonly target: string;
  /** True if the client had a connection before. */
  readonly reconnect: boolean;
  /** The number of failed attempts in a row before this one. */
  readonly failures: number;
}

/** Event of the channels `lupine:connection:open` and `lupine:connection:close`, of clients and servers. */
export interface ConnectionEvent {
  /** The addresses and properties of the connection. */
  readonly connection: ConnectionInfo;
  /** The counts of the connection. In `close`, the final ones. */
  readonly stats: Readonly<PeerStats>;
  /** In `close`: why the connection ended. Undefined if it was closed normally. */
  readonly error?: unknown;
}

/** Event of the channels `lupine:message:sent` and `lupine:message:received`: a whole message without record marks. */
export interface MessageEvent {
  /** The addresses and properties of the connection. */
  readonly connection: ConnectionInfo;
  /** A copy of the message. */
  readonly bytes: Uint8Array;
}

/**
 * Event of the channel `lupine:message:dropped`: a message that is neither a call nor a reply, or a reply that no call waits
 * for.
 */
export interface DroppedMessageEvent extends MessageEvent {
  /** Why it was dropped. */
  readonly reason: "malformed" | "unmatched";
}

/** Event of the channel `lupine:client:retransmit`: a call is sent again over UDP, with the same transaction id. */
export interface RetransmitEvent {
  /** The addresses and properties of the connection. */
  readonly connection: ConnectionInfo;
  /** The program version that is called. */
  readonly program: Program;
  /** The procedure that is called. */
  readonly procedure: Procedure;
  /** The transaction id. */
  readonly xid: number;
  /** The number of transmissions of the call, including this one. */
  readonly transmissions: number;
}

export const clientCall = /* @__PURE__ */ phases("lupine:client:call");
export const clientConnect = /* @__PURE__ */ phases("lupine:client:connect");
export const clientRetransmit = /* @__PURE__ */ channel("lupine:client:retransmit");
export const serverCall = /* @__PURE__ */ phases("lupine:server:call");
/** A call that was refused or denied: the RefusedCall that `onRefused` gets. */
export const serverRefused = /* @__PURE__ */ channel("lupine:server:refused");
/** A call that was recognised as a repetition: the RepeatedCall. */
export const serverRepeated = /* @__PURE__ */ channel("lupine:server:repeated");
/** `{ error }`: a listener refused a connection, or failed. */
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

/** Publishes `end`, or `error` if the event has an error. */
export function publishEnd({ end, error }: Phases, event: PhaseEvent): void {
  event.duration = systemClock.now() - event.started;
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
