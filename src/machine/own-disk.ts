// The disk of a durable log on this machine. Its files are opened with the checks of own-file.ts.
import { close, constants, fdatasync, ftruncate, readFile, write } from "node:fs";
import { type FileHandle, open, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { promisify } from "node:util";
import type { Disk, DiskFile } from "../base/disk.js";
import { createOwn, openOwn } from "./own-file.js";

const { O_APPEND, O_DSYNC } = constants;

/** On Linux each write reaches the disk before it returns: one system call instead of two. On macOS fdatasync does more. */
const syncs = process.platform === "linux" && O_DSYNC !== undefined;
const flags = O_APPEND | (syncs ? O_DSYNC : 0);

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
    const file = new OwnDiskFile(openOwn(path, "write", flags) ?? createOwn(path, 0o600, flags));
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

class OwnDiskFile implements DiskFile {
  readonly #fd: number;
  /** Whether there may be changes that were not synced. */
  #unsynced = true;
  #closed = false;

  constructor(fd: number) {
    this.#fd = fd;
  }

  async append(parts: readonly Uint8Array[]): Promise<void> {
    this.#checkOpen();
    // A write may be partial, for example on a full disk: writing the rest succeeds or reports the error.
    let rest = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    while (rest.length > 0) {
      const { bytesWritten } = await writeBytes(this.#fd, rest);
      rest = rest.subarray(bytesWritten);
    }
    if (!syncs) this.#unsynced = true;
  }

  async sync(): Promise<void> {
    this.#checkOpen();
    if (!this.#unsynced) return;
    await syncData(this.#fd);
    this.#unsynced = false;
  }

  async truncate(length: number): Promise<void> {
    this.#checkOpen();
    this.#unsynced = true;
    await truncateFile(this.#fd, length);
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await closeFile(this.#fd);
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
