// A reply cache whose replies survive the process: a log on this machine's disk.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { type Clock, systemClock } from "../base/clock.js";
import type { ReplyCache, ReplyKey, ReplyVerdict } from "../server/reply-cache.js";
import { Waiters } from "../server/waiters.js";
import { openRecordLog } from "../session/open-record-log.js";
import type { RecordLog, RecordLogOptions } from "../session/record-log.js";
import { callId } from "./call-id.js";
import { type Kept, KeptCalls } from "./kept.js";
import { beginning, ending, forgetting, ReplyLogContents, type ReplyLogRecord } from "./log-contents.js";

/** Options of `openReplyLog`. */
export interface ReplyLogOptions extends RecordLogOptions {
  /** The most replies. Default 65,536. At the limit, the oldest reply of the address that holds most is removed. */
  readonly entries?: number;
  /** The most bytes of replies and their keys. Default 16 MiB (16,777,216). At the limit, the same applies. */
  readonly bytes?: number;
  /** Milliseconds for which a reply is kept. Give more than the time during which callers repeat a call. The time starts again when the process restarts. Default 120,000. */
  readonly age?: number;
  /** True: remembers calls over streams, too. Default true. */
  readonly streams?: boolean;
}

const optionTable: OptionTable<ReplyLogOptions> = {
  entries: "size",
  bytes: "size",
  age: "time",
  streams: "flag",
  checkpoint: "size",
  onError: "function",
  disk: "object",
  clock: "object",
};

/** The bounds of a log, with their defaults filled in. */
interface Settings {
  readonly entries: number;
  readonly bytes: number;
  readonly age: number;
  readonly clock: Clock;
}

/**
 * Opens or makes the file of a reply cache that survives the process: after kill -9 and a new start, a copy of a call that has run gets
 * its reply, and a copy of a call that was running gets no reply and does not run. Each call is written to the disk twice: before it
 * runs, and with its outcome before its reply is sent; calls at the same time share one sync. Close the server before the log.
 *
 * While the disk is full or fails, new calls are refused before they run (SYSTEM_ERR), and replies of calls that have run wait.
 * @throws LockTaken if another process has it open; UnusableFile if others can write there, or for a link, a pipe, a device, or
 * another user's file; Error if the file is something else, which is not changed; the error of the system if it cannot be
 * read or written. TypeError for a wrong option.
 * @example
 * import { mkdtemp, rm } from "node:fs/promises";
 *
 * const folder = await mkdtemp("/tmp/replies-");
 * const replyCache = await openReplyLog(`${folder}/replies.log`, { onError: (error) => console.error(error) });
 * const server = new Server({ replyCache }).implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const { address } = await server.listen("udp://127.0.0.1:0");
 *
 * await using client = createClient(ADD_VERS, address);
 * console.log(await client.add({ a: 1, b: 2 })); // 3
 * await server.close();
 * await replyCache.close();
 * await rm(folder, { recursive: true });
 */
export async function openReplyLog(path: string, options: ReplyLogOptions = {}): Promise<ReplyLog> {
  checkOptions(optionTable, options);
  const { age = 120_000, clock = systemClock, entries = 65_536, bytes = 16 * 1024 * 1024, streams } = options;
  const calls = new KeptCalls();
  const log = await openRecordLog(path, new ReplyLogContents(calls), options);
  // It is unknown for how long the process was away: the replies are kept for their whole age from now on. Calls that were running
  // are dropped last.
  const known = [...calls.all()];
  for (const isEnded of [true, false]) {
    for (const one of known) {
      if ((one.outcome !== undefined) !== isEnded) continue;
      one.until = clock.now() + age;
      calls.end(one);
    }
  }
  calls.makeRoom({ entries, bytes }, clock.now());
  return new ReplyLog(log, calls, { age, clock, entries, bytes }, streams === false);
}

/**
 * A reply cache that `openReplyLog` has opened: the option `replyCache` of one server.
 * @example
 * import { mkdtemp, rm } from "node:fs/promises";
 *
 * const folder = await mkdtemp("/tmp/replies-");
 * const replyCache = await openReplyLog(`${folder}/replies.log`);
 * console.log(replyCache.failing, replyCache.datagramsOnly); // false false
 * await replyCache.close();
 * await rm(folder, { recursive: true });
 */
export class ReplyLog implements ReplyCache {
  /** True: only calls that come as datagrams are remembered: the option `streams` is false. */
  readonly datagramsOnly: boolean;
  readonly #log: RecordLog<ReplyLogRecord>;
  readonly #calls: KeptCalls;
  readonly #settings: Settings;
  readonly #waiters = new Waiters<Kept>();

  /** Made by `openReplyLog`. */
  constructor(log: RecordLog<ReplyLogRecord>, calls: KeptCalls, settings: Settings, datagramsOnly: boolean) {
    this.#log = log;
    this.#calls = calls;
    this.#settings = settings;
    this.datagramsOnly = datagramsOnly;
  }

  /** True while the disk is full or fails: new calls are refused then. */
  get failing(): boolean {
    return this.#log.failing;
  }

  /** Decides about a call. Rejects if the log cannot be written: the call does not run. */
  begin(call: ReplyKey): ReplyVerdict | Promise<ReplyVerdict> {
    const id = callId(call);
    let known = this.#calls.get(id);
    if (known !== undefined && known.until <= this.#now) {
      this.#calls.remove(known);
      known = undefined;
    }
    if (known === undefined) return this.#beginNew(id, call);
    if (known.length !== call.length || known.checksum !== call.checksum) return { kind: "false-retry" };
    if (known.until === Number.POSITIVE_INFINITY) return { kind: "running", outcome: this.#waiters.wait(known) };
    // Without an outcome it was running when a process ended: whether it ran is not known.
    return known.outcome === undefined ? { kind: "running" } : { kind: "done", outcome: known.outcome };
  }

  /** Writes the outcome of a call. Resolves when it is on the disk, and never rejects. */
  async store(entry: unknown, outcome: Uint8Array): Promise<void> {
    const call = entry as Kept;
    await this.#log.append(ending(call.id, outcome));
    call.outcome = outcome;
    call.until = this.#now + this.#settings.age;
    this.#calls.end(call);
    this.#waiters.tell(call, outcome);
    this.#calls.makeRoom(this.#settings, this.#now);
  }

  /** Forgets a call that did not run. */
  forget(entry: unknown): void {
    const call = entry as Kept;
    this.#drop(call);
    this.#log.append(forgetting(call.id));
  }

  /** @internal Resolves when all calls that run now have ended. */
  whenStored(): Promise<unknown> {
    const running = [...this.#calls.all()].filter(({ until }) => until === Number.POSITIVE_INFINITY);
    return Promise.all(running.map((call) => this.#waiters.wait(call)));
  }

  /** Writes all pending records, then closes the file. Close the server first. */
  close(): Promise<void> {
    return this.#log.close();
  }

  get #now(): number {
    return this.#settings.clock.now();
  }

  async #beginNew(id: string, { caller, length, checksum }: ReplyKey): Promise<ReplyVerdict> {
    const until = Number.POSITIVE_INFINITY;
    const call: Kept = { id, host: caller.host, length, checksum, outcome: undefined, until };
    this.#calls.add(call);
    try {
      if (this.#log.failing) throw new Error("the reply log cannot be written: the call was refused before it ran");
      await this.#log.tryToAppend(beginning(call));
    } catch (error) {
      this.#drop(call);
      throw error;
    }
    return { kind: "new", entry: call };
  }

  #drop(call: Kept): void {
    this.#calls.remove(call);
    this.#waiters.tell(call, undefined);
  }
}
