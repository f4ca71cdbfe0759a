// The messages between `serve` and its workers about sessions: the supervisor keeps them, and the workers run their calls. Tuples, because
// objects take twice the time to send. The number after the first word is the worker's own number of the question.
import type { Identity } from "../rpc/auth.js";
import type { SessionLimits } from "../session/limits.js";
import type { session_created, session_reply } from "../session/session.gen.js";
import type { StateWrite } from "../session/session.js";
import type { Address } from "../transport/address.js";

/** The caller of a call. */
export interface SentCaller {
  readonly identity: Identity;
  readonly remote: Address;
}

/** The options of `serveSessions` in the workers' module. */
export interface SentSessionOptions {
  readonly limits: Partial<SessionLimits>;
  readonly transactional: boolean;
}

/**
 * From a worker. "ran": a call that the supervisor let run has its reply; "failed": it has none. "enter": its handler wants to read and
 * change the state of transactions.
 */
export type SessionQuestion =
  | readonly ["options", SentSessionOptions]
  | readonly ["create", number, slots: number, SentCaller]
  | readonly ["end", number, id: Uint8Array, SentCaller]
  | readonly ["call", number, SentSessionCall, SentCaller]
  | readonly ["enter", number]
  | readonly ["ran", number, reply: Uint8Array, writes: readonly StateWrite[]]
  | readonly ["failed", number];

/** The arguments of SESSION_CALL. */
export type SentSessionCall = readonly [
  id: Uint8Array,
  slot: number,
  sequence: number,
  settled: number,
  message: Uint8Array,
];

/** Keys and values of the state as JSON; undefined: the key was deleted. */
export type StateNews = readonly (readonly [key: string, value: string | undefined])[];

/**
 * From the supervisor. "run": the call runs now; `last`: its reply may be sent without another answer. "entered": the transaction has
 * begun, with the changes of the state since the last one of this worker. "ran": the reply of the call is safe.
 */
export type SessionAnswer =
  | readonly ["created", number, session_created]
  | readonly ["ended", number, session_reply["status"]]
  | readonly ["run", number, last: boolean]
  | readonly ["entered", number, StateNews]
  | readonly ["ran", number]
  | readonly ["reply", number, session_reply]
  | readonly ["failed", number];

/** The counts of `Sessions`: size, bytes, and those of `stats` in their order. */
export type SentCounts = readonly number[];

export interface SessionQuestions {
  readonly sessionQuestions: readonly SessionQuestion[];
}

export interface SessionAnswers {
  readonly sessionAnswers: readonly SessionAnswer[];
  readonly counts: SentCounts;
}
