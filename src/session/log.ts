// A log that keeps sessions, their last replies and the state of transactions when the process ends.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Ledger } from "./ledger.js";
import { openRecordLog } from "./open-record-log.js";
import type { RecordLog, RecordLogOptions, WaitingRecord } from "./record-log.js";
import { createdRecord, endRecord, intentRecord, Logged, type LogRecord, outcomeRecord } from "./replay.js";
import type { CallRecord, Outcome, Session } from "./session.js";

/** Options of `openSessionLog`. While the log cannot be written, calls are refused or wait. */
export interface SessionLogOptions extends RecordLogOptions {}

const optionTable: OptionTable<SessionLogOptions> = {
  checkpoint: "size",
  onError: "function",
  disk: "object",
  clock: "object",
};

/**
 * Opens or makes the file in which a server keeps its sessions, their last replies, and the state of `call.transaction`. A record that was
 * being written when the process ended is cut off. Records that have changed since they were written are left out: the file is kept as
 * FILE.damaged, and `onError` is called, or a process warning given. The folder must exist, and only this user and the superuser may be able to
 * replace the file.
 * @throws LockTaken if another process has it open; UnusableFile if others can write there, or for a link, a pipe, a device, or
 * another user's file; Error if the file is something else, which is not changed; the error of the system if it cannot be
 * read or written. TypeError for a wrong option.
 * @example
 * import { mkdtemp, rm } from "node:fs/promises";
 *
 * const folder = await mkdtemp("/tmp/sessions-");
 * const log = await openSessionLog(`${folder}/sessions.log`, { onError: (error) => console.error(error) });
 * console.log(log.sessions.size); // 0
 * await log.close();
 * await rm(folder, { recursive: true });
 */
export async function openSessionLog(path: string, options: SessionLogOptions = {}): Promise<SessionLog> {
  checkOptions(optionTable, options);
  const logged = new Logged();
  return new SessionLog(await openRecordLog(path, logged, options), logged);
}

/**
 * A log that `openSessionLog` has opened: the `log` option of `serveSessions`. Only one server may use it.
 *
 * A full or failing disk does not end it. Until a record can be written, attempts are repeated with waits of 100 ms to 5 s,
 * each failure is passed to `onError`, calls that have run wait with their replies, and new calls are refused before they run.
 * @example
 * import { mkdtemp, rm } from "node:fs/promises";
 *
 * const folder = await mkdtemp("/tmp/sessions-");
 * const log = await openSessionLog(`${folder}/sessions.log`);
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * serveSessions(server, { log });
 * console.log(log.sessions.size, log.failing); // 0 false
 * await server.close();
 * await log.close();
 * await rm(folder, { recursive: true });
 */
export class SessionLog implements Ledger {
  /** The sessions in the file when it was opened. Changed by the server that has the log. */
  readonly sessions: Map<string, Session>;
  /** The state of transactions when the file was opened, as JSON by key. Changed by the server that has the log. */
  readonly state: Map<string, string>;
  readonly #log: RecordLog<LogRecord>;

  /** Made by `openSessionLog`. */
  constructor(log: RecordLog<LogRecord>, logged: Logged) {
    this.#log = log;
    this.sessions = logged.sessions();
    this.state = new Map(logged.state);
  }

  /** True while replies of calls that have run cannot be written: new calls are refused then. */
  get failing(): boolean {
    return this.#log.failing;
  }

  /** Bytes of the file. */
  get length(): number {
    return this.#log.length;
  }

  /** Records a new session. @throws the error of the system if it cannot be written: the session is not made. */
  created({ id, owner, slots }: Session): Promise<void> {
    return this.#log.tryToAppend(createdRecord(id, owner, slots.length));
  }

  /** Records that a call is about to run. @throws the error of the system if it cannot be written: the call does not run. */
  intent(call: CallRecord): Promise<void> {
    return this.#log.tryToAppend(intentRecord(call));
  }

  /**
   * Records that a session has ended. @throws the error of the system if it cannot be written: the session is there again after a
   * restart, until its lease ends.
   */
  ended(id: Uint8Array): Promise<void> {
    return this.#log.tryToAppend(endRecord(id));
  }

  /** Records the end of a call. Never rejects: it is pending until it was written, and the reply is sent then. */
  outcome(outcome: Outcome): Promise<void> {
    return this.#log.append(outcomeRecord(outcome));
  }

  /** @internal Appends a record, and reports its end without a promise. */
  put(waiting: WaitingRecord<LogRecord>): void {
    this.#log.put(waiting);
  }

  /**
   * Writes everything that waits, and closes the file; while the disk fails, it waits for that. Close the server first: calls
   * that end afterwards get no reply.
   */
  close(): Promise<void> {
    return this.#log.close();
  }
}
