// A session as the server keeps it.
import type { Identity } from "../rpc/auth.js";
import type { Transaction } from "../rpc/call.js";
import type { Fingerprint } from "./fingerprint.js";
import type { session_reply } from "./session.gen.js";

/** Counts of the sessions of one server, from its start. */
export interface SessionStats {
  /** Calls that ran. */
  runs: number;
  /** Copies of a call that still ran: they got its reply. */
  joins: number;
  /** Copies of a call that had ended: they got its reply again. */
  replays: number;
  /** Calls under the sequence number of another one. They did not run. */
  falseRetries: number;
  /** Calls whose sequence number was neither the last nor the next one. They did not run. */
  misordered: number;
  /** Copies of a call that ran when the server stopped. */
  inDoubt: number;
  /** Calls and sessions that were refused because of a limit, or because the log cannot be written. */
  refused: number;
}

export const noSessions: SessionStats = {
  runs: 0,
  joins: 0,
  replays: 0,
  falseRetries: 0,
  misordered: 0,
  inDoubt: 0,
  refused: 0,
};

/**
 * The sessions of one server. `serveSessions` makes it. In a worker of `serve` (`lupine/processes`) the numbers are totals of all workers, as last
 * reported to this worker.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const sessions = serveSessions(server, { lease: 60_000 });
 * console.log(sessions.size, sessions.bytes, sessions.stats.refused); // 0 0 0
 */
export interface Sessions {
  /** Counts from the start of the server. */
  readonly stats: SessionStats;
  /** The number of sessions. */
  readonly size: number;
  /** Bytes of the replies that are kept. */
  readonly bytes: number;
}

/** A call that has no reply yet. */
export interface CallInSlot {
  /** The answer to copies of the call. */
  copies(): Promise<session_reply>;
}

/** A slot of a session, in which one call runs after another. */
export interface Slot {
  /** The sequence number of the last call; 0 before the first call. */
  sequence: number;
  /** The fingerprint of the last call. */
  fingerprint: Fingerprint;
  /** The last reply. Undefined while the call runs, and after it if the server stopped meanwhile. */
  reply: Uint8Array | undefined;
  /** The call that runs now. */
  running: CallInSlot | undefined;
  /** The object that serves its usual calls, for use again. */
  call?: object;
}

/** The slots of a session, by number. An array of `Slot` is one. */
export interface Slots extends Iterable<Slot> {
  /** The number of slots: the number of calls of the session that can run at once. */
  readonly length: number;
  /** The slot with a number from 0 to `length - 1`; undefined for others. */
  at(number: number): Slot | undefined;
}

/** A session on the server: its client, and the slots in which its calls run. */
export interface Session {
  /** 16 random bytes. */
  readonly id: Uint8Array<ArrayBuffer>;
  /** The credential of its client. */
  readonly owner: string;
  /** The host of its client, or its /64 network for IPv6, for limits. Empty after a restart of the server, until the session's next call. */
  host: string;
  /** Its iterator gives the slots that have had a call, and perhaps others. */
  readonly slots: Slots;
  /** The number of its running calls. The session is not removed while calls run. */
  running: number;
  /** True once the session has had a call. */
  used: boolean;
  /** The clock's time of its last call. */
  lastUsed: number;
  /** The clock's time at which the session was last moved to the end of the order of removal. */
  movedAt?: number;
  /** The last caller that `owner` was compared with and that owns it. */
  lastCaller?: Identity;
}

/** The call of a slot, as the log names it. */
export interface CallRecord extends Fingerprint {
  /** The session's id. */
  readonly id: Uint8Array;
  /** The number of the slot, from 0. */
  readonly slot: number;
  /** The call's sequence number in its slot, from 1. */
  readonly sequence: number;
}

/** One change of the state: JSON, or undefined to delete the key. */
export interface StateWrite {
  /** The key that is changed. At most 1,024 bytes. */
  readonly key: string;
  /** The new value as JSON; undefined: the key is deleted. */
  readonly value: string | undefined;
}

/** The end of a call: its reply and its changes of the state belong together. */
export interface Outcome {
  /** The call that has ended. */
  readonly call: CallRecord;
  /** The whole reply message, as it is repeated to copies of the call. */
  readonly reply: Uint8Array;
  /** The changes that the call made to the state. Empty if it failed. */
  readonly writes: readonly StateWrite[];
  /** The `call.transaction` that the handler had. */
  readonly transaction?: Transaction;
}

/** Records the end of a session, without waiting for the disk. */
export function endSession({ id }: Session, ledger: { ended(id: Uint8Array): Promise<void> } | undefined): void {
  ledger?.ended(id).catch(() => undefined);
}
