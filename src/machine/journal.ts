// A table on disk that survives the kill of a daemon: each change is one line, written before the change is
// acknowledged. It is never synced to the disk, so a crash of the machine may lose the latest lines. journal-text.ts has
// the form of the lines.

import { closeSync, ftruncateSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { systemClock } from "../base/clock.js";
import { keepAside, removeIfPossible, writeJournal } from "./journal-file.js";
import { countText, type JournalText, lineText, readJournal } from "./journal-text.js";
import { headOf, isDiskTrouble, openOwn, ownPlace, UnusableFile } from "./own-file.js";
import { ProcessLock } from "./process-lock.js";

/** The contents of a journal. Each line is a JSON array. */
export interface JournalContent {
  /** The name of its contents, for messages: "registrations". */
  readonly what: string;
  /** The first element of its first line, which identifies its files: "lupine rpcbind". */
  readonly title: string;
  /** The second element of its first line, which identifies the file's version. Default: absent. */
  readonly version?: number;
  /** Receives the first line, undefined if invalid. Returns whether the lines after it are to be applied. */
  begin(head: readonly unknown[] | undefined): boolean;
  /** Receives each of those lines, in order. Returns false for an invalid one. */
  apply(line: readonly unknown[]): boolean;
  /** Called after the lines were applied. `isWhole` is false if one was lost. */
  loaded?(isWhole: boolean): void;
  /** All lines of a new file, the first line included. */
  lines(): Iterable<readonly unknown[]>;
  /** The approximate number of lines of a new file. */
  readonly size: number;
}

/** The number of superfluous lines after which the file is rewritten. */
const slack = 4096;

/** The number of bytes that are read to check whether the file is a journal. */
const headSize = 4096;

/** Milliseconds between two reports of the same problem, and between two attempts to write to a failing disk. */
const reportInterval = 60_000;
const retryInterval = 1_000;

/** Lost lines that are named in a message. */
const mostNamed = 10;

export interface JournalOptions {
  /** Called with each problem, at most once a minute while it lasts. Must not throw. */
  readonly tell: (problem: string) => void;
  /** Monotonic time in milliseconds. Default: the machine's clock. */
  readonly now?: () => number;
}

export class Journal {
  readonly #path: string;
  readonly #content: JournalContent;
  readonly #options: JournalOptions;
  #lock: ProcessLock | undefined;
  #fd = -1;
  #size = 0;
  #lines = 0;
  /** The number of the last line. */
  #last = 0;
  /** The place of the seal's count in the file; -1 if the file has no seal. */
  #sealAt = -1;
  #closed = false;
  #reportedAt = Number.NEGATIVE_INFINITY;
  #triedAt = Number.NEGATIVE_INFINITY;

  /**
   * Opens the file and loads its content. A disk that cannot be written, because it is full or read-only, is not an
   * error: the readable part is loaded, and changes are refused until the disk can be written.
   * @throws LockTaken if another process has the file; UnusableFile if others can write there, or if the file belongs
   * to somebody else or is of another kind; system errors.
   */
  static open(path: string, content: JournalContent, options: JournalOptions): Journal {
    const journal = new Journal(ownPlace(path), content, options);
    try {
      journal.#open();
    } catch (error) {
      journal.close();
      throw error;
    }
    return journal;
  }

  private constructor(path: string, content: JournalContent, options: JournalOptions) {
    this.#path = path;
    this.#content = content;
    this.#options = options;
  }

  #open(): void {
    const trouble = this.#tryOn(() => {
      this.#lock = new ProcessLock(`${this.#path}.lock`);
    });
    const text = this.#load();
    this.#triedAt = this.#now();
    const problem = trouble ?? this.#tryOn(() => this.#begin(text));
    if (problem !== undefined) this.#reportRefused(problem);
  }

  /** Returns the error of a disk that cannot be written. @throws any other error. */
  #tryOn(work: () => void): Error | undefined {
    try {
      work();
      return undefined;
    } catch (error) {
      if (isDiskTrouble(error)) return error as Error;
      throw error;
    }
  }

  /** Writes the file anew, or keeps using the existing one if the disk has no room for two. */
  #begin(text: string | undefined): void {
    try {
      this.#rewrite();
    } catch (error) {
      if (text === undefined || !isDiskTrouble(error) || !this.#isCurrent(text)) throw error;
      this.#goOn(text);
      this.#options.tell(`${this.#path} is not rewritten: ${(error as Error).message}`);
    }
  }

  /** @throws the error that prevents writing the lines; then none of them is in the file. */
  append(lines: readonly (readonly unknown[])[]): void {
    if (this.#closed) throw new Error(`${this.#path} was closed`);
    if (this.#fd < 0) this.#beginAgain();
    const bytes = Buffer.from(lines.map((line, i) => lineText(line, this.#last + 1 + i)).join(""));
    try {
      for (let done = 0; done < bytes.length; ) {
        done += writeSync(this.#fd, bytes, done, bytes.length - done, this.#size + done);
      }
    } catch (error) {
      this.#reportRefused(error as Error);
      ftruncateSync(this.#fd, this.#size);
      throw error;
    }
    this.#size += bytes.length;
    this.#lines += lines.length;
    this.#last += lines.length;
    this.#seal();
    this.#reportedAt = Number.NEGATIVE_INFINITY;
    if (this.#lines > 4 * this.#content.size + slack) this.#rewriteSoon();
  }

  /** Closes the file, which stays on the disk. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    this.#lock?.release();
  }

  /** Without it a missing end is not noticed, but nothing else is lost. */
  #seal(): void {
    if (this.#sealAt < 0) return;
    try {
      writeSync(this.#fd, countText(this.#last), this.#sealAt);
    } catch {
      // A disk without room even for that.
    }
  }

  #now(): number {
    return (this.#options.now ?? (() => systemClock.now()))();
  }

  /** The disk could not be written when the file was opened; try again. @throws if it still cannot. */
  #beginAgain(): void {
    const refused = new Error(`${this.#path} cannot be written`);
    if (this.#now() - this.#triedAt < retryInterval) throw refused;
    this.#triedAt = this.#now();
    try {
      this.#lock ??= new ProcessLock(`${this.#path}.lock`);
      this.#rewrite();
    } catch (error) {
      this.#reportRefused(error as Error);
      throw error;
    }
    this.#options.tell(`${this.#path} can be written again`);
  }

  #reportRefused({ message }: Error): void {
    const now = this.#now();
    if (now - this.#reportedAt < reportInterval) return;
    this.#reportedAt = now;
    this.#options.tell(`${this.#path} cannot be written, and new ${this.#content.what} are refused: ${message}`);
  }

  /** @returns the file's contents; undefined if it does not exist. @throws UnusableFile for a file of another kind. */
  #load(): string | undefined {
    const fd = openOwn(this.#path);
    if (fd === undefined) return undefined;
    let text: string;
    try {
      // Do not read a file of many gigabytes only to find that it is not ours.
      this.#checkKind(headOf(fd, headSize));
      text = readFileSync(fd, "utf8");
    } finally {
      closeSync(fd);
    }
    const faults = this.#read(text);
    if (faults.length > 0) {
      const aside = keepAside(this.#path);
      const kept = aside === undefined ? "; no copy could be kept beside it" : `: the original is kept as ${aside}`;
      this.#options.tell(`${this.#path} could not be restored in full, because ${faults.join(", and ")}${kept}`);
    }
    return text;
  }

  /** Restores what can be restored. @returns the faults that were found. */
  #read(text: string): string[] {
    const read = readJournal(text);
    const lost = this.#apply(read);
    if (text === "") return ["it is empty"];
    if (read.head !== undefined && this.#isOfAnotherVersion(read.head)) return ["another version of lupine wrote it"];
    if (read.head === undefined) return ["its first line cannot be read, so nothing could be restored"];
    return [...read.faults, ...(lost.length > 0 ? [lostText(lost)] : [])];
  }

  /** @returns the places of the lines that are lost. */
  #apply({ head, rows, faults }: JournalText): number[] {
    if (!this.#content.begin(head)) return [];
    const lost = rows.filter(({ line }) => line === undefined || !this.#content.apply(line)).map(({ at }) => at);
    this.#content.loaded?.(faults.length === 0 && lost.length === 0);
    return lost;
  }

  #isOfAnotherVersion([, version]: readonly unknown[]): boolean {
    return this.#content.version !== undefined && version !== this.#content.version;
  }

  /** An empty file may be ours, and so may a file that ends within its first line. */
  #checkKind(head: string): void {
    const start = JSON.stringify([this.#content.title]).slice(0, -1);
    if (head.startsWith(start) || start.startsWith(head)) return;
    const message = `${this.#path} is not a file with ${this.#content.what} of ${this.#content.title}: it was not changed; use another file`;
    throw new UnusableFile(message);
  }

  /** Whether the file begins like a new one. */
  #isCurrent(text: string): boolean {
    for (const head of this.#content.lines()) return text.startsWith(lineText(head, 0));
    return false;
  }

  /** Appends to the existing file, after its last whole line. */
  #goOn(text: string): void {
    const whole = text.slice(0, text.lastIndexOf("\n") + 1);
    const fd = openOwn(this.#path, "write");
    if (fd === undefined) throw new Error(`${this.#path} was removed`);
    this.#fd = fd;
    this.#size = Buffer.byteLength(whole);
    this.#lines = whole.split("\n").length - 1;
    ftruncateSync(this.#fd, this.#size);
    const { last, sealAt } = readJournal(whole);
    this.#sealAt = sealAt;
    this.#last = last;
    this.#seal();
  }

  /** Writes a new file beside the old one and renames it, so that a complete file exists at any moment. */
  #rewrite(): void {
    const fresh = `${this.#path}.new`;
    try {
      // Remove a file that a killed process left behind. If it is a link, the link itself is removed, not its target.
      rmSync(fresh, { force: true });
      const { fd, size, count, sealAt } = writeJournal(fresh, this.#content.lines());
      renameSync(fresh, this.#path);
      if (this.#fd >= 0) closeSync(this.#fd);
      this.#fd = fd;
      this.#size = size;
      this.#lines = count;
      this.#last = count - 1;
      this.#sealAt = sealAt;
      this.#seal();
    } catch (cause) {
      // An incomplete file would take up the space that the other one needs.
      removeIfPossible(fresh);
      throw new Error(`${fresh} cannot be written: ${(cause as Error).message}`, { cause });
    }
  }

  /** Rewrites the file once the current change is in the table. */
  #rewriteSoon(): void {
    this.#lines = 0;
    queueMicrotask(() => {
      if (this.#fd < 0) return;
      try {
        this.#rewrite();
      } catch (error) {
        this.#options.tell((error as Error).message);
      }
    });
  }
}

/** The numbers of the first lines are named, as an editor counts them. */
function lostText(lines: readonly number[]): string {
  const named = lines.slice(0, mostNamed).join(", ");
  const more = lines.length > mostNamed ? ` and ${lines.length - mostNamed} more` : "";
  const what = lines.length === 1 ? `line ${named} was` : `lines ${named}${more} were`;
  return `${what} changed or cannot be read`;
}

/** Identifies this start of the machine (Linux); "" if unknown. */
export function startOfMachine(): string {
  try {
    return readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  } catch {
    return "";
  }
}
