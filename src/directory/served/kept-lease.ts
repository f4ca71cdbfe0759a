// A registration that is renewed in time, and repeated when the connection or the directory was lost.
import { backoffDelay } from "../../base/backoff.js";
import { type AnnounceOptions, defaultDirectoryTimeout, type Lease, type ServiceEntry } from "../engine.js";
import { DirectoryError } from "../errors.js";
import type { Asking } from "./asking.js";
import { Pause } from "./pause.js";

/** Waits after failed attempts, in milliseconds. Right after a lost connection the wait is very short. */
export const retryBackoff = { first: 25, factor: 2, most: 500, jitter: 0.5 };

/** The waits after the directory has refused: asking again soon would only fill its log. */
const refusedBackoff = { first: 500, factor: 2, most: 5_000, jitter: 0.5 };

/** The most milliseconds for withdrawing a registration. */
const withdrawTimeout = 1_000;

export interface Announcement extends AnnounceOptions {
  readonly path: string;
  readonly entry: ServiceEntry;
  /** Called when the lease is no longer renewed. */
  readonly ended: () => void;
}

export class KeptLease implements Lease {
  readonly #asking: Asking;
  readonly #what: Announcement;
  readonly #abort = new AbortController();
  readonly #pause: Pause;
  #inTrouble = false;
  #withdrawn: Promise<void> | undefined;

  constructor(asking: Asking, what: Announcement) {
    this.#asking = asking;
    this.#pause = new Pause(asking.clock);
    this.#what = what;
  }

  get id(): string {
    return this.#what.entry.id;
  }

  /** Registers, and renews the registration. @throws DirectoryError if the first attempt fails; then it stops. */
  async begin(timeout = defaultDirectoryTimeout): Promise<void> {
    try {
      await this.#register(timeout);
    } catch (error) {
      this.#what.ended();
      throw error;
    }
    if (this.#withdrawn === undefined) this.#keep();
  }

  withdraw(): Promise<void> {
    this.#withdrawn ??= this.#withdraw();
    return this.#withdrawn;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.withdraw();
  }

  async #withdraw(): Promise<void> {
    this.#abort.abort();
    this.#pause.end();
    const { path, entry, ended } = this.#what;
    try {
      await this.#asking.withdraw(path, entry.id, { timeout: withdrawTimeout });
    } catch {
      // An unreachable directory removes it when the lease expires.
    }
    ended();
  }

  async #keep(): Promise<void> {
    const { lease } = this.#what;
    const { clock } = this.#asking;
    const stop = this.#asking.onLost(() => this.#pause.end());
    let backoff = retryBackoff;
    for (let failures = 0; ; ) {
      const isLost = await this.#pause.wait(
        failures === 0 ? renewal(lease, clock.random()) : backoffDelay(backoff, failures, clock.random()),
      );
      if (isLost && this.#withdrawn === undefined)
        await this.#pause.wait(backoffDelay(retryBackoff, 1, clock.random()));
      if (this.#withdrawn !== undefined) break;
      try {
        await this.#register(Math.min(defaultDirectoryTimeout, Math.max(250, lease / 3)));
        failures = 0;
        this.#tell(undefined);
      } catch (error) {
        const isSilent = error instanceof DirectoryError && error.code === "DIRECTORY_UNREACHABLE";
        const next = isSilent ? retryBackoff : refusedBackoff;
        failures = next === backoff ? failures + 1 : 1;
        backoff = next;
        this.#tell(error as Error);
      }
    }
    stop();
  }

  #register(timeout: number): Promise<void> {
    const { path, entry, lease } = this.#what;
    return this.#asking.register(path, entry, lease, { timeout, signal: this.#abort.signal });
  }

  #tell(error: Error | undefined): void {
    if (this.#withdrawn !== undefined || (error !== undefined) === this.#inTrouble) return;
    this.#inTrouble = error !== undefined;
    try {
      this.#what.onTrouble?.(error);
    } catch {
      // An error in a hook cannot be reported anywhere.
    }
  }
}

/**
 * A third of the lease, so that two attempts may fail; slightly less at random, so that not all servers renew at once.
 */
function renewal(lease: number, random: number): number {
  return (lease / 3) * (0.8 + 0.2 * random);
}
