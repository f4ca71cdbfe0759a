// One registration: renewed until it is withdrawn, then deleted.
import { systemClock, type Timer } from "../../base/clock.js";
import type { AnnounceOptions, Lease, ServiceEntry } from "../engine.js";
import { DirectoryError } from "../errors.js";
import { unreachable } from "../in-time.js";
import { attemptTime, renewalTime, retryPause } from "./announcement-times.js";
import { keyOf } from "./keys.js";
import { reachableAddresses } from "./reachable.js";
import { encodeRecord } from "./record.js";
import type { NatsStore } from "./store.js";

/** Milliseconds that withdrawing may take. */
const longestWithdrawal = 1_000;

/** Renews one registration, and deletes it when it is withdrawn. */
export class Announcement implements Lease {
  readonly id: string;
  readonly #store: NatsStore;
  readonly #key: string;
  readonly #entry: ServiceEntry;
  readonly #lease: number;
  readonly #onTrouble: AnnounceOptions["onTrouble"];
  readonly #ended: () => void;
  readonly #renewNow = (): void => void this.#renew();
  #timer: Timer | undefined;
  #isRenewing = false;
  #isInTrouble = false;
  #withdrawn: Promise<void> | undefined;

  constructor(store: NatsStore, path: string, entry: ServiceEntry, options: AnnounceOptions, ended: () => void) {
    this.id = entry.id;
    this.#store = store;
    this.#key = keyOf(path, entry.id);
    this.#entry = entry;
    this.#lease = options.lease;
    this.#onTrouble = options.onTrouble;
    this.#ended = ended;
  }

  /** @throws DirectoryError */
  async begin(timeout: number | undefined): Promise<void> {
    try {
      await this.#store.run({ timeout }, (limit) => this.#put(limit));
    } catch (error) {
      this.#withdrawn ??= this.#delete(); // The message may have arrived although its acknowledgement was lost.
      throw error;
    }
    this.#store.onReturn.add(this.#renewNow);
    this.#next(renewalTime(this.#lease));
  }

  withdraw(): Promise<void> {
    this.#withdrawn ??= this.#end();
    return this.#withdrawn;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.withdraw();
  }

  async #end(): Promise<void> {
    systemClock.clearTimeout(this.#timer);
    this.#store.onReturn.delete(this.#renewNow);
    this.#ended();
    await this.#delete();
  }

  /** Messages on one connection keep their order, so no renewal can follow. */
  async #delete(): Promise<void> {
    const { bucket, isConnected, onReturn } = this.#store;
    const send = (): Promise<void> => bucket.delete(this.#key, longestWithdrawal).catch(() => {});
    if (isConnected) return send();
    const once = (): void => {
      onReturn.delete(once);
      void send();
    };
    onReturn.add(once);
  }

  #put(timeout: number): Promise<void> {
    const { bucket, seenAt } = this.#store;
    const addresses = reachableAddresses(this.#entry.addresses, seenAt);
    const record = encodeRecord({ entry: { ...this.#entry, addresses }, lease: this.#lease });
    return bucket.put(this.#key, record, timeout);
  }

  #next(wait: number): void {
    systemClock.clearTimeout(this.#timer);
    if (this.#withdrawn === undefined) this.#timer = systemClock.setTimeout(this.#renewNow, wait);
  }

  async #renew(): Promise<void> {
    if (this.#isRenewing || this.#withdrawn !== undefined) return;
    this.#isRenewing = true;
    try {
      await this.#attempt();
      this.#tell(undefined);
      this.#next(renewalTime(this.#lease));
    } catch (error) {
      this.#tell(error as Error);
      this.#next(retryPause(this.#lease));
    } finally {
      this.#isRenewing = false;
    }
  }

  /** @throws DirectoryError */
  async #attempt(): Promise<void> {
    const { name, isConnected } = this.#store;
    if (!isConnected) throw unreachable(name, "the connection is lost", undefined);
    try {
      await this.#put(attemptTime(this.#lease));
    } catch (error) {
      await this.#store.recover(error);
      throw error instanceof DirectoryError ? error : unreachable(name, (error as Error).message, error);
    }
  }

  #tell(error: Error | undefined): void {
    if (this.#withdrawn !== undefined || this.#isInTrouble === (error !== undefined)) return;
    this.#isInTrouble = error !== undefined;
    try {
      this.#onTrouble?.(error);
    } catch {
      // Errors of the listener are ignored; the lease continues.
    }
  }
}
