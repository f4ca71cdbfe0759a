// Options of `serveSessions`.
import type { OptionTable } from "../base/check-options.js";
import type { Clock } from "../base/clock.js";
import type { Ledger } from "./ledger.js";
import type { SessionLimits } from "./limits.js";

/** Options of `serveSessions`. */
export interface SessionOptions extends Partial<SessionLimits> {
  /** A log that keeps sessions, replies and state when the process ends: `await openSessionLog(path)`. Default: memory only. */
  readonly log?: Ledger;
  /**
   * True: the handlers change only the state of `call.transaction`. Each call is then written to the log once, with its reply, and is never in doubt,
   * because an interrupted call can run again. False (default): each call is also written to the log before it runs.
   */
  readonly transactional?: boolean;
  /** The clock of leases, for tests. Default: the machine's. */
  readonly clock?: Clock;
}

export const sessionOptions: OptionTable<SessionOptions> = {
  sessions: "size",
  sessionsPerHost: "size",
  slots: "size",
  lease: "time",
  bytes: "size",
  log: "object",
  transactional: "flag",
  clock: "object",
};
