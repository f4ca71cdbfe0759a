// The bucket behind a connection that may be lost: operations are repeated until they succeed or time out.

import { systemClock } from "../../base/clock.js";
import { pause, waitAtMost } from "../../base/wait.js";
import { type AskDirectoryOptions, defaultDirectoryTimeout } from "../engine.js";
import { DirectoryError } from "../errors.js";
import { closed, inTime } from "../in-time.js";
import { Bucket, type BucketForm } from "./bucket.js";
import { judge } from "./failures.js";
import { hasNoResponders } from "./jetstream.js";
import type { NatsLink } from "./link.js";
import { openLink } from "./open-link.js";
import type { NatsPackage } from "./packages.js";

/** Milliseconds between two attempts, and milliseconds for one attempt. */
const retryPause = 100;
const longestAttempt = 2_000;

/** The use that a store is put to. */
export interface StorePurpose {
  /** Its name in messages: "directory". */
  readonly what: string;
  /** The bucket of URLs that name none. */
  readonly bucket: string;
  readonly form: BucketForm;
}

/** A bucket whose operations are repeated until they succeed or time out. */
export class NatsStore {
  readonly name: string;
  readonly bucket: Bucket;
  /** Called after each reconnect. */
  readonly onReturn = new Set<() => void>();
  readonly #nats: NatsLink;
  readonly #package: NatsPackage;
  readonly #closing = new Set<() => void>();
  #isClosed = false;
  #isConnected = true;
  /** The last outage: its duration, and when the connection was restored. */
  #outage = { length: 0, end: Number.NEGATIVE_INFINITY };

  private constructor(name: string, nats: NatsLink, its: NatsPackage, bucket: Bucket) {
    this.name = name;
    this.#nats = nats;
    this.#package = its;
    this.bucket = bucket;
    this.#follow();
  }

  /** @throws DirectoryError */
  static async open(url: string, options: AskDirectoryOptions, purpose: StorePurpose): Promise<NatsStore> {
    const { timeout = defaultDirectoryTimeout } = options;
    const begin = systemClock.now();
    const { link, nats, url: parsed, name } = await openLink(url, options, purpose);
    const bucket = new Bucket(link, nats, parsed, purpose.form);
    const store = new NatsStore(name, link, nats, bucket);
    try {
      const left = Math.max(1, timeout - (systemClock.now() - begin));
      await store.run({ ...options, timeout: left }, (limit) => bucket.make(limit));
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  get isConnected(): boolean {
    return this.#isConnected;
  }

  /** This machine's address, as the server sees it. */
  get seenAt(): string | undefined {
    return this.#nats.info?.client_ip;
  }

  /**
   * Milliseconds by which an entry may be older than its lease, because it could not be renewed during an outage.
   * Applies for the length of one lease after the outage.
   */
  allowance(lease: number): number {
    const since = systemClock.now() - this.#outage.end;
    return since < lease ? this.#outage.length + since : 0;
  }

  /**
   * Lets other processes find out whether this one is connected, by a name that no other one has. Resolves with false if they cannot: this
   * user may not use the subject.
   */
  async announce(name: string, timeout: number): Promise<boolean> {
    this.#nats.subscribe(this.#presence(name), {
      callback: (error, { reply }) => {
        if (error === null && reply !== undefined) this.#nats.publish(reply);
      },
    });
    return (await this.isPresent(name, timeout)) === true;
  }

  /** Whether a process that has announced this name is connected. Undefined if that cannot be found out now. */
  async isPresent(name: string, timeout: number): Promise<boolean | undefined> {
    try {
      await this.#nats.request(this.#presence(name), "", { timeout: Math.min(timeout, longestAttempt) });
      return true;
    } catch (error) {
      return hasNoResponders(error, this.#package) ? false : undefined;
    }
  }

  #presence(name: string): string {
    return `lupine.present.${name}`;
  }

  /**
   * Runs an operation until it succeeds. Each attempt is passed the milliseconds that it may take.
   * @throws DirectoryError
   */
  async run<T>(options: AskDirectoryOptions, operation: (timeout: number) => Promise<T>): Promise<T> {
    this.check();
    const { timeout = defaultDirectoryTimeout } = options;
    const end = systemClock.now() + timeout;
    let last: unknown;
    const ask = async (signal: AbortSignal): Promise<T> => {
      for (;;) {
        try {
          if (this.#isConnected) return await operation(Math.min(timeout, longestAttempt));
        } catch (error) {
          last = error;
          await this.recover(error);
        }
        await pause(Math.min(retryPause, Math.max(1, end - systemClock.now())), { signal });
        signal.throwIfAborted();
      }
    };
    return inTime({ name: this.name, options, closing: this.#closing, ask, cause: () => last });
  }

  /**
   * Prepares the next attempt after a failure, for example by creating the bucket if it was deleted.
   * @throws DirectoryError if no attempt can succeed.
   */
  async recover(error: unknown): Promise<void> {
    const verdict = this.#judge(error);
    if (verdict instanceof DirectoryError) throw verdict;
    if (verdict === "again") return;
    try {
      await this.bucket.make(longestAttempt);
    } catch (failure) {
      const second = this.#judge(failure);
      if (second instanceof DirectoryError) throw second;
    }
  }

  /** @throws DirectoryError DIRECTORY_CLOSED. */
  check(): void {
    if (this.#isClosed) throw closed(this.name);
  }

  /** Ends pending and later questions with DIRECTORY_CLOSED. */
  refuse(): void {
    this.#isClosed = true;
    for (const end of [...this.#closing]) end();
  }

  async close(): Promise<void> {
    this.refuse();
    this.onReturn.clear();
    await waitAtMost(retryPause, this.#nats.close()).catch(() => {});
  }

  #judge(error: unknown): ReturnType<typeof judge> {
    return judge(error, this.name, this.#package, this.#nats.info?.jetstream === true);
  }

  #follow(): void {
    let lost = 0;
    this.#nats.follow({
      lost: () => {
        this.#isConnected = false;
        lost = systemClock.now();
      },
      restored: () => {
        this.#isConnected = true;
        const end = systemClock.now();
        this.#outage = { length: end - lost, end };
        for (const act of [...this.onReturn]) act();
      },
    });
  }
}
