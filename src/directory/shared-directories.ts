// Directories that the clients of one process share: one connection for all of them, which the last client closes.
import type { Directory } from "./directory.js";
import { openDirectory } from "./open.js";

interface Shared {
  readonly directory: Promise<Directory>;
  users: number;
}

/** A directory, and a function that releases it. */
export interface Borrowed {
  readonly directory: Directory;
  release(): Promise<void>;
}

export class SharedDirectories {
  readonly #open: (url: string | undefined) => Promise<Directory>;
  readonly #shared = new Map<string, Shared>();

  constructor(open: (url: string | undefined) => Promise<Directory> = (url) => openDirectory(url)) {
    this.#open = open;
  }

  /** @throws DirectoryError; the next client tries again. */
  async borrow(url: string | undefined): Promise<Borrowed> {
    const key = url ?? "";
    const shared = this.#shared.get(key) ?? { directory: this.#open(url), users: 0 };
    this.#shared.set(key, shared);
    shared.users++;
    try {
      const directory = await shared.directory;
      let released: Promise<void> | undefined;
      const release = (): Promise<void> => (released ??= this.#release(key, shared, directory));
      return { directory, release };
    } catch (error) {
      this.#forget(key, shared);
      throw error;
    }
  }

  async #release(key: string, shared: Shared, directory: Directory): Promise<void> {
    if (--shared.users > 0) return;
    this.#forget(key, shared);
    await directory.close();
  }

  #forget(key: string, shared: Shared): void {
    if (this.#shared.get(key) === shared) this.#shared.delete(key);
  }
}

/** A directory that its owner closes. */
export function lent(directory: Directory): Borrowed {
  return { directory, release: async () => undefined };
}
