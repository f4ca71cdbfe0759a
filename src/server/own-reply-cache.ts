// The reply cache that a server has by default, for datagrams. Its code is loaded with the first of them.
import type { ReplyCache, ReplyKey, ReplyVerdict } from "./reply-cache.js";

export class OwnReplyCache implements ReplyCache {
  readonly datagramsOnly = true;
  #cache: ReplyCache | undefined;

  /** Loads the code, so that no call waits for it. */
  async load(): Promise<ReplyCache> {
    const { memoryReplyCache } = await import("./memory-reply-cache.js");
    this.#cache ??= memoryReplyCache();
    return this.#cache;
  }

  begin(key: ReplyKey): ReplyVerdict | Promise<ReplyVerdict> {
    return this.#cache?.begin(key) ?? this.load().then((cache) => cache.begin(key));
  }

  store(entry: unknown, outcome: Uint8Array): void | Promise<void> {
    return this.#cache?.store(entry, outcome);
  }

  forget(entry: unknown): void {
    this.#cache?.forget(entry);
  }
}
