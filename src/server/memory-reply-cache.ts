// A reply cache in the server's memory: what a server needs so that a datagram that arrives twice runs once.
import { type Clock, systemClock } from "../base/clock.js";
import type { Identity } from "../rpc/auth.js";
import { checkOptions, type OptionTable } from "../rpc/check-options.js";
import { formatAddress } from "../transport/address.js";
import type { ReplyCache, ReplyKey } from "./reply-cache.js";

/** How much a reply cache in memory may hold, and for how long. */
export interface MemoryReplyCacheOptions {
  /** The most replies. The oldest makes room. Default 8,192. */
  readonly entries?: number;
  /** The most bytes of replies and their keys. The oldest makes room. Default 8 MiB (8,388,608). */
  readonly bytes?: number;
  /** Milliseconds for which a reply is kept: longer than callers repeat a call. Default 120,000. */
  readonly age?: number;
  /** Where the time comes from. Default: the machine's clock. */
  readonly clock?: Clock;
}

const optionTable: OptionTable<MemoryReplyCacheOptions> = {
  entries: "size",
  bytes: "size",
  age: "time",
  clock: "object",
};

/** Bytes that an entry takes beside its key and its reply, roughly. */
const ENTRY_BYTES = 200;

interface Entry {
  readonly key: string;
  outcome: Uint8Array | undefined;
  /** When the reply may be forgotten, in the clock's milliseconds. */
  until: number;
}

/**
 * Remembers replies in memory. A copy of a call that still runs is dropped: its caller gets the reply of the first copy. A
 * copy of a call that has ended gets the same reply again, without running. Two transmissions are the same call if the
 * caller's address and port, its credential, the transaction id, the procedure, and the length and checksum of the
 * arguments are equal (RFC 5531 section 4 leaves the choice to the server). The cache is lost when the process ends.
 *
 * @throws TypeError for an option that does not exist or has an invalid value.
 * @example
 * const server = new Server({ replyCache: memoryReplyCache() });
 */
export function memoryReplyCache(options: MemoryReplyCacheOptions = {}): ReplyCache {
  checkOptions(optionTable, options);
  const { entries = 8_192, bytes = 8 * 1024 * 1024, age = 120_000, clock = systemClock } = options;
  const running = new Map<string, Entry>();
  // In the order in which they ended, oldest first.
  const done = new Map<string, Entry>();
  let held = 0;

  const drop = (entry: Entry): void => {
    done.delete(entry.key);
    held -= size(entry);
  };
  const makeRoom = (): void => {
    const now = clock.now();
    for (const oldest of done.values()) {
      if (done.size <= entries && held <= bytes && oldest.until > now) return;
      drop(oldest);
    }
  };

  return {
    begin(call) {
      const key = keyOf(call);
      if (running.has(key)) return { kind: "busy" };
      makeRoom();
      const outcome = done.get(key)?.outcome;
      if (outcome !== undefined) return { kind: "done", outcome };
      const entry: Entry = { key, outcome: undefined, until: 0 };
      running.set(key, entry);
      return { kind: "new", entry };
    },
    store(entry, outcome) {
      const one = entry as Entry;
      running.delete(one.key);
      one.outcome = outcome;
      one.until = clock.now() + age;
      done.set(one.key, one);
      held += size(one);
      makeRoom();
    },
    forget(entry) {
      running.delete((entry as Entry).key);
    },
  };
}

function size({ key, outcome }: Entry): number {
  return ENTRY_BYTES + key.length * 2 + (outcome?.buffer.byteLength ?? 0);
}

function keyOf(call: ReplyKey): string {
  const { xid, program, version, procedure, args } = call;
  const caller = `${call.netid} ${formatAddress(call.remote)} ${credentialOf(call.identity)}`;
  return `${xid} ${program} ${version} ${procedure} ${args.length} ${checksum(args)} ${caller}`;
}

function credentialOf({ flavor, sys, principal }: Identity): string {
  return JSON.stringify([flavor, principal, sys && [sys.uid, sys.gid, sys.gids, sys.machineName]]);
}

/** 64 bits: two sums of 32 bits with different factors (FNV-1a, and a polynomial). */
function checksum(bytes: Uint8Array): string {
  let first = 0x811c_9dc5;
  let second = 0;
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] as number;
    first = Math.imul(first ^ byte, 0x0100_0193);
    second = (Math.imul(second, 0x5bd1_e995) + byte + 1) | 0;
  }
  return `${first >>> 0}.${second >>> 0}`;
}
