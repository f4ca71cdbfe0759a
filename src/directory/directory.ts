// The directory as programs use it, whichever engine is behind it.
import type { Server } from "../server/index.js";
import type { AskDirectoryOptions, DirectoryEngine, Lease, ProgramVersion, ServiceEntry } from "./engine.js";
import { checkFolder, checkPath } from "./path.js";

/** What is registered where there is no Server of this package to tell it: a program in C, say. */
export interface ServiceDescription {
  readonly versions: readonly ProgramVersion[];
  /** See ServiceEntry. */
  readonly addresses: readonly string[];
}

export interface RegisterServiceOptions {
  /** Milliseconds until a server that is not heard of is forgotten. Default `defaultLease`. */
  readonly lease?: number | undefined;
  /** Instead of where the server listens: `["tcp://time.example.org:2049"]`, or the machine alone. */
  readonly addresses?: readonly string[] | undefined;
  readonly priority?: number | undefined;
  readonly weight?: number | undefined;
  readonly onTrouble?: ((error: Error | undefined) => void) | undefined;
}

/** Services by name. Made by `openDirectory`. */
export class Directory implements AsyncDisposable {
  readonly #engine: DirectoryEngine;

  constructor(engine: DirectoryEngine) {
    this.#engine = engine;
  }

  /** For messages: "directory at tcp://10.0.0.1:10112". */
  get name(): string {
    return this.#engine.name;
  }

  /** For clients, which share the engine. */
  get engine(): DirectoryEngine {
    return this.#engine;
  }

  /**
   * Registers a server under a path, until the lease is withdrawn, the server closes, or the process ends. Call it
   * after `implement` and `listen`.
   * @throws DirectoryError
   */
  register(_path: string, _server: Server | ServiceDescription, _options: RegisterServiceOptions = {}): Promise<Lease> {
    throw new Error("not built yet");
  }

  /** The servers of a service; empty when there are none. @throws DirectoryError */
  lookup(path: string, options: AskDirectoryOptions = {}): Promise<readonly ServiceEntry[]> {
    return this.#engine.lookup(checkPath(path), options);
  }

  /** The paths of services at or below a path, sorted. @throws DirectoryError */
  list(folder = "/", options: AskDirectoryOptions = {}): Promise<readonly string[]> {
    return this.#engine.list(checkFolder(folder), options);
  }

  /** The servers of a service now, and again after each change, until the loop is left. @throws DirectoryError */
  watch(_path: string, _options: AskDirectoryOptions = {}): AsyncIterable<readonly ServiceEntry[]> {
    throw new Error("not built yet");
  }

  close(): Promise<void> {
    return this.#engine.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }
}
