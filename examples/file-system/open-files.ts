// The open files of one exported directory. Knows who opened what; knows nothing of RPC.
import { constants } from "node:fs";
import { type FileHandle, open, realpath } from "node:fs/promises";
import { join, sep } from "node:path";
import { file_status } from "./files.gen.js";

/** The most descriptors that one owner may hold. */
export const maxOpenFiles = 64;

/** The holder of a descriptor. Two owners are equal if connection and name are the same. */
export interface Owner {
  readonly connection: object;
  readonly name: string;
}

interface OpenFile {
  readonly owner: Owner;
  readonly handle: FileHandle;
  position: number;
  /** Reads of one descriptor happen one after the other. */
  turn: Promise<unknown>;
}

export class OpenFiles {
  readonly #root: string;
  readonly #files = new Map<number, OpenFile>();
  readonly #gone = new WeakSet<object>();
  #next = 3;

  /** `root`: the exported directory, free of symbolic links (see `realpath`). */
  constructor(root: string) {
    this.#root = root;
  }

  /** How many descriptors are open. */
  get size(): number {
    return this.#files.size;
  }

  /** Opens for reading. @returns a descriptor, or the status that refuses it. */
  async open(owner: Owner, path: string): Promise<{ fd: number } | { refused: Exclude<file_status, 0> }> {
    const real = await this.#inside(path);
    if (real === undefined) return { refused: file_status.FILE_NOT_FOUND };
    let handle: FileHandle;
    try {
      // O_NOFOLLOW and the second check: the path may have become a link meanwhile. O_NONBLOCK: opening a pipe must not wait.
      handle = await open(real, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    } catch {
      return { refused: file_status.FILE_NOT_FOUND };
    }
    const refused = await this.#refusal(owner, handle, (await this.#inside(path)) === real);
    if (refused !== undefined) {
      await handle.close();
      return { refused };
    }
    const fd = this.#next++;
    this.#files.set(fd, { owner, handle, position: 0, turn: Promise.resolve() });
    return { fd };
  }

  /** Continues where the last read stopped. @returns undefined when the descriptor is not this owner's. */
  async read(owner: Owner, fd: number, size: number): Promise<Uint8Array | undefined> {
    const file = this.#of(owner, fd);
    if (file === undefined) return undefined;
    const mine = file.turn.then(async () => {
      const { buffer, bytesRead } = await file.handle.read(new Uint8Array(size), 0, size, file.position);
      file.position += bytesRead;
      return buffer.subarray(0, bytesRead);
    });
    file.turn = mine.catch(() => undefined);
    return mine;
  }

  /** @returns false when the descriptor is not this owner's. */
  async close(owner: Owner, fd: number): Promise<boolean> {
    const file = this.#of(owner, fd);
    if (file === undefined) return false;
    this.#files.delete(fd);
    await file.turn;
    await file.handle.close();
    return true;
  }

  /** Closes all files that were opened over a connection that has ended. */
  async closeAllOf(connection: object): Promise<void> {
    this.#gone.add(connection);
    const left = [...this.#files].filter(([, file]) => file.owner.connection === connection);
    await Promise.all(left.map(([fd, file]) => this.close(file.owner, fd)));
  }

  /** The reason why an opened file is refused after all. */
  async #refusal(owner: Owner, handle: FileHandle, unmoved: boolean): Promise<Exclude<file_status, 0> | undefined> {
    if (!(await handle.stat()).isFile()) return file_status.FILE_NOT_A_FILE;
    // The client may have left while we were at the disk.
    if (!unmoved || this.#gone.has(owner.connection)) return file_status.FILE_NOT_FOUND;
    const held = [...this.#files.values()].filter((file) => isSame(file.owner, owner)).length;
    return held >= maxOpenFiles ? file_status.FILE_TOO_MANY_OPEN : undefined;
  }

  #of(owner: Owner, fd: number): OpenFile | undefined {
    const file = this.#files.get(fd);
    return file !== undefined && isSame(file.owner, owner) ? file : undefined;
  }

  /** The path with all links resolved, if it is within the exported directory. */
  async #inside(path: string): Promise<string | undefined> {
    if (path.includes("\0")) return undefined;
    try {
      const real = await realpath(join(this.#root, path));
      return real.startsWith(this.#root.endsWith(sep) ? this.#root : this.#root + sep) ? real : undefined;
    } catch {
      return undefined;
    }
  }
}

function isSame(a: Owner, b: Owner): boolean {
  return a.connection === b.connection && a.name === b.name;
}
