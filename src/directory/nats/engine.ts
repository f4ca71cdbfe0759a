// The directory on NATS: services are entries of a JetStream key-value bucket.
import { systemClock } from "../../base/clock.js";
import {
  type AnnounceOptions,
  type AskDirectoryOptions,
  type DirectoryEngine,
  type Lease,
  longestId,
  longestLease,
  type OpenEngine,
  type ServiceEntry,
  type ServicesListener,
  type Watch,
} from "../engine.js";
import { DirectoryError } from "../errors.js";
import { checkPath } from "../path.js";
import { Announcement } from "./announcement.js";
import { isId, keysBelow, keysOf } from "./keys.js";
import { longestRecord } from "./record.js";
import { grace, KnownServices, recordOf } from "./services.js";
import { SettledReader } from "./settle.js";
import type { Kept } from "./snapshot.js";
import { NatsStore, type StorePurpose } from "./store.js";
import { Sweeper } from "./sweeper.js";
import { NatsWatch } from "./watch.js";

/** See `openDirectory`; docs/guides/directory-engines.md has the form of the URL. */
export const openEngine: OpenEngine = async (url, options) =>
  new NatsEngine(await NatsStore.open(url, options, purpose), options.timeout);

/**
 * The bucket keeps entries that are not renewed longer than any lease, and not for ever, so that dead ones do not pile up.
 */
const purpose: StorePurpose = {
  what: "directory",
  bucket: "lupine",
  form: {
    description: "Services of a directory of ONC RPC servers",
    age: longestLease + 60_000,
    longest: longestRecord,
  },
};

class NatsEngine implements DirectoryEngine {
  readonly name: string;
  readonly #store: NatsStore;
  readonly #timeout: number | undefined;
  readonly #sweeper: Sweeper;
  readonly #reader: SettledReader;
  readonly #leases = new Set<Announcement>();
  readonly #watches = new Set<NatsWatch>();
  #closed: Promise<void> | undefined;

  constructor(store: NatsStore, timeout: number | undefined) {
    this.name = store.name;
    this.#store = store;
    this.#timeout = timeout;
    this.#sweeper = new Sweeper(store);
    this.#reader = new SettledReader(store);
  }

  async announce(path: string, entry: ServiceEntry, options: AnnounceOptions): Promise<Lease> {
    this.#store.check();
    this.#checkEntry(entry, options);
    const announcement = new Announcement(this.#store, path, entry, options, () => this.#leases.delete(announcement));
    this.#leases.add(announcement);
    try {
      await announcement.begin(this.#timeout);
      return announcement;
    } catch (error) {
      this.#leases.delete(announcement);
      throw error;
    }
  }

  async lookup(path: string, options: AskDirectoryOptions): Promise<readonly ServiceEntry[]> {
    return this.#store.run(options, async (timeout) => {
      const services = new KnownServices();
      for (const kept of await this.#read(keysOf(path), timeout)) {
        services.take(kept, systemClock.now(), (lease) => this.#store.allowance(lease));
      }
      return services.entries();
    });
  }

  async list(path: string, options: AskDirectoryOptions): Promise<readonly string[]> {
    return this.#store.run(options, async (timeout) => {
      const paths = new Set<string>();
      for (const kept of await this.#read(keysBelow(path), timeout)) {
        const record = recordOf(kept);
        if (record === undefined || !isPath(record.path)) continue;
        const { lease } = record;
        if (kept.age - this.#store.allowance(lease) < lease + grace) paths.add(record.path);
      }
      return [...paths].sort();
    });
  }

  async watch(path: string, listener: ServicesListener, options: AskDirectoryOptions): Promise<Watch> {
    this.#store.check();
    const watch = new NatsWatch(this.#store, this.#reader, path, listener, () => this.#watches.delete(watch));
    this.#watches.add(watch);
    await watch.begin(options);
    return watch;
  }

  close(): Promise<void> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  async #close(): Promise<void> {
    this.#store.refuse();
    await Promise.all([...this.#watches].map((watch) => watch.close()));
    await Promise.all([...this.#leases].map((lease) => lease.withdraw()));
    await this.#store.close();
  }

  async #read(keys: string, timeout: number): Promise<readonly Kept[]> {
    const all = await this.#reader.read(keys, timeout);
    this.#sweeper.sweep(all.filter((kept) => this.#sweeper.isStale(kept)));
    return all;
  }

  #checkEntry(entry: ServiceEntry, { lease }: AnnounceOptions): void {
    if (!isId(entry.id)) {
      throw bad(`its id ${JSON.stringify(entry.id.slice(0, 100))} is not 1 to ${longestId} printable ASCII characters`);
    }
    const { keeps } = this.#store.bucket;
    if (keeps > 0 && keeps < lease) {
      throw bad(`its lease is ${lease} ms, but the bucket keeps nothing longer than ${keeps} ms`);
    }
  }
}

function isPath(path: string): boolean {
  try {
    return checkPath(path) === path;
  } catch {
    return false;
  }
}

function bad(why: string): DirectoryError {
  return new DirectoryError("DIRECTORY_BAD_ENTRY", `this server cannot be registered: ${why}`);
}
