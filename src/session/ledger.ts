// The interface between sessions and the storage in which they survive the process.
import type { CallRecord, Outcome, Session } from "./session.js";

/** Keeps sessions beyond the process. Each promise resolves when its record will survive a crash. */
export interface Ledger {
  /** The sessions as they were when the previous process ended. From now on they belong to the server. */
  readonly sessions: Map<string, Session>;
  /** The state of transactions, as JSON by key. Changed by `outcome`. */
  readonly state: Map<string, string>;
  /** Records cannot be written at the moment: calls are refused before they run. */
  readonly failing: boolean;
  created(session: Session): Promise<void>;
  /** A call is about to run. @throws if that cannot be written. */
  intent(call: CallRecord): Promise<void>;
  /** A call has ended. Never rejects: it is written when that is possible again. */
  outcome(outcome: Outcome): Promise<void>;
  ended(id: Uint8Array): Promise<void>;
}
