// A log that keeps sessions when the process ends: records are appended, many at once and with one sync, and the file is written
// anew when most of it is outdated.
import { type Backoff, backoffDelay } from "../base/backoff.js";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { type Clock, systemClock } from "../base/clock.js";
import type { Disk, DiskFile } from "../base/disk.js";
import { pause } from "../base/wait.js";
import { ownDisk } from "../machine/own-disk.js";
import { ownPlace } from "../machine/own-file.js";
import { ProcessLock } from "../machine/process-lock.js";
import { XdrWriter } from "../xdr/writer.js";
import type { Ledger } from "./ledger.js";
import { newLog, parseLog } from "./log-file.js";
import {
  createdRecord,
  endRecord,
  intentRecord,
  Logged,
  type LogRecord,
  outcomeRecord,
  writeRecord,
} from "./replay.js";
import type { CallRecord, Outcome, Session } from "./session.js";

/** Options of `openSessionLog`. */
export interface SessionLogOptions {
  /** The file is written anew when it has more bytes than this, and twice those that it had then. Default 4 MiB. */
  readonly checkpoint?: number;
  /**
   * Called when the log cannot be written, at each attempt. Default: the error is not reported; calls are refused or
   * wait.
   */
  readonly onError?: (error: unknown) => void;
  /** Where the file is. Default: the machine's files. */
  readonly disk?: Disk;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

const optionTable: OptionTable<SessionLogOptions> = {
  checkpoint: "size",
  onError: "function",
  disk: "object",
  clock: "object",
};

/** A writer that has grown beyond this number of bytes releases its memory. */
const mostScratch = 1024 * 1024;

/** The waits between attempts to write. */
const backoff: Backoff = { first: 100, factor: 2, most: 5_000, jitter: 0.2 };

/**
 * Opens or makes the file in which a server keeps its sessions, their last replies, and the state of `call.transaction`. A record that was
 * being written when the process ended is cut off. The folder must exist, and only this user and the superuser may be able to
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
  const place = options.disk === undefined ? ownPlace(path) : path;
  // The lock of a process that was killed is taken over.
  const lock = options.disk === undefined ? new ProcessLock(`${place}.lock`) : undefined;
  try {
    return await open(place, options.disk ?? ownDisk, lock, options);
  } catch (error) {
    lock?.release();
    throw error;
  }
}

async function open(
  path: string,
  disk: Disk,
  lock: ProcessLock | undefined,
  options: SessionLogOptions,
): Promise<SessionLog> {
  const logged = new Logged();
  const bytes = (await disk.read(path)) ?? new Uint8Array();
  const { records, length } = parseLog(bytes, path);
  for (const record of records) logged.apply(record);
  await disk.remove(temporary(path));
  const file = await disk.open(path);
  if (length < bytes.length) await file.truncate(length);
  if (length === 0) await file.append([newLog()]);
  await file.sync();
  return new SessionLog(path, file, logged, Math.max(length, newLog().length), options, lock);
}

interface Waiting {
  readonly record: LogRecord;
  readonly written: () => void;
  /** Absent: it is written again and again until that succeeds. */
  readonly failed: ((error: unknown) => void) | undefined;
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
  readonly #path: string;
  readonly #options: SessionLogOptions;
  readonly #disk: Disk;
  readonly #clock: Clock;
  /** The contents of the file. */
  readonly #logged: Logged;
  readonly #lock: ProcessLock | undefined;
  #file: DiskFile;
  #length: number;
  #checkpointAt: number;
  readonly #out = new XdrWriter();
  #queue: Waiting[] = [];
  #pumping: Promise<void> | undefined;
  #failing = false;

  /** Made by `openSessionLog`. */
  constructor(
    path: string,
    file: DiskFile,
    logged: Logged,
    length: number,
    options: SessionLogOptions,
    lock?: ProcessLock,
  ) {
    this.#lock = lock;
    this.#path = path;
    this.#file = file;
    this.#logged = logged;
    this.#length = length;
    this.#options = options;
    this.#disk = options.disk ?? ownDisk;
    this.#clock = options.clock ?? systemClock;
    this.#checkpointAt = options.checkpoint ?? 4 * 1024 * 1024;
    this.sessions = logged.sessions();
    this.state = new Map(logged.state);
  }

  /** True while replies of calls that have run cannot be written: new calls are refused then. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Bytes of the file. */
  get length(): number {
    return this.#length;
  }

  /** Records a new session. @throws the error of the system if it cannot be written: the session is not made. */
  created({ id, owner, slots }: Session): Promise<void> {
    return this.#tryToAppend(createdRecord(id, owner, slots.length));
  }

  /** Records that a call is about to run. @throws the error of the system if it cannot be written: the call does not run. */
  intent(call: CallRecord): Promise<void> {
    return this.#tryToAppend(intentRecord(call));
  }

  /**
   * Records that a session has ended. @throws the error of the system if it cannot be written: the session is there again after a
   * restart, until its lease ends.
   */
  ended(id: Uint8Array): Promise<void> {
    return this.#tryToAppend(endRecord(id));
  }

  /** Records the end of a call. Never rejects: it is pending until it was written, and the reply is sent then. */
  outcome(outcome: Outcome): Promise<void> {
    return new Promise((written) => this.#append({ record: outcomeRecord(outcome), written, failed: undefined }));
  }

  /**
   * Writes everything that waits, and closes the file; while the disk fails, it waits for that. Close the server first: calls
   * that end afterwards get no reply.
   */
  async close(): Promise<void> {
    await this.#pumping;
    await this.#file.close();
    this.#lock?.release();
  }

  #tryToAppend(record: LogRecord): Promise<void> {
    return new Promise((written, failed) => this.#append({ record, written, failed }));
  }

  #append(waiting: Waiting): void {
    this.#queue.push(waiting);
    this.#pumping ??= this.#pump().finally(() => {
      this.#pumping = undefined;
    });
  }

  // The records that came while the last batch was being written are the next batch.
  async #pump(): Promise<void> {
    while (this.#queue.length > 0) {
      await this.#write(this.#queue.splice(0));
      if (this.#length > this.#checkpointAt) await this.#checkpoint();
    }
  }

  async #write(batch: readonly Waiting[]): Promise<void> {
    let left = batch;
    for (let failures = 1; left.length > 0; failures++) {
      const bytes = this.#encoded(left.map(({ record }) => record));
      try {
        if (failures > 1) await this.#file.truncate(this.#length);
        await this.#file.append([bytes]);
        await this.#file.sync();
        this.#length += bytes.length;
        break;
      } catch (error) {
        this.#tell(error);
        left = giveUp(left, error);
        this.#failing = left.length > 0;
        // A partial record may follow the last whole one.
        await this.#file.truncate(this.#length).catch(() => undefined);
        if (this.#failing) await pause(backoffDelay(backoff, failures, this.#clock.random()), { clock: this.#clock });
      }
    }
    this.#failing = false;
    for (const { record, written } of left) {
      this.#logged.add(record);
      written();
    }
  }

  /** The bytes of records, in memory that the next call overwrites: write them to the file first. */
  #encoded(records: Iterable<LogRecord>): Uint8Array {
    const out = this.#out;
    if (out.buffer.length > mostScratch) out.replaceBuffer(Buffer.allocUnsafeSlow(1024));
    out.reset();
    for (const record of records) writeRecord(out, record);
    return out.buffer.subarray(0, out.offset);
  }

  async #checkpoint(): Promise<void> {
    const path = temporary(this.#path);
    try {
      await this.#disk.remove(path);
      const file = await this.#disk.open(path);
      const parts = [newLog(), this.#encoded(this.#logged.records())];
      await file.append(parts);
      await file.sync();
      await this.#disk.rename(path, this.#path);
      await this.#file.close();
      this.#file = file;
      this.#length = parts.reduce((sum, { length }) => sum + length, 0);
      this.#checkpointAt = Math.max(this.#options.checkpoint ?? 4 * 1024 * 1024, 2 * this.#length);
    } catch (error) {
      this.#tell(error);
      // The old file holds everything: it becomes longer.
      this.#checkpointAt *= 2;
    }
  }

  #tell(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // An error in the callback must not stop the log.
    }
  }
}

/** Fails the records that may be refused. @returns the others. */
function giveUp(batch: readonly Waiting[], error: unknown): Waiting[] {
  for (const { failed } of batch) failed?.(error);
  return batch.filter(({ failed }) => failed === undefined);
}

function temporary(path: string): string {
  return `${path}.new`;
}
