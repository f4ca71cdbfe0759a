// A lock for one process at a time: a file with the process id of its holder. The lock of a killed process is taken
// over.

import { closeSync, linkSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { BrandedError } from "../base/brand.js";
import { randomName } from "../base/random-bytes.js";
import { createOwn, headOf, isWithoutLinks, openOwn, ownPlace, UnusableFile } from "./own-file.js";

/** Distinguishes this process from an earlier one with the same id, if the system does not. */
const thisProcess = randomName();

/** Another process holds the lock, or this process already does. */
export class LockTaken extends BrandedError {
  static override readonly kind: string = "LockTaken";
  readonly pid: number;

  constructor(path: string, pid: number) {
    const what = pid === process.pid ? "this process holds" : `process ${pid} holds`;
    super(`${what} ${path}${pid === process.pid ? " already: close its holder first" : ": stop it first"}`);
    this.pid = pid;
  }
}

/** Held until `release`, or until the process ends in any way. */
export class ProcessLock {
  readonly #path: string;
  readonly #text: string;

  /** @throws LockTaken; UnusableFile for a place or file that is not ours; system errors. */
  constructor(path: string) {
    this.#path = ownPlace(path);
    const mark = randomName();
    this.#text = `${process.pid}\n${startOf(process.pid) ?? ""}\n${thisProcess} ${mark}\n`;
    // Read the existing file first: its holder is then known even on a full disk.
    const holder = holderOf(this.#path);
    if (holder !== undefined) throw new LockTaken(this.#path, holder);
    const own = `${this.#path}.${mark.slice(0, 8)}`;
    try {
      write(own, this.#text);
      this.#take(own);
    } catch (error) {
      removeIfPossible(own);
      throw error;
    }
  }

  #take(own: string): void {
    try {
      this.#create(own);
      rmSync(own);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      const holder = holderOf(this.#path);
      if (holder !== undefined) throw new LockTaken(this.#path, holder);
      renameSync(own, this.#path);
    }
  }

  /** @throws system errors; EEXIST if the lock file exists. */
  #create(own: string): void {
    try {
      // The file is created with its contents or not at all, by linking.
      linkSync(own, this.#path);
    } catch (error) {
      if (!isWithoutLinks(error)) throw error;
      write(this.#path, this.#text);
    }
  }

  /** Whether the lock is still ours: if two processes took it over at the same moment, the later one has it. */
  get held(): boolean {
    try {
      return readLock(this.#path) === this.#text;
    } catch {
      return false;
    }
  }

  release(): void {
    try {
      if (this.held) rmSync(this.#path, { force: true });
    } catch {
      // It is no longer ours, or the disk cannot be written: the next process sees that we have ended.
    }
  }
}

function write(path: string, text: string): void {
  const fd = createOwn(path, 0o644);
  try {
    writeSync(fd, text);
  } finally {
    closeSync(fd);
  }
}

function removeIfPossible(path: string): void {
  try {
    rmSync(path, { force: true });
  } catch {
    // Errors of a disk that cannot be written.
  }
}

/** The most bytes of a lock file. */
const longestLock = 512;

/** The contents of a lock file; undefined if it does not exist. @throws UnusableFile if it is not a lock file. */
function readLock(path: string): string | undefined {
  const fd = openOwn(path);
  if (fd === undefined) return undefined;
  try {
    const text = headOf(fd, longestLock);
    if (text === "" || /^\d{1,10}(\n|$)/.test(text)) return text;
    throw new UnusableFile(`${path} does not contain a process number: it was not changed; use another file`);
  } finally {
    closeSync(fd);
  }
}

/**
 * The live process that holds a lock. Process ids are reused, so the start time is compared, too.
 * @throws UnusableFile
 */
function holderOf(path: string): number | undefined {
  const [first = "", start = "", mark = ""] = (readLock(path) ?? "").split("\n");
  const pid = Number(first);
  if (first === "") return undefined;
  if (pid === process.pid && start === "") return mark.startsWith(thisProcess) ? pid : undefined;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ESRCH") return undefined;
  }
  return start === "" || startOf(pid) === start ? pid : undefined;
}

/** When a process started, in the system's own measure (Linux). */
function startOf(pid: number): string | undefined {
  const text = read(`/proc/${pid}/stat`);
  // The second field is the program's name in parentheses, which may contain spaces.
  return text?.slice(text.lastIndexOf(")") + 2).split(" ")[19];
}

function read(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}
