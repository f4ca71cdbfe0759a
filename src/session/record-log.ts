// A file of records that survive the process: records are appended, many at once and with one sync, two such batches at the same time, and
// the file is written anew when most of it is outdated. Knows nothing of their meaning.
import { type Backoff, backoffDelay } from "../base/backoff.js";
import { type Clock, systemClock } from "../base/clock.js";
import type { Disk, DiskFile } from "../base/disk.js";
import { pause } from "../base/wait.js";
import type { ProcessLock } from "../machine/process-lock.js";
import type { XdrWriter } from "../xdr/writer.js";
import { BatchEncoder } from "./batch-encoder.js";
import { type LogFormat, newLog } from "./log-file.js";

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

const defaultCheckpoint = 4 * 1024 * 1024;

/** Batches that are written at the same time. A third one would gain nothing: the disk and the processor are busy. */
const mostBatches = 2;

/** The waits between attempts to write. */
const backoff: Backoff = { first: 100, factor: 2, most: 5_000, jitter: 0.2 };

/** A record that is to be written. */
export interface WaitingRecord<R> {
  readonly record: R;
  /** The record is safe. Must not throw. */
  written(): void;
  /** It cannot be written now. Absent: it is written again and again until that succeeds. Must not throw. */
  failed?: ((error: unknown) => void) | undefined;
}

/** Records that are written together. */
interface Batch<R> {
  readonly records: readonly WaitingRecord<R>[];
  readonly length: number;
  /** Undefined while they are being written. */
  isWritten: boolean | undefined;
  error: unknown;
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
  readonly #encoder: BatchEncoder<R>;
  #queue: WaitingRecord<R>[] = [];
  /** In the order of the file. Those behind the first one wait for it, also when they are on the disk. */
  readonly #batches: Batch<R>[] = [];
  #isPlanned = false;
  /** The file is cut off or written anew: nothing may be appended. */
  #isBusy = false;
  #failing = false;
  /** Bytes of an attempt that failed may follow the last whole record. */
  #isTorn = false;
  #closed = false;
  #whenIdle: (() => void) | undefined;

  /** Made by `openRecordLog`. */
  constructor(parts: Parts<R>) {
    const { contents, file, length, options } = parts;
    this.#parts = parts;
    this.#file = file;
    this.#length = length;
    this.#encoder = new BatchEncoder(contents);
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
    if (!this.#isIdle) await new Promise<void>((resolve) => (this.#whenIdle = resolve));
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
    this.#plan();
  }

  get #isIdle(): boolean {
    return this.#queue.length === 0 && this.#batches.length === 0 && !this.#isBusy;
  }

  /**
   * All records of one turn of the event loop are one batch: if the first one were written at once, the others would wait for its sync and
   * for their own.
   */
  #plan(): void {
    if (this.#isPlanned || !this.#mayBegin) return;
    this.#isPlanned = true;
    setImmediate(() => {
      this.#isPlanned = false;
      if (this.#mayBegin) this.#begin();
    });
  }

  get #mayBegin(): boolean {
    if (this.#isBusy || this.#queue.length === 0) return false;
    if (this.#batches.length === 0) return true;
    const isFull = this.#batches.length === mostBatches || this.#length > this.#checkpointAt;
    return !isFull && this.#batches.every(({ isWritten }) => isWritten !== false);
  }

  #begin(): void {
    const room = this.#batches.length === 0 ? Number.POSITIVE_INFINITY : (this.#file.room ?? 0);
    if (room === 0) return;
    const bytes = this.#encoder.batch(recordsOf(this.#queue), this.#length);
    // A batch that has no room waits until it is alone.
    if (bytes.length > room) return;
    const batch: Batch<R> = { records: this.#queue, length: bytes.length, isWritten: undefined, error: undefined };
    this.#queue = [];
    this.#batches.push(batch);
    // The next batch is encoded in the same memory.
    this.#write(batch, new Uint8Array(bytes));
  }

  async #write(batch: Batch<R>, bytes: Uint8Array): Promise<void> {
    try {
      await this.#append(bytes);
      batch.isWritten = true;
    } catch (error) {
      batch.isWritten = false;
      batch.error = error;
    }
    this.#goOn();
  }

  async #append(bytes: Uint8Array): Promise<void> {
    await this.#file.append([bytes]);
    await this.#file.sync();
  }

  /**
   * Reports what is safe. A batch behind one that is not on the disk is not: after a crash it would be cut off. Neither is one whose write
   * was under way when another one failed: Linux reports an error of the disk to one of them only.
   */
  #goOn(): void {
    const hasFailed = this.#batches.some(({ isWritten }) => isWritten === false);
    for (let first = this.#batches[0]; first?.isWritten === true && !hasFailed; first = this.#batches[0]) {
      this.#batches.shift();
      this.#wrote(first.records, first.length);
    }
    const areOver = this.#batches.every(({ isWritten }) => isWritten !== undefined);
    if (areOver && this.#batches.length > 0) this.#alone(this.#writeAgain(this.#batches.splice(0)));
    else if (areOver && this.#length > this.#checkpointAt) this.#alone(this.checkpoint());
    else this.#plan();
    if (this.#isIdle) this.#whenIdle?.();
  }

  #wrote(records: readonly WaitingRecord<R>[], length: number): void {
    this.#length += length;
    for (const one of records) {
      this.#parts.contents.written(one.record);
      one.written();
    }
  }

  /** Nothing is appended until the work is done. */
  async #alone(work: Promise<void>): Promise<void> {
    this.#isBusy = true;
    await work;
    this.#isBusy = false;
    this.#goOn();
  }

  /** Writes the records of batches of which one has failed, until that succeeds or all are refused. */
  async #writeAgain(batches: readonly Batch<R>[]): Promise<void> {
    let left = batches.flatMap(({ records }) => records);
    let error = batches.find(({ isWritten }) => isWritten === false)?.error;
    // Of the others some may be in the file.
    let wasTorn = batches.some((one) => !isReadOnly(one.error));
    this.#isTorn = true;
    for (let failures = 1; ; failures++) {
      this.#report(error);
      // Nothing may be left of a record that is refused: after a restart it would count.
      if (await this.#isRidOf(error, wasTorn)) left = giveUp(left, error);
      else if (this.#closed) left = left.filter(({ failed }) => failed === undefined);
      this.#failing = left.length > 0;
      if (!this.#failing) return;
      await pause(backoffDelay(backoff, failures, this.#clock.random()), { clock: this.#clock });
      const bytes = this.#encoder.batch(recordsOf(left), this.#length);
      wasTorn = this.#isTorn;
      try {
        await this.#cutOff();
        this.#isTorn = true;
        await this.#append(bytes);
        this.#isTorn = false;
        this.#failing = false;
        this.#wrote(left, bytes.length);
        return;
      } catch (again) {
        error = again;
      }
    }
  }

  /** Removes what a failed attempt may have left behind the last whole record. */
  async #cutOff(): Promise<void> {
    if (!this.#isTorn) return;
    await this.#file.truncate(this.#length);
    await this.#file.sync();
    this.#isTorn = false;
  }

  /** Whether the file has nothing of the records that could not be written. */
  async #isRidOf(error: unknown, wasTorn: boolean): Promise<boolean> {
    try {
      await this.#cutOff();
    } catch {
      // On a disk that can only be read, nothing was written, and nothing can be cut off.
      if (wasTorn || !isReadOnly(error)) return false;
      this.#isTorn = false;
    }
    return true;
  }

  /** Writes the file anew. A failure is reported, and the old file stays. */
  async checkpoint(): Promise<void> {
    try {
      await this.rewrite();
    } catch (error) {
      this.#report(error);
      // The old file holds everything: it becomes longer.
      this.#checkpointAt *= 2;
    }
  }

  /** Writes the file anew. @throws the error of the system: the old file stays. */
  async rewrite(): Promise<void> {
    const { path: place, disk, contents, options } = this.#parts;
    const path = temporary(place);
    await disk.remove(path);
    const file = await disk.open(path);
    const header = newLog(contents.format);
    const records = this.#encoder.batch(contents.records(), header.length);
    const length = header.length + records.length;
    await file.append([header, records]);
    // The file gets its name when all of it is on the disk.
    const end = this.#encoder.batch([], length);
    await file.append([end]);
    await file.sync();
    await disk.rename(path, place);
    await this.#file.close();
    this.#file = file;
    this.#isTorn = false;
    this.#length = length + end.length;
    this.#checkpointAt = Math.max(options.checkpoint ?? defaultCheckpoint, 2 * this.#length);
  }

  #report(error: unknown): void {
    const { onError } = this.#parts.options;
    if (onError !== undefined) tell(onError, error);
  }
}

function* recordsOf<R>(batch: readonly WaitingRecord<R>[]): Iterable<R> {
  for (const { record } of batch) yield record;
}

function isReadOnly(error: unknown): boolean {
  return (error as NodeJS.ErrnoException | undefined)?.code === "EROFS";
}

/** Fails the records that may be refused. @returns the others. */
function giveUp<R>(batch: readonly WaitingRecord<R>[], error: unknown): WaitingRecord<R>[] {
  for (const one of batch) one.failed?.(error);
  return batch.filter(({ failed }) => failed === undefined);
}

/** Where a file is written anew. */
export function temporary(path: string): string {
  return `${path}.new`;
}

/** Reports an error. */
export function tell(onError: (error: unknown) => void, error: unknown): void {
  try {
    onError(error);
  } catch {
    // An error in the callback must not stop the log.
  }
}
