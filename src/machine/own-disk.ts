// The disk of a durable log on this machine. Its files are opened with the checks of own-file.ts.
import { close, constants, fdatasync, fstatSync, ftruncate, readFile, write } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { Disk, DiskFile } from "../base/disk.js";
import { createOwn, openOwn } from "./own-file.js";

const { O_DSYNC } = constants;

/** On Linux each write reaches the disk before it returns: one system call instead of two. On macOS fdatasync does more. */
const syncs = process.platform === "linux" && O_DSYNC !== undefined;
const flags = syncs ? O_DSYNC : 0;

const [closeFile, readWhole] = [promisify(close), promisify(readFile)];
const [syncData, truncateFile, writeBytes] = [promisify(fdatasync), promisify(ftruncate), promisify(write)];

/**
 * The machine's files. Names are those that `ownPlace` returns. `read` and `open` throw UnusableFile for a link, a pipe, a
 * device, or another user's file.
 */
export const ownDisk: Disk = {
  async read(path) {
    const fd = openOwn(path);
    if (fd === undefined) return undefined;
    try {
      return new Uint8Array(await readWhole(fd));
    } finally {
      await closeFile(fd);
    }
  },
  async open(path) {
    const fd = openOwn(path, "write", flags) ?? createOwn(path, 0o600, flags);
    const file = new OwnDiskFile(fd, fstatSync(fd).size);
    try {
      await syncFolder(path);
    } catch (error) {
      await file.close();
      throw error;
    }
    return file;
  },
  async rename(from, to) {
    await rename(from, to);
    await syncFolder(to);
  },
  remove: (path) => rm(path, { force: true }),
};

/** A file of fewer bytes is not extended ahead. */
const leastAhead = 16 * 1024;
const mostAhead = 1024 * 1024;
/** Extends a file while records are written. More at once would delay them. */
const zeros = new Uint8Array(256 * 1024);
/**
 * A long file is extended ahead, by as many zeros as it has bytes: a write within the file needs no change of its metadata, so a
 * sync takes half of the time. Further zeros are written beside later records, so that none waits for them. `close` cuts them off.
 */
class OwnDiskFile implements DiskFile {
  readonly #fd: number;
  /** Bytes that were appended. */
  #end: number;
  /** Bytes of the file. */
  #size: number;
  /** The file is not extended again below this number of bytes: there was no room. */
  #noRoomBefore = 0;
  /** Zeros are being written after `#size`. Never rejects. */
  #extending: Promise<void> | undefined;
  /** That has failed: there may be some after `#size`. */
  #hasRest = false;
  /** An append waits for room: its place is not taken yet, and no other may take it. */
  #isExtending = false;
  /** Counts changes that have to be synced. */
  #changes = 1;
  #synced = 0;
  #closed = false;

  constructor(fd: number, size: number) {
    this.#fd = fd;
    this.#end = size;
    this.#size = size;
  }

  get room(): number {
    return this.#isExtending ? 0 : Math.max(0, this.#size - this.#end);
  }

  async append(parts: readonly Uint8Array[]): Promise<void> {
    this.#checkOpen();
    const bytes = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    const at = await this.#place(bytes.length);
    await this.#write(bytes, at);
    this.#size = Math.max(this.#size, at + bytes.length);
    if (!syncs) this.#changes++;
    this.#extendBeside();
  }

  /** Takes the next place in the file, of `length` bytes. */
  async #place(length: number): Promise<number> {
    this.#isExtending = length > this.#size - this.#end;
    try {
      if (this.#isExtending) await this.#makeRoom(length);
      const at = this.#end;
      this.#end += length;
      return at;
    } finally {
      this.#isExtending = false;
    }
  }

  /** The zeros that the file should have. */
  get #ahead(): number {
    const ahead = Math.min(this.#end, mostAhead);
    return ahead < leastAhead || this.#end < this.#noRoomBefore ? 0 : ahead;
  }

  async #makeRoom(length: number): Promise<void> {
    await this.#extending;
    const ahead = this.#ahead;
    if (ahead === 0 || length <= this.#size - this.#end) return;
    try {
      await this.#write(new Uint8Array(ahead + length), this.#end);
      this.#size = this.#end + ahead + length;
    } catch {
      // Perhaps there is room for the record alone.
      this.#noRoomBefore = this.#end + leastAhead;
      await this.#cutOff(this.#end);
    }
  }

  /** Extends a file that has zeros already. */
  #extendBeside(): void {
    const left = this.#size - this.#end;
    const missing = this.#ahead - left;
    if (left === 0 || missing < left || this.#extending !== undefined || this.#closed) return;
    const more = Math.min(missing, zeros.length);
    this.#extending = this.#write(zeros.subarray(0, more), this.#size).then(
      () => {
        this.#extending = undefined;
        this.#size += more;
      },
      () => {
        this.#extending = undefined;
        this.#hasRest = true;
        this.#noRoomBefore = this.#size + leastAhead;
      },
    );
  }

  async #cutOff(size: number): Promise<void> {
    this.#changes++;
    await truncateFile(this.#fd, size);
    this.#size = size;
    this.#hasRest = false;
  }

  /** A write may be partial, for example on a full disk: writing the rest succeeds or reports the error. */
  async #write(bytes: Uint8Array, to: number): Promise<void> {
    for (let written = 0; written < bytes.length; ) {
      const length = bytes.length - written;
      written += (await writeBytes(this.#fd, bytes, written, length, to + written)).bytesWritten;
    }
  }

  async sync(): Promise<void> {
    this.#checkOpen();
    const changes = this.#changes;
    if (changes === this.#synced) return;
    await syncData(this.#fd);
    this.#synced = Math.max(this.#synced, changes);
  }

  async truncate(length: number): Promise<void> {
    this.#checkOpen();
    await this.#extending;
    // A disk that can only be read has nothing to cut off: what is appended next goes to the right place.
    this.#end = length;
    await this.#cutOff(length);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#extending;
    try {
      if (this.#size > this.#end || this.#hasRest) await truncateFile(this.#fd, this.#end);
    } finally {
      await closeFile(this.#fd);
    }
  }

  /** The number of a closed file may belong to another file by now. */
  #checkOpen(): void {
    if (this.#closed) throw new Error("the file was closed");
  }
}

/**
 * A new file's name survives a crash only if its folder is synced, too. Some systems cannot sync folders, and do not
 * need to.
 */
async function syncFolder(path: string): Promise<void> {
  let folder: FileHandle | undefined;
  try {
    folder = await open(dirname(path), "r");
    await folder.sync();
  } catch (error) {
    if (!["EISDIR", "EPERM", "EINVAL", "EACCES"].includes((error as NodeJS.ErrnoException).code ?? "")) throw error;
  } finally {
    await folder?.close();
  }
}
