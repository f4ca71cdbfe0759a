// A reply cache in the server's memory: what a server needs so that a call that arrives twice runs once.
import { type Clock, systemClock } from "../base/clock.js";
import { LinkedList, type Place } from "../base/linked-list.js";
import { checkOptions, type OptionTable } from "../rpc/check-options.js";
import type { ReplyCache, ReplyKey, ReplyVerdict } from "./reply-cache.js";

/** How much a reply cache in memory may hold, and for how long. */
export interface MemoryReplyCacheOptions {
  /** The most replies. Default 65,536. At the limit, the address that holds most loses its oldest. */
  readonly entries?: number;
  /** The most bytes of replies and their keys. Default 16 MiB (16,777,216). At the limit, the same applies. */
  readonly bytes?: number;
  /** Milliseconds for which a reply is kept: longer than callers repeat a call. Default 120,000. */
  readonly age?: number;
  /**
   * Remember calls over streams, too. A stream itself repeats nothing, but some clients, such as those of NFS,
   * reconnect from the same port and repeat their calls. Default true.
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

/** Approximate bytes of an entry besides its key and its reply. */
const ENTRY_BYTES = 200;

interface Entry {
  readonly key: string;
  readonly length: number;
  readonly checksum: number;
  readonly host: string;
  outcome: Uint8Array | undefined;
  /** The outcome for copies that wait for it. */
  promise: Promise<Uint8Array | undefined> | undefined;
  resolve: ((outcome: Uint8Array | undefined) => void) | undefined;
  /** When the reply expires, in milliseconds of the clock. */
  until: number;
  /** Its place in the list of all replies, and in that of its holder. */
  places: readonly [Place<Entry>, Place<Entry>] | undefined;
  holder: Holder | undefined;
}

const notAwaited = { promise: undefined, resolve: undefined, places: undefined, holder: undefined };

/** The replies that were sent to one address, oldest first. */
interface Holder {
  readonly name: string;
  readonly entries: LinkedList<Entry>;
  bytes: number;
}

/**
 * Remembers replies in memory. A copy of a call that still runs joins it: both get its reply. A copy of a call that has ended
 * gets the same reply again, without running. Two transmissions are the same call if the caller (its address and port, its
 * credential), the transaction id, the procedure, and the length and checksum of the arguments are equal (RFC 5531 section 4
 * leaves the choice to the server). The same transaction id with other arguments is a false retry, and refused. The cache is
 * lost when the process ends.
 *
 * A server has one of its own for datagrams, unless it is given another or `replyCache: false`.
 *
 * @throws TypeError for an option that does not exist or has an invalid value.
 * @example
 * const server = new Server({ replyCache: memoryReplyCache({ age: 600_000 }) });
 */
export function memoryReplyCache(options: MemoryReplyCacheOptions = {}): ReplyCache {
  checkOptions(optionTable, options);
  return new MemoryReplyCache(options);
}

class MemoryReplyCache implements ReplyCache {
  readonly datagramsOnly: boolean;
  readonly #entries: number;
  readonly #bytes: number;
  readonly #age: number;
  readonly #clock: Clock;
  readonly #running = new Map<string, Entry>();
  readonly #done = new Map<string, Entry>();
  /** All replies, in the order in which their calls ended. */
  readonly #order = new LinkedList<Entry>();
  readonly #holders = new Map<string, Holder>();
  /** The holder with the most bytes, as far as known: no holder that got an entry since has more. */
  #fullest: Holder | undefined;
  #held = 0;

  constructor({ entries, bytes, age, streams, clock }: MemoryReplyCacheOptions) {
    this.datagramsOnly = streams === false;
    this.#entries = entries ?? 65_536;
    this.#bytes = bytes ?? 16 * 1024 * 1024;
    this.#age = age ?? 120_000;
    this.#clock = clock ?? systemClock;
  }

  begin(call: ReplyKey): ReplyVerdict {
    const { caller, xid, program, version, procedure, length, checksum } = call;
    const key = `${xid} ${program} ${version} ${procedure} ${caller.id}`;
    const known = this.#running.get(key) ?? this.#remembered(key);
    if (known === undefined) {
      const entry = { key, length, checksum, host: caller.host, outcome: undefined, until: 0, ...notAwaited };
      this.#running.set(key, entry);
      return { kind: "new", entry };
    }
    if (known.length !== length || known.checksum !== checksum) return { kind: "false-retry" };
    if (known.outcome !== undefined) return { kind: "done", outcome: known.outcome };
    known.promise ??= new Promise((resolve) => {
      known.resolve = resolve;
    });
    return { kind: "running", outcome: known.promise };
  }

  store(entry: unknown, outcome: Uint8Array): void {
    const one = entry as Entry;
    this.#running.delete(one.key);
    one.outcome = outcome;
    one.until = this.#clock.now() + this.#age;
    this.#done.set(one.key, one);
    this.#count(one);
    this.#makeRoom();
    one.resolve?.(outcome);
  }

  forget(entry: unknown): void {
    const one = entry as Entry;
    this.#running.delete(one.key);
    one.resolve?.(undefined);
  }

  #remembered(key: string): Entry | undefined {
    const entry = this.#done.get(key);
    if (entry === undefined || entry.until > this.#clock.now()) return entry;
    this.#drop(entry);
    return undefined;
  }

  #count(entry: Entry): void {
    const name = entry.host;
    const holder = this.#holders.get(name) ?? { name, entries: new LinkedList<Entry>(), bytes: 0 };
    this.#holders.set(name, holder);
    entry.holder = holder;
    entry.places = [this.#order.add(entry), holder.entries.add(entry)];
    holder.bytes += size(entry);
    this.#held += size(entry);
    if (this.#fullest === undefined || holder.bytes >= this.#fullest.bytes) this.#fullest = holder;
  }

  #makeRoom(): void {
    const now = this.#clock.now();
    for (;;) {
      const { oldest } = this.#order;
      if (oldest === undefined) return;
      const isOver = this.#done.size > this.#entries || this.#held > this.#bytes;
      if (oldest.until <= now) this.#drop(oldest);
      // The address that holds most loses its oldest reply, so that others need not make room for it.
      else if (isOver) this.#drop(this.#fullest?.entries.oldest ?? oldest);
      else return;
    }
  }

  #drop(entry: Entry): void {
    const { places, holder } = entry;
    if (places === undefined || holder === undefined) return;
    this.#done.delete(entry.key);
    this.#order.remove(places[0]);
    holder.entries.remove(places[1]);
    this.#held -= size(entry);
    holder.bytes -= size(entry);
    if (holder.entries.oldest === undefined) this.#holders.delete(holder.name);
  }
}

function size({ key, outcome }: Entry): number {
  return ENTRY_BYTES + key.length * 2 + (outcome?.byteLength ?? 0);
}
