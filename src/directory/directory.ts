// The directory as programs use it, whichever engine is behind it.
import { checkOptions } from "../base/check-options.js";
import type { Server } from "../server/server.js";
import { warn } from "../server/unhandled.js";
import { Departures } from "./departures.js";
import { type AskDirectoryOptions, askOptions, type DirectoryEngine, type Lease, type ServiceEntry } from "./engine.js";
import { checkLease, entryOf, isDescription, type RegisterServiceOptions, type ServiceDescription } from "./entry.js";
import { DirectoryError } from "./errors.js";
import { checkFolder, checkPath } from "./path.js";
import { States } from "./states.js";

/**
 * Services by name. Made by `openDirectory` or `memoryDirectory`.
 * @example
 * await using directory = memoryDirectory();
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * await server.listen("tcp://127.0.0.1:0");
 * await directory.register("/services/add", server);
 *
 * await using client = createClient(ADD_VERS, "dir:/services/add", { directory });
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 */
export class Directory implements AsyncDisposable {
  readonly #engine: DirectoryEngine;
  readonly #departures = new Departures();
  readonly #watching = new Set<States>();
  #closed: Promise<void> | undefined;

  /** Makes a directory of an engine. `openDirectory` calls it. Opens nothing. */
  constructor(engine: DirectoryEngine) {
    this.#engine = engine;
  }

  /** The name in messages: "directory at tcp://10.0.0.1:10112". */
  get name(): string {
    return this.#engine.name;
  }

  /** The engine behind this directory. Clients share it. */
  get engine(): DirectoryEngine {
    return this.#engine;
  }

  /**
   * Registers a server under a path, until the lease is withdrawn, the server closes, or the process ends. Call it after
   * `implement` and `listen`; it registers the server's TCP and UDP addresses. Registering the same Server under the same
   * path again replaces its earlier registration, for example to change its weight.
   * @throws DirectoryError
   */
  async register(
    path: string,
    server: Server | ServiceDescription,
    options: RegisterServiceOptions = {},
  ): Promise<Lease> {
    this.#checkOpen();
    const checked = checkPath(path);
    const entry = entryOf(server, options);
    const onTrouble = options.onTrouble ?? warnOnce(`the registration of ${checked} at the ${this.name}`);
    const announced = { lease: checkLease(options.lease), onTrouble };
    const lease = this.#engine.announce(checked, entry, announced);
    return isDescription(server) ? lease : this.#departures.tie(server, checked, lease, options.linger);
  }

  /**
   * Returns the servers of a service. Empty if it has none.
   * @throws DirectoryError
   */
  async lookup(path: string, options: AskDirectoryOptions = {}): Promise<readonly ServiceEntry[]> {
    this.#checkOpen();
    checkOptions(askOptions, options);
    return this.#engine.lookup(checkPath(path), options);
  }

  /** Returns the paths of the services at or below a path, sorted. @throws DirectoryError */
  async list(folder = "/", options: AskDirectoryOptions = {}): Promise<readonly string[]> {
    this.#checkOpen();
    checkOptions(askOptions, options);
    return this.#engine.list(checkFolder(folder), options);
  }

  /**
   * Yields the servers of a service now, and again after each change, until the loop ends, the signal is aborted or the
   * directory is closed. If the loop is slower than the changes, it gets the latest state and skips intermediate ones. While the directory cannot be
   * reached,
   * the last known servers remain valid.
   * @throws DirectoryError
   */
  watch(path: string, options: AskDirectoryOptions = {}): AsyncIterableIterator<readonly ServiceEntry[], undefined> {
    this.#checkOpen();
    checkOptions(askOptions, options);
    const states: States = new States(this.#engine, checkPath(path), options, () => this.#watching.delete(states));
    this.#watching.add(states);
    return states;
  }

  /**
   * Withdraws the registrations that were made through it, ends its watches, and closes its connections. Requests in flight and later ones reject
   * with DIRECTORY_CLOSED. If the directory cannot be reached, registrations end with their leases.
   */
  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** The same as `close`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #close(): Promise<void> {
    await Promise.all([...this.#watching].map((states) => states.end()));
    await this.#engine.close();
  }

  #checkOpen(): void {
    if (this.#closed === undefined) return;
    throw new DirectoryError("DIRECTORY_CLOSED", `${this.name} was closed; open it again with openDirectory`);
  }
}

/** For a registration without `onTrouble`: its first problem is a process warning. */
function warnOnce(what: string): (error: Error | undefined) => void {
  let isWarned = false;
  return (error) => {
    if (error === undefined || isWarned) return;
    isWarned = true;
    warn(
      "LUPINE_TROUBLE",
      `${what} could not be renewed: ${error.message}. It is retried; set onTrouble to receive further reports`,
    );
  };
}
