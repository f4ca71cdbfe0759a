// A directory in memory, for tests and for services of one process.
import { isIPv6 } from "node:net";
import { formatAddress, parseAddress } from "../transport/address.js";
import { Directory } from "./directory.js";
import type {
  AnnounceOptions,
  AskDirectoryOptions,
  DirectoryEngine,
  Lease,
  ServiceEntry,
  ServicesListener,
  Watch,
} from "./engine.js";
import { DirectoryError } from "./errors.js";

/**
 * The services of one or more directories in memory.
 * @example
 * const services = new MemoryServices();
 * await using one = memoryDirectory(services);
 * await using other = memoryDirectory(services);
 * await one.register("/services/add", { versions: [{ program: ADD_VERS.number, version: 1 }], addresses: ["tcp://127.0.0.1:4000"] });
 * console.log((await other.lookup("/services/add")).length, services.below("/")); // 1 [ '/services/add' ]
 */
export class MemoryServices {
  readonly #entries = new Map<string, Map<string, ServiceEntry>>();
  readonly #listeners = new Map<string, Set<ServicesListener>>();

  /** The servers of a service, sorted by id. Empty if it has none. */
  at(path: string): readonly ServiceEntry[] {
    return [...(this.#entries.get(path)?.values() ?? [])].sort((a, b) => compare(a.id, b.id));
  }

  /** Returns the paths of the services at or below a path, sorted. */
  below(path: string): readonly string[] {
    const folder = path === "/" ? "/" : `${path}/`;
    return [...this.#entries.keys()].filter((one) => one === path || one.startsWith(folder)).sort(compare);
  }

  /** Adds an entry, or replaces the one with the same id. */
  put(path: string, entry: ServiceEntry): void {
    const entries = this.#entries.get(path) ?? new Map<string, ServiceEntry>();
    this.#entries.set(path, entries.set(entry.id, entry));
    this.#tell(path);
  }

  /** Removes an entry, if it has not been replaced. */
  remove(path: string, entry: ServiceEntry): void {
    const entries = this.#entries.get(path);
    if (entries?.get(entry.id) !== entry) return;
    entries.delete(entry.id);
    if (entries.size === 0) this.#entries.delete(path);
    this.#tell(path);
  }

  /** Returns a function that removes the listener. */
  listen(path: string, listener: ServicesListener): () => void {
    const listeners = this.#listeners.get(path) ?? new Set();
    this.#listeners.set(path, listeners.add(listener));
    listener(this.at(path));
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.#listeners.get(path) === listeners) this.#listeners.delete(path);
    };
  }

  #tell(path: string): void {
    const entries = this.at(path);
    for (const listener of [...(this.#listeners.get(path) ?? [])]) listener(entries);
  }
}

/**
 * Makes a directory in memory. Directories over the same `services` share their contents; each removes its own registrations
 * when it is closed. A server that listens on every address of the machine is registered at loopback.
 * @example
 * await using directory = memoryDirectory();
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * await server.listen("tcp://127.0.0.1:0");
 * await directory.register("/services/add", server);
 * console.log(await directory.list()); // [ '/services/add' ]
 */
export function memoryDirectory(services: MemoryServices = new MemoryServices()): Directory {
  return new Directory(new MemoryEngine(services));
}

class MemoryEngine implements DirectoryEngine {
  readonly name = "directory in memory";
  readonly #services: MemoryServices;
  /** Functions to call when the engine is closed. */
  readonly #open = new Set<() => void>();
  #closed = false;

  constructor(services: MemoryServices) {
    this.#services = services;
  }

  async announce(path: string, entry: ServiceEntry, _options: AnnounceOptions): Promise<Lease> {
    this.#check();
    const services = this.#services;
    const kept: ServiceEntry = { ...entry, addresses: entry.addresses.map(withLoopback) };
    services.put(path, kept);
    const withdraw = this.#untilClosed(() => services.remove(path, kept));
    return { id: entry.id, withdraw, [Symbol.asyncDispose]: withdraw };
  }

  async lookup(path: string, options: AskDirectoryOptions): Promise<readonly ServiceEntry[]> {
    this.#check(options);
    return this.#services.at(path);
  }

  async list(path: string, options: AskDirectoryOptions): Promise<readonly string[]> {
    this.#check(options);
    return this.#services.below(path);
  }

  async watch(path: string, listener: ServicesListener, options: AskDirectoryOptions): Promise<Watch> {
    this.#check(options);
    const close = this.#untilClosed(this.#services.listen(path, listener));
    return { close, [Symbol.asyncDispose]: close };
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const end of [...this.#open]) end();
  }

  /** Returns `end` as a function that runs once: when it is called, or when the engine closes. */
  #untilClosed(end: () => void): () => Promise<void> {
    const once = (): void => {
      if (this.#open.delete(once)) end();
    };
    this.#open.add(once);
    return async () => once();
  }

  #check({ signal }: AskDirectoryOptions = {}): void {
    if (this.#closed) throw new DirectoryError("DIRECTORY_CLOSED", `the ${this.name} was closed`);
    if (!signal?.aborted) return;
    throw new DirectoryError("DIRECTORY_UNREACHABLE", "cancelled by the caller's signal", { cause: signal.reason });
  }
}

function withLoopback(text: string): string {
  const address = parseAddress(text);
  if (!("host" in address) || !["0.0.0.0", "::"].includes(address.host)) return text;
  return formatAddress({ ...address, host: isIPv6(address.host) ? "::1" : "127.0.0.1" });
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
