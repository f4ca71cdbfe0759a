// The supervisor's end of the workers' reply cache: one cache in memory, so that a copy of a call that reaches another worker
// does not run again. A call whose worker has died may have run: its copies get SYSTEM_ERR.
import { AcceptStat } from "../rpc/header.js";
import type { ReplyCache, ReplyKey } from "../server/reply-cache.js";
import type { Answers, ReplyAnswer, ReplyQuestion, SentKey } from "./served-messages.js";

const inDoubt = Uint8Array.of(0, 0, 0, AcceptStat.SYSTEM_ERR);

/** The questions of one worker. */
export class RepliesDesk {
  readonly #cache: ReplyCache;
  readonly #send: (message: Answers) => void;
  /** The entries of the calls that its worker runs. */
  readonly #running = new Map<number, unknown>();
  #answers: ReplyAnswer[] = [];
  #isClosed = false;

  constructor(cache: ReplyCache, send: (message: Answers) => void) {
    this.#cache = cache;
    this.#send = send;
  }

  asked(questions: readonly ReplyQuestion[]): void {
    for (const question of questions) {
      if ("begin" in question) void this.#begin(question.call, question.begin);
      else if ("store" in question) this.#end(question.call, (entry) => void this.#cache.store(entry, question.store));
      else this.#end(question.call, (entry) => this.#cache.forget(entry));
    }
  }

  /** The worker has ended: nobody knows how far its calls came. */
  close(): void {
    this.#isClosed = true;
    for (const entry of this.#running.values()) this.#cache.store(entry, inDoubt);
    this.#running.clear();
  }

  async #begin(call: number, sent: SentKey): Promise<void> {
    try {
      const decision = this.#cache.begin(keyOf(sent));
      const verdict = "then" in decision ? await decision : decision;
      if (verdict.kind === "new") {
        if (this.#isClosed) return this.#cache.forget(verdict.entry);
        this.#running.set(call, verdict.entry);
        this.#answer({ call, kind: "new" });
      } else if (verdict.kind === "running") {
        const outcome = await verdict.outcome;
        this.#answer(outcome === undefined ? { call, kind: "running" } : { call, kind: "done", outcome });
      } else if (verdict.kind === "done") this.#answer({ call, kind: "done", outcome: verdict.outcome });
      else this.#answer({ call, kind: "false-retry" });
    } catch {
      this.#answer({ call, kind: "failed" });
    }
  }

  #end(call: number, end: (entry: unknown) => void): void {
    if (!this.#running.has(call)) return;
    const entry = this.#running.get(call);
    this.#running.delete(call);
    end(entry);
  }

  #answer(answer: ReplyAnswer): void {
    if (this.#isClosed || this.#answers.push(answer) > 1) return;
    setImmediate(() => {
      const answers = this.#answers;
      this.#answers = [];
      if (!this.#isClosed) this.#send({ answers });
    });
  }
}

/** A cache uses no more of the caller than its text and its host. */
function keyOf({ id, host, ...key }: SentKey): ReplyKey {
  const remote = { kind: "memory", name: "" } as const;
  return { ...key, caller: { id, host, remote, netid: "", identity: { flavor: 0 } } };
}
