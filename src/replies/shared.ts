// A reply cache that several servers share, in a JetStream key-value bucket of NATS: a copy that reaches another server does not run again.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import type { ReplyCache, ReplyKey, ReplyVerdict } from "../server/reply-cache.js";
import { Waiters } from "../server/waiters.js";
import { callId } from "./call-id.js";
import { SharedCalls } from "./shared-calls.js";

/** Options of `openSharedReplies`. `age` and `bytes` apply when the bucket is created; an existing bucket keeps its own settings. */
export interface SharedReplyOptions {
  /** Milliseconds for which a reply is kept: longer than callers repeat a call, and at least 1,000. Default 120,000. */
  readonly age?: number;
  /** The most bytes of the bucket. At the limit, the oldest replies are dropped. Default 256 MiB (268,435,456). */
  readonly bytes?: number;
  /** True: remembers calls over streams, too. Default true. */
  readonly streams?: boolean;
  /**
   * Milliseconds to wait for NATS before a call fails with SYSTEM_ERR, and for a server that NATS does not see any more before copies of its
   * calls do. Default 5,000.
   */
  readonly timeout?: number;
  /** Called when a call could not be forgotten or kept alive. Default: the error is not reported. */
  readonly onError?: (error: unknown) => void;
}

const optionTable: OptionTable<SharedReplyOptions> = {
  age: "time",
  bytes: "size",
  streams: "flag",
  timeout: "time",
  onError: "function",
};

/** Larger outcomes are not kept. NATS allows messages of 1 MiB by default. */
const longestOutcome = 1024 * 1024 - 4096;

/**
 * Opens a reply cache that all servers with the same URL share: they are one service at one address, or behind an address that leads to any of
 * them. A copy of a call that runs on one server joins it from another, and gets its reply; a copy of a call that has run gets its
 * reply from any of them. Each call costs two requests to NATS: before it runs, and with its outcome before its reply is sent.
 *
 * If a server ends while it runs a call, copies of that call do not run; they get SYSTEM_ERR when NATS has not seen that server for `timeout`
 * milliseconds. A NATS user with restricted permissions needs `lupine.present.replies.*`, to publish and to subscribe, else copies of such calls
 * get no reply until `age` has passed; and may publish to `$JS.API.STREAM.PURGE.KV_lupine-replies`, so that calls that were given up can run again. Outcomes of more than 1 MiB are not kept: copies of their calls get no reply. Needs the package @nats-io/transport-node. `openDirectory` describes
 * the URL; its bucket is "lupine-replies" unless it names one.
 * @throws DirectoryError if the URL is wrong, or NATS cannot be reached or refuses; TypeError for a wrong option.
 * @example
 * const open = () => openSharedReplies("nats://10.0.0.1:4222/replies", { onError: (error) => console.error(error) });
 * console.log(typeof open); // function
 */
export async function openSharedReplies(url: string, options: SharedReplyOptions = {}): Promise<SharedReplies> {
  checkOptions(optionTable, options);
  const { age = 120_000, bytes = 256 * 1024 * 1024, timeout = 5_000 } = options;
  if (age < 1_000) throw new TypeError(`options.age must be 1,000 milliseconds or more; got ${age}`);
  const { NatsStore } = await import("../directory/nats/store.js");
  const store = await NatsStore.open(
    url,
    { timeout },
    {
      what: "reply cache",
      bucket: "lupine-replies",
      form: { description: "Replies of ONC RPC servers", age, longest: longestOutcome + 4096, bytes },
    },
  );
  const calls = new SharedCalls(store, { ...options, age, timeout, longestOutcome });
  await calls.announce();
  return new SharedReplies(calls, options);
}

/**
 * A reply cache that `openSharedReplies` has opened: the option `replyCache` of a server.
 * @example
 * const serve = async () => new Server({ replyCache: await openSharedReplies("nats://10.0.0.1:4222") });
 * console.log(typeof serve); // function
 */
export class SharedReplies implements ReplyCache {
  /** True: only calls that come as datagrams are remembered: the option `streams` is false. */
  readonly datagramsOnly: boolean;
  readonly #shared: SharedCalls;
  /** The calls that run here or are being looked up. */
  readonly #here = new Map<string, Here>();
  readonly #waiters = new Waiters<Here>();

  /** Made by `openSharedReplies`. */
  constructor(shared: SharedCalls, { streams }: SharedReplyOptions) {
    this.datagramsOnly = streams === false;
    this.#shared = shared;
  }

  /** Decides about a call. Rejects if NATS cannot be reached in time: the call does not run. */
  begin(call: ReplyKey): ReplyVerdict | Promise<ReplyVerdict> {
    const id = callId(call);
    const here = this.#here.get(id);
    if (here === undefined) return this.#beginNew(id, call);
    if (here.length !== call.length || here.checksum !== call.checksum) return { kind: "false-retry" };
    return { kind: "running", outcome: this.#waiters.wait(here) };
  }

  /** Stores the outcome of a call. Rejects if NATS cannot be reached in time: copies of the call get no reply then. */
  async store(entry: unknown, outcome: Uint8Array): Promise<void> {
    const here = entry as Here;
    try {
      await this.#shared.end(here.id, outcome);
    } catch (error) {
      this.#leave(here, undefined);
      throw error;
    }
    this.#leave(here, outcome);
  }

  /** Forgets a call that did not run. */
  forget(entry: unknown): void {
    const here = entry as Here;
    this.#shared.forget(here.id);
    this.#leave(here, undefined);
  }

  /** @internal Resolves when all calls that run here now have ended. */
  whenStored(): Promise<unknown> {
    const own = [...this.#here.values()].filter(({ isOwn }) => isOwn);
    return Promise.all(own.map((here) => this.#waiters.wait(here)));
  }

  /** Closes the connection to NATS. Close the server first. */
  close(): Promise<void> {
    return this.#shared.close();
  }

  async #beginNew(id: string, { length, checksum }: ReplyKey): Promise<ReplyVerdict> {
    const here: Here = { id, length, checksum };
    this.#here.set(id, here);
    let verdict: ReplyVerdict | undefined;
    try {
      verdict = await this.#shared.begin(here);
      here.isOwn = verdict.kind === "new";
      return here.isOwn ? { kind: "new", entry: here } : verdict;
    } finally {
      if (verdict?.kind !== "new") this.#follow(here, verdict);
    }
  }

  /** Copies that came here meanwhile get what the first one gets. */
  #follow(here: Here, verdict: ReplyVerdict | undefined): void {
    const outcome = verdict?.kind === "running" ? verdict.outcome : undefined;
    if (outcome === undefined) this.#leave(here, verdict?.kind === "done" ? verdict.outcome : undefined);
    else outcome.then((bytes) => this.#leave(here, bytes));
  }

  #leave(here: Here, outcome: Uint8Array | undefined): void {
    this.#here.delete(here.id);
    this.#waiters.tell(here, outcome);
  }
}

/** A call that this server knows. */
interface Here {
  readonly id: string;
  readonly length: number;
  readonly checksum: number;
  /** It runs here. */
  isOwn?: boolean;
}
