// A file of records that survive the process: records are appended, many at once and with one sync, and the file is written anew
// when most of it is outdated. Knows nothing of their meaning.
import { type Backoff, backoffDelay } from "../base/backoff.js";
import { type Clock, systemClock } from "../base/clock.js";
import type { Disk, DiskFile } from "../base/disk.js";
import { pause } from "../base/wait.js";
import { ownDisk } from "../machine/own-disk.js";
import { ownPlace } from "../machine/own-file.js";
import { ProcessLock } from "../machine/process-lock.js";
import { XdrWriter } from "../xdr/writer.js";
import { beginFrame, endFrame, type LogFormat, newLog, parseLog } from "./log-file.js";

/** Options of every log. */
export interface RecordLogOptions {
  /** The file is written anew when it has more bytes than this, and twice those that it had then. Default 4 MiB. */
  readonly checkpoint?: number;
  /**
   * Called when the log cannot be written, at each attempt, and if a damaged record was found when it was opened. Default: a
   * process warning for damage; errors are not reported.
   */
  readonly onError?: (error: unknown) => void;
  /** Where the file is. Default: the machine's files. */
  readonly disk?: Disk;
  /** Default: the machine's. */
  readonly clock?: Clock;
}

/** The meaning of the records of a log. */
export interface LogContents<R> {
  readonly format: LogFormat;
  /** Takes up a record that was read when the file was opened. @throws if it is malformed. */
  apply(record: Uint8Array): void;
  /** Called after a record was written. */
  written(record: R): void;
  encode(out: XdrWriter, record: R): void;
  /** The fewest records from which a new file with the current contents can be written. */
  records(): Iterable<R>;
}

/** A writer that has grown beyond this number of bytes releases its memory. */
const mostScratch = 1024 * 1024;
const defaultCheckpoint = 4 * 1024 * 1024;

/** The waits between attempts to write. */
const backoff: Backoff = { first: 100, factor: 2, most: 5_000, jitter: 0.2 };

/**
 * Opens or makes a log, and applies its records. One that was being written when the process ended is cut off. Those that have
 * changed since they were written are left out, the file is kept as FILE.damaged, and that is reported.
 * @throws LockTaken, UnusableFile, Error if the file is something else, or the error of the system.
 */
export async function openRecordLog<R>(
  path: string,
  contents: LogContents<R>,
  options: RecordLogOptions,
): Promise<RecordLog<R>> {
  const place = options.disk === undefined ? ownPlace(path) : path;
  // The lock of a process that was killed is taken over.
  const lock = options.disk === undefined ? new ProcessLock(`${place}.lock`) : undefined;
  try {
    const disk = options.disk ?? ownDisk;
    const bytes = (await disk.read(place)) ?? new Uint8Array();
    const { records, length, damage } = parseLog(bytes, place, contents.format);
    if (damage.length > 0) await keepAside({ disk, place, bytes, damage, what: contents.format.what, options });
    for (const record of records) contents.apply(record);
    await disk.remove(temporary(place));
    const file = await disk.open(place);
    if (length < bytes.length) await file.truncate(length);
    if (length === 0) await file.append([newLog(contents.format)]);
    await file.sync();
    const whole = Math.max(length, newLog(contents.format).length);
    const log = new RecordLog({ path: place, disk, file, contents, length: whole, options, lock });
    if (damage.length > 0) await log.checkpoint();
    return log;
  } catch (error) {
    lock?.release();
    throw error;
  }
}

interface Damaged {
  readonly disk: Disk;
  readonly place: string;
  readonly bytes: Uint8Array;
  readonly damage: readonly number[];
  readonly what: string;
  readonly options: RecordLogOptions;
}

/** Damaged files that are kept beside a log. */
const mostKept = 9;

/** Keeps a copy of a damaged file, and reports it. @throws the error of the system if the copy cannot be written. */
async function keepAside({ disk, place, bytes, damage, what, options }: Damaged): Promise<void> {
  let aside: string | undefined;
  for (let number = 1; number <= mostKept && aside === undefined; number++) {
    const name = `${place}.damaged${number === 1 ? "" : `.${number}`}`;
    if ((await disk.read(name)) === undefined) aside = name;
  }
  if (aside !== undefined) {
    const file = await disk.open(aside);
    await file.append([bytes]);
    await file.sync();
    await file.close();
  }
  const kept = aside === undefined ? "no copy was kept beside it" : `the original is kept as ${aside}`;
  const where =
    damage.length === 1 ? `the record at byte ${damage[0]} was` : `the records at bytes ${damage.join(", ")} were`;
  const message = `${place} could not be restored in full, because ${where} changed after writing: ${kept}; calls of that ${what} may run again`;
  if (options.onError === undefined)
    process.emitWarning(message, { type: "LupineWarning", code: "LUPINE_DAMAGED_LOG" });
  else call(options.onError, new Error(message));
}

function call(onError: (error: unknown) => void, error: unknown): void {
  try {
    onError(error);
  } catch {
    // An error in the callback must not stop the log.
  }
}

/** A record that is to be written. */
export interface WaitingRecord<R> {
  readonly record: R;
  /** The record is safe. Must not throw. */
  written(): void;
  /** It cannot be written now. Absent: it is written again and again until that succeeds. Must not throw. */
  failed?: ((error: unknown) => void) | undefined;
}

interface Parts<R> {
  readonly path: string;
  readonly disk: Disk;
  readonly file: DiskFile;
  readonly contents: LogContents<R>;
  readonly length: number;
  readonly options: RecordLogOptions;
  readonly lock: ProcessLock | undefined;
}

/** An open log. */
export class RecordLog<R> {
  readonly #parts: Parts<R>;
  readonly #clock: Clock;
  #file: DiskFile;
  #length: number;
  #checkpointAt: number;
  readonly #out = new XdrWriter();
  #queue: WaitingRecord<R>[] = [];
  #isPumping = false;
  #pumping: Promise<void> | undefined;
  #failing = false;
  /** Bytes of an attempt that failed may follow the last whole record. */
  #isTorn = false;
  #closed = false;

  /** Made by `openRecordLog`. */
  constructor(parts: Parts<R>) {
    const { file, length, options } = parts;
    this.#parts = parts;
    this.#file = file;
    this.#length = length;
    this.#clock = options.clock ?? systemClock;
    this.#checkpointAt = options.checkpoint ?? defaultCheckpoint;
  }

  /** True while records that must be written cannot be. */
  get failing(): boolean {
    return this.#failing;
  }

  /** Bytes of the file. */
  get length(): number {
    return this.#length;
  }

  /**
   * Resolves when the record is safe. Rejects with the error of the system if it cannot be written now, and once nothing of it is left in
   * the file.
   */
  tryToAppend(record: R): Promise<void> {
    return new Promise((written, failed) => this.put({ record, written, failed }));
  }

  /** Resolves when the record is safe. Never rejects: it is written when that is possible again. */
  append(record: R): Promise<void> {
    return new Promise((written) => this.put({ record, written }));
  }

  /**
   * Writes everything that waits, and closes the file; while the disk fails, it waits for that. Later records are not written:
   * `tryToAppend` rejects, and `append` stays pending.
   */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#pumping;
    await this.#file.close();
    this.#parts.lock?.release();
  }

  /** Appends a record, and reports its end without a promise. */
  put(waiting: WaitingRecord<R>): void {
    if (this.#closed) {
      waiting.failed?.(new Error("the log was closed"));
      return;
    }
    this.#queue.push(waiting);
    if (!this.#isPumping) this.#pumping = this.#pump();
  }

  // All records of one turn of the event loop are one batch: if the first one were written at once, the others would wait for its
  // sync and for their own. The records that come while a batch is being written are the next one.
  async #pump(): Promise<void> {
    this.#isPumping = true;
    try {
      while (this.#queue.length > 0) {
        await endOfTurn();
        await this.#write(this.#queue.splice(0));
        if (this.#length > this.#checkpointAt) await this.checkpoint();
      }
    } finally {
      // Set here and not after `#pumping` is resolved: a record that is appended in between must find that nothing is being written.
      this.#isPumping = false;
    }
  }

  async #write(batch: readonly WaitingRecord<R>[]): Promise<void> {
    let left = batch;
    for (let failures = 1; left.length > 0; failures++) {
      const bytes = this.#encodedAll(left);
      const wasTorn = this.#isTorn;
      try {
        await this.#cutOff();
        this.#isTorn = true;
        await this.#file.append([bytes]);
        await this.#file.sync();
        this.#isTorn = false;
        this.#length += bytes.length;
        break;
      } catch (error) {
        this.#report(error);
        // Nothing may be left of a record that is refused: after a restart it would count.
        if (await this.#isRidOf(error, wasTorn)) left = giveUp(left, error);
        else if (this.#closed) left = left.filter(({ failed }) => failed === undefined);
        this.#failing = left.length > 0;
        if (this.#failing) await pause(backoffDelay(backoff, failures, this.#clock.random()), { clock: this.#clock });
      }
    }
    this.#failing = false;
    for (const one of left) {
      this.#parts.contents.written(one.record);
      one.written();
    }
  }

  #encodedAll(batch: readonly WaitingRecord<R>[]): Uint8Array {
    const out = this.#cleared();
    for (const one of batch) this.#encode(out, one.record);
    return out.buffer.subarray(0, out.offset);
  }

  /** Removes what a failed attempt may have left behind the last whole record. */
  async #cutOff(): Promise<void> {
    if (!this.#isTorn) return;
    await this.#file.truncate(this.#length);
    this.#isTorn = false;
  }

  /** Whether the file has nothing of the records that could not be written. */
  async #isRidOf(error: unknown, wasTorn: boolean): Promise<boolean> {
    try {
      await this.#cutOff();
    } catch {
      // On a disk that can only be read, nothing was written, and nothing can be cut off.
      if (wasTorn || (error as NodeJS.ErrnoException).code !== "EROFS") return false;
      this.#isTorn = false;
    }
    return true;
  }

  /** The bytes of records, in memory that the next call overwrites: write them to the file first. */
  #encoded(records: Iterable<R>): Uint8Array {
    const out = this.#cleared();
    for (const record of records) this.#encode(out, record);
    return out.buffer.subarray(0, out.offset);
  }

  #cleared(): XdrWriter {
    const out = this.#out;
    if (out.buffer.length > mostScratch) out.replaceBuffer(Buffer.allocUnsafeSlow(1024));
    out.reset();
    return out;
  }

  #encode(out: XdrWriter, record: R): void {
    const at = beginFrame(out);
    this.#parts.contents.encode(out, record);
    endFrame(out, at);
  }

  /** Writes the file anew. A failure is reported, and the old file stays. */
  async checkpoint(): Promise<void> {
    const { path: place, disk, contents, options } = this.#parts;
    const path = temporary(place);
    try {
      await disk.remove(path);
      const file = await disk.open(path);
      const parts = [newLog(contents.format), this.#encoded(contents.records())];
      await file.append(parts);
      await file.sync();
      await disk.rename(path, place);
      await this.#file.close();
      this.#file = file;
      this.#isTorn = false;
      this.#length = parts.reduce((sum, { length }) => sum + length, 0);
      this.#checkpointAt = Math.max(options.checkpoint ?? defaultCheckpoint, 2 * this.#length);
    } catch (error) {
      this.#report(error);
      // The old file holds everything: it becomes longer.
      this.#checkpointAt *= 2;
    }
  }

  #report(error: unknown): void {
    const { onError } = this.#parts.options;
    if (onError !== undefined) call(onError, error);
  }
}

function endOfTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Fails the records that may be refused. @returns the others. */
function giveUp<R>(batch: readonly WaitingRecord<R>[], error: unknown): WaitingRecord<R>[] {
  for (const one of batch) one.failed?.(error);
  return batch.filter(({ failed }) => failed === undefined);
}

function temporary(path: string): string {
  return `${path}.new`;
}
