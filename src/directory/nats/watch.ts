// A watch of one path. Changes arrive as they happen; existing entries are read at the start, and again whenever the
// connection was lost. A server leaves when it is deleted, or when its lease expires while the store's leader answers:
// as long as the store cannot be reached, nobody can renew, so no server is removed.
import { longestTimer, systemClock, type Timer } from "../../base/clock.js";
import { pause } from "../../base/wait.js";
import type { AskDirectoryOptions, ServiceEntry, ServicesListener, Watch } from "../engine.js";
import { keysOf } from "./keys.js";
import type { Subscription } from "./packages.js";
import { KnownServices } from "./services.js";
import type { SettledReader } from "./settle.js";
import type { Kept } from "./snapshot.js";
import type { NatsStore } from "./store.js";

/** Milliseconds in which the store must answer a probe, and milliseconds between two probes. */
const longestProbe = 1_000;
const probePause = 250;
/** Milliseconds for reading everything again before a new attempt starts. */
const longestRead = 30_000;

/** Watches the servers of one path. */
export class NatsWatch implements Watch {
  readonly #store: NatsStore;
  readonly #reader: SettledReader;
  readonly #keys: string;
  readonly #listener: ServicesListener;
  readonly #ended: () => void;
  readonly #services = new KnownServices();
  readonly #resync = (): void => void this.#readAgain();
  #live: Subscription | undefined;
  /** Keys that changed since reading began, so that their read values are outdated. */
  #fresh: Set<string> | undefined;
  #timer: Timer | undefined;
  #isExpiring = false;
  #failure: Error | undefined;
  /** The servers that were reported last; undefined until all entries were read for the first time. */
  #told: readonly ServiceEntry[] | undefined;
  #telling: NodeJS.Immediate | undefined;
  #isClosed = false;
  /** Keeps the process alive: the connection does not. */
  #hold: Timer | undefined;

  constructor(store: NatsStore, reader: SettledReader, path: string, listener: ServicesListener, ended: () => void) {
    this.#store = store;
    this.#reader = reader;
    this.#keys = keysOf(path);
    this.#listener = listener;
    this.#ended = ended;
  }

  /** @throws DirectoryError */
  async begin(options: AskDirectoryOptions): Promise<void> {
    const { bucket, onReturn } = this.#store;
    const failed = (error: Error): void => {
      this.#failure = error;
    };
    if (options.background !== true) this.#hold = systemClock.setInterval(() => {}, longestTimer);
    this.#live = bucket.follow(this.#keys, (kept) => this.#came(kept), failed);
    try {
      await this.#read(options);
    } catch (error) {
      await this.close();
      throw error;
    }
    this.#store.check();
    onReturn.add(this.#resync);
    this.#tell();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    systemClock.clearTimeout(this.#timer);
    systemClock.clearTimeout(this.#hold);
    clearImmediate(this.#telling);
    this.#store.onReturn.delete(this.#resync);
    this.#live?.unsubscribe();
    this.#ended();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #came(kept: Kept): void {
    if (this.#isClosed) return;
    this.#fresh?.add(kept.key);
    if (this.#take(kept)) this.#tellSoon();
  }

  #take(kept: Kept): boolean {
    return this.#services.take(kept, systemClock.now(), (lease) => this.#store.allowance(lease));
  }

  /** The server reports a missing permission to subscribe before it answers the read. */
  async #read(options: AskDirectoryOptions): Promise<void> {
    await this.#store.run(options, async (timeout) => {
      const fresh = new Set<string>();
      this.#fresh = fresh;
      const kept = await this.#reader.read(this.#keys, timeout);
      if (this.#failure !== undefined) throw this.#failure;
      for (const one of kept) if (!fresh.has(one.key)) this.#take(one);
    });
    this.#fresh = undefined;
  }

  async #readAgain(): Promise<void> {
    if (this.#fresh !== undefined) return;
    while (!this.#isClosed) {
      try {
        await this.#read({ timeout: longestRead });
        break;
      } catch {
        // The last known servers remain valid until an attempt succeeds.
        await pause(probePause, { background: true });
      }
    }
    if (this.#isClosed) return;
    this.#services.extend(systemClock.now());
    this.#tell();
  }

  /** Changes of one turn of the event loop are reported together. */
  #tellSoon(): void {
    if (this.#told !== undefined) this.#telling ??= setImmediate(() => this.#tell());
  }

  #tell(): void {
    clearImmediate(this.#telling);
    this.#telling = undefined;
    this.#arm();
    const before = this.#told;
    const entries = this.#services.entries();
    if (entries.length === before?.length && entries.every((entry, at) => entry === before[at])) return;
    this.#told = entries;
    this.#listener(entries);
  }

  #arm(): void {
    systemClock.clearTimeout(this.#timer);
    const next = this.#services.next();
    if (next === undefined || this.#isClosed || this.#isExpiring) return;
    this.#timer = systemClock.setTimeout(() => void this.#expire(), Math.max(1, next - systemClock.now()));
    this.#timer.unref();
  }

  /** (1) Collect the due entries. (2) Check the store; while it cannot be reached, ask again. (3) Remove entries that are still due. */
  async #expire(): Promise<void> {
    this.#isExpiring = true;
    try {
      await this.#forgetDue();
    } finally {
      this.#isExpiring = false;
    }
    if (!this.#isClosed) this.#tell();
  }

  async #forgetDue(): Promise<void> {
    const [first] = this.#services.due(systemClock.now());
    if (first === undefined) return;
    let failed = false;
    for (;;) {
      const asked = systemClock.now();
      if (await this.#answers(first)) {
        if (failed) this.#services.extend(systemClock.now());
        this.#services.forget(this.#services.due(asked));
        return;
      }
      failed = true;
      await pause(probePause, { background: true });
      if (this.#isClosed) return;
    }
  }

  async #answers(key: string): Promise<boolean> {
    const { bucket, isConnected } = this.#store;
    if (!isConnected) return false;
    try {
      await bucket.probe(key, longestProbe);
      return true;
    } catch (error) {
      return this.#store.recover(error).then(
        () => false,
        () => true, // A refusal is an answer, too: the store is available.
      );
    }
  }
}
