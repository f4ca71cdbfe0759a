// A reply cache in the server's memory: what a server needs so that a call that arrives twice runs once.
// Its memory is managed in replies-in-memory.ts, which is loaded with the first call: few servers of streams need it.

import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { Clock } from "../base/clock.js";
import type { XdrReader } from "../xdr/reader.js";
import type { CallerKey } from "./caller-key.js";
import type { RepliesInMemory } from "./replies-in-memory.js";
import type { CalledProcedure, QuickReplyCache, ReplyCache, ReplyKey, ReplyVerdict } from "./reply-cache.js";

/** How much a reply cache in memory may hold, and for how long. */
export interface MemoryReplyCacheOptions {
  /** The most replies. Default 65,536. At the limit, the oldest reply of the address that holds most is removed. */
  readonly entries?: number;
  /** The most bytes of replies and their keys. Default 16 MiB (16,777,216). At the limit, the same applies. */
  readonly bytes?: number;
  /** Milliseconds for which a reply is kept. Must be longer than the time during which callers repeat a call. Default 120,000. */
  readonly age?: number;
  /**
   * True: remembers calls over streams, too. A stream does not duplicate messages, but some clients, such as NFS clients, reconnect from the same
   * port and repeat their calls. Default true.
   */
  readonly streams?: boolean;
  /** The source of the time. Default: the machine's clock. */
  readonly clock?: Clock;
}

const optionTable: OptionTable<MemoryReplyCacheOptions> = {
  entries: "size",
  bytes: "size",
  age: "time",
  streams: "flag",
  clock: "object",
};

/**
 * Remembers replies in memory. A copy of a call that still runs joins it: both get its reply. A copy of a call that has ended
 * gets the same reply again, without running. Two transmissions are the same call if the caller (its address and port, its
 * credential), the transaction id, the procedure, and the length and checksum of the arguments are equal (RFC 5531 section 5 leaves the choice to the
 * server). The same transaction id with other arguments is a false retry: the call gets SYSTEM_ERR. The cache is lost when the process ends.
 *
 * Each server has such a cache for datagrams by default. The option `replyCache` replaces it, or disables it with `false`.
 *
 * @throws TypeError for an option that does not exist or has an invalid value.
 * @example
 * const server = new Server({ replyCache: memoryReplyCache({ age: 600_000 }) });
 */
export function memoryReplyCache(options: MemoryReplyCacheOptions = {}): ReplyCache {
  checkOptions(optionTable, options);
  return new MemoryReplyCache(options);
}

let loaded: typeof import("./replies-in-memory.js") | undefined;

/** Loads the code of caches in memory. Afterwards their decisions are not promises. */
export async function loadRepliesInMemory(): Promise<void> {
  loaded = await import("./replies-in-memory.js");
}

class MemoryReplyCache implements QuickReplyCache {
  readonly datagramsOnly: boolean;
  readonly #options: MemoryReplyCacheOptions;
  #replies: RepliesInMemory | undefined;

  constructor(options: MemoryReplyCacheOptions) {
    this.datagramsOnly = options.streams === false;
    this.#options = options;
  }

  begin(call: ReplyKey): ReplyVerdict | Promise<ReplyVerdict> {
    if (loaded === undefined) return loadRepliesInMemory().then(() => this.begin(call));
    this.#replies ??= new loaded.RepliesInMemory(this.#options);
    return this.#replies.begin(call);
  }

  beginNew(caller: CallerKey, call: CalledProcedure, from: XdrReader): number {
    return this.#replies?.beginNew(caller, call, from) ?? 0;
  }

  store(entry: unknown, outcome: Uint8Array): void {
    this.storeCopy(entry, outcome, 0, outcome.length);
  }

  storeCopy(entry: unknown, from: Uint8Array, start: number, end: number): void {
    this.#replies?.store(entry as number, from, start, end);
  }

  forget(entry: unknown): void {
    this.#replies?.forget(entry as number);
  }
}
