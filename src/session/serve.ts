// Adds sessions to a server.

import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Clock } from "../base/clock.js";
import type { Server } from "../server/server.js";
import type { Ledger } from "./ledger.js";
import { defaultSessionLimits, type SessionLimits } from "./limits.js";
import { SESSION_VERS } from "./session.gen.js";
import { Sessions } from "./sessions.js";

/** Options of `serveSessions`. */
export interface SessionOptions extends Partial<SessionLimits> {
  /** A log that keeps sessions, replies and state when the process ends: `await openSessionLog(path)`. Default: memory only. */
  readonly log?: Ledger;
  /**
   * True: the handlers change nothing but the state of `call.transaction`. A call is then written to the log once, with
   * its reply, and is never in doubt: an interrupted call runs again. Default false: it is written before it runs, too.
   */
  readonly transactional?: boolean;
  /** The clock of leases, for tests. Default: the machine's. */
  readonly clock?: Clock;
}

const optionTable: OptionTable<SessionOptions> = {
  sessions: "size",
  sessionsPerHost: "size",
  slots: "size",
  lease: "time",
  bytes: "size",
  log: "object",
  transactional: "flag",
  clock: "object",
};

/**
 * Lets clients call all programs of the server with `semantics: "exactly-once"`. The interface files of these programs stay as they are:
 * the server gets one more program, whose calls carry theirs.
 * @returns the sessions, with their counts.
 * @throws TypeError for a wrong option, or if the server has sessions already.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const sessions = serveSessions(server);
 * const { address } = await server.listen("tcp://127.0.0.1:0");
 *
 * await using client = createClient(ADD_VERS, address, { semantics: "exactly-once" });
 * console.log(await client.add({ a: 1, b: 2 }), sessions.stats.runs); // 3 1
 */
export function serveSessions(server: Server, options: SessionOptions = {}): Sessions {
  checkOptions(optionTable, options);
  const { log, transactional, clock, ...given } = options;
  const limits = { ...defaultSessionLimits, ...given };
  const sessions = new Sessions(server, limits, clock, log, transactional);
  server.implement(SESSION_VERS, {
    create: (wish, call) => sessions.create(wish, call),
    call: (args, call) => sessions.call(args, call),
    end: (id, call) => sessions.end(id, call),
  });
  return sessions;
}
