// Files as a durable log needs them: appended to, synced, read back whole at the start. Code that writes them takes a Disk, so
// that simulations can bring their own, which loses what was not synced.
import { constants } from "node:fs";
import { type FileHandle, mkdir, open, readFile, rename, rm } from "node:fs/promises";
import { dirname } from "node:path";

/** A file that is appended to. The methods are called one after the other. */
export interface DiskFile {
  /** Writes all of it at the end of the file. It may be lost until `sync` has resolved. @throws the error of the system. */
  append(parts: readonly Uint8Array[]): Promise<void>;
  /** Makes what was appended survive a crash of the machine. @throws the error of the system. */
  sync(): Promise<void>;
  /** Cuts the file off at `length` bytes. @throws the error of the system. */
  truncate(length: number): Promise<void>;
  /** Closes the file. Bytes that were not synced may be lost. @throws the error of the system. */
  close(): Promise<void>;
}

/** Where files are kept. */
export interface Disk {
  /** The whole file; undefined if it does not exist. @throws the error of the system if it cannot be read. */
  read(path: string): Promise<Uint8Array | undefined>;
  /**
   * Opens a file for appending, and makes it, readable by its owner only, if it does not exist. @throws the error of the system.
   */
  open(path: string): Promise<DiskFile>;
  /**
   * Replaces the file `to`, in one step, and makes that survive a crash of the machine. @throws the error of the system.
   */
  rename(from: string, to: string): Promise<void>;
  /** Deletes a file. Does nothing if it does not exist. @throws the error of the system. */
  remove(path: string): Promise<void>;
}

/** The machine's own files. */
export const systemDisk: Disk = {
  async read(path) {
    try {
      return new Uint8Array(await readFile(path));
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  },
  async open(path) {
    await mkdir(dirname(path), { recursive: true });
    const { O_APPEND, O_CREAT, O_DSYNC, O_WRONLY } = constants;
    // On Linux each write reaches the disk before it returns: one system call instead of two. On macOS fdatasync does more.
    const syncs = process.platform === "linux" && O_DSYNC !== undefined;
    const file = await open(path, O_APPEND | O_CREAT | O_WRONLY | (syncs ? O_DSYNC : 0), 0o600);
    await syncFolder(path);
    return new SystemFile(file, syncs);
  },
  async rename(from, to) {
    await rename(from, to);
    await syncFolder(to);
  },
  remove: (path) => rm(path, { force: true }),
};

class SystemFile implements DiskFile {
  readonly #file: FileHandle;
  readonly #syncsItself: boolean;
  /** There may be changes that were not synced. */
  #unsynced = true;

  constructor(file: FileHandle, syncsItself: boolean) {
    this.#file = file;
    this.#syncsItself = syncsItself;
  }

  async append(parts: readonly Uint8Array[]): Promise<void> {
    // A write may be partial, for example on a full disk: writing the rest succeeds or reports the error.
    let rest = parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
    while (rest.length > 0) {
      const { bytesWritten } = await this.#file.write(rest);
      rest = rest.subarray(bytesWritten);
    }
    if (!this.#syncsItself) this.#unsynced = true;
  }

  async sync(): Promise<void> {
    if (!this.#unsynced) return;
    await this.#file.datasync();
    this.#unsynced = false;
  }

  truncate(length: number): Promise<void> {
    this.#unsynced = true;
    return this.#file.truncate(length);
  }

  close(): Promise<void> {
    return this.#file.close();
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
