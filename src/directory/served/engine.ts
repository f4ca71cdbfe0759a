// The engine behind a directory server of this package: leases and watches that survive lost connections.
import {
  type AnnounceOptions,
  type AskDirectoryOptions,
  type DirectoryEngine,
  defaultDirectoryTimeout,
  type Lease,
  type OpenEngine,
  type ServiceEntry,
  type ServicesListener,
  type Watch,
} from "../engine.js";
import { Asking, type AskOptions } from "./asking.js";
import { DirectoryConnection } from "./connection.js";
import { closedError, explain } from "./explain.js";
import { KeptLease } from "./kept-lease.js";
import { checkSecret, Prover } from "./proof.js";
import { SharedWatch } from "./shared-watch.js";

/** Opens the directory server at a client's target: `host`, `tcp://host:port`, `unix:/path`. */
export const openEngine: OpenEngine = async (url, options) => {
  const { secret } = options;
  const prover = secret === undefined ? undefined : new Prover(checkSecret(secret, "options.secret"));
  let connection: DirectoryConnection;
  try {
    connection = new DirectoryConnection(url, options);
  } catch (error) {
    throw explain(error, url);
  }
  const asking = new Asking(connection, prover);
  try {
    await asking.ask((client, how) => client.null(how), askOptions(options));
  } catch (error) {
    connection.destroy();
    throw error;
  }
  return new ServedEngine(asking, options.timeout);
};

class ServedEngine implements DirectoryEngine {
  readonly #asking: Asking;
  /** Milliseconds that a first registration may take. */
  readonly #timeout: number | undefined;
  readonly #leases = new Set<KeptLease>();
  readonly #watches = new Map<string, SharedWatch>();
  #closed: Promise<void> | undefined;

  constructor(asking: Asking, timeout: number | undefined) {
    this.#asking = asking;
    this.#timeout = timeout;
  }

  get name(): string {
    return this.#asking.name;
  }

  async announce(path: string, entry: ServiceEntry, options: AnnounceOptions): Promise<Lease> {
    this.#checkOpen();
    const lease = new KeptLease(this.#asking, { path, entry, ...options, ended: () => this.#leases.delete(lease) });
    this.#leases.add(lease);
    try {
      await lease.begin(this.#timeout);
    } catch (error) {
      this.#checkOpen();
      throw error;
    }
    this.#checkOpen();
    return lease;
  }

  async lookup(path: string, options: AskDirectoryOptions): Promise<readonly ServiceEntry[]> {
    this.#checkOpen();
    return this.#asking.lookup(path, askOptions(options));
  }

  async list(path: string, options: AskDirectoryOptions): Promise<readonly string[]> {
    this.#checkOpen();
    return this.#asking.list(path, askOptions(options));
  }

  async watch(path: string, listener: ServicesListener, options: AskDirectoryOptions): Promise<Watch> {
    this.#checkOpen();
    let shared = this.#watches.get(path);
    if (shared === undefined) {
      const fresh = new SharedWatch(this.#asking, path, () => {
        if (this.#watches.get(path) === fresh) this.#watches.delete(path);
      });
      this.#watches.set(path, fresh);
      shared = fresh;
    }
    return shared.join(listener, { ...askOptions(options), background: options.background === true });
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    const reason = closedError(this.name);
    for (const watch of [...this.#watches.values()]) watch.end(reason);
    await Promise.all([...this.#leases].map((lease) => lease.withdraw()));
    this.#asking.destroy();
  }

  #checkOpen(): void {
    if (this.#closed !== undefined) throw closedError(this.name);
  }
}

function askOptions({ timeout = defaultDirectoryTimeout, signal }: AskDirectoryOptions): AskOptions {
  return signal === undefined ? { timeout } : { timeout, signal };
}
