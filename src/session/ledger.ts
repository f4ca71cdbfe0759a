// The interface between sessions and the storage in which they survive the process.
import type { Transaction } from "../rpc/call.js";
import type { WaitingRecord } from "./record-log.js";
import type { LogRecord } from "./replay.js";
import type { CallRecord, Outcome, Session } from "./session.js";

/**
 * Stores sessions so that they survive the process. Each promise resolves once its record would survive a crash.
 *
 * While records cannot be written, no further call runs: `created` and `intent` reject, so that a session is not made and
 * a call is refused before it runs (RPC_SESSION_REFUSED). Calls that have already run wait in `outcome`: their replies are delayed, but none is lost.
 * After a crash, a call with an intent and no outcome is in doubt (RPC_IN_DOUBT) and never runs again.
 */
export interface Ledger {
  /** The sessions as they were when the previous process ended. From now on they belong to the server. */
  readonly sessions: Map<string, Session>;
  /** The state of transactions, as JSON by key. Changed by `outcome`. */
  readonly state: Map<string, string>;
  /** True: outcomes cannot be written at the moment, and new calls are refused before they run. */
  readonly failing: boolean;
  /** Records a new session. @throws if that cannot be written: the client does not get the session. */
  created(session: Session): Promise<void>;
  /** Records that a call is about to run. @throws if that cannot be written: the call does not run. */
  intent(call: CallRecord): Promise<void>;
  /**
   * Records that a call has ended, with its reply. Unless `commits` is true, it never rejects: if the outcome cannot be written, it stays pending
   * until it was written, and the reply is sent then.
   */
  outcome(outcome: Outcome): Promise<void>;
  /**
   * True: `outcome` commits the effects of the call together with its reply, and rejects if neither was kept. A call of
   * `transactional: true` then did not run (RPC_SESSION_REFUSED), any other is in doubt. Default false.
   */
  readonly commits?: boolean;
  /** The call with this `call.transaction` has ended without an outcome. Undo its effects. Must not throw. */
  abandon?(transaction: Transaction): void;
  /**
   * Records that a session has ended. @throws if that cannot be written: the session then exists again after a restart, until
   * its lease ends.
   */
  ended(id: Uint8Array): Promise<void>;
}

/** A log of this package: it reports the end of a write without a promise. */
export interface QuickLedger extends Ledger {
  /** @internal Appends a record. */
  put(waiting: WaitingRecord<LogRecord>): void;
}

export function isQuick(ledger: Ledger): ledger is QuickLedger {
  return "put" in ledger;
}
