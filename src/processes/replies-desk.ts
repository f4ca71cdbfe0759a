// The supervisor's end of the workers' reply cache: one cache in memory, so that a copy of a call that reaches another worker
// does not run again. A call whose worker has died may have run: its copies get SYSTEM_ERR.
import { AcceptStat } from "../rpc/header.js";
import type { ReplyCache, ReplyKey } from "../server/reply-cache.js";
import type { Answers, ReplyAnswer, ReplyQuestion, SentKeyParts } from "./served-messages.js";
import { TurnBatch } from "./turn-batch.js";

const nowhere = { kind: "memory", name: "" } as const;
const nobody = { flavor: 0 };

const inDoubt = Uint8Array.of(0, 0, 0, AcceptStat.SYSTEM_ERR);

/** The questions of one worker. */
export class RepliesDesk {
  readonly #cache: ReplyCache;
  /** The entries of the calls that its worker runs. */
  readonly #running = new Map<number, unknown>();
  readonly #answers: TurnBatch<ReplyAnswer>;
  #isClosed = false;

  constructor(cache: ReplyCache, send: (message: Answers) => void) {
    this.#cache = cache;
    this.#answers = new TurnBatch((answers) => {
      if (!this.#isClosed) send({ answers });
    });
  }

  asked(questions: readonly ReplyQuestion[]): void {
    for (const question of questions) {
      if (question[0] === "begin") {
        const [, call, ...parts] = question;
        void this.#begin(call, parts);
      } else if (question[0] === "store") {
        const [, call, outcome] = question;
        this.#end(call, (entry) => void this.#cache.store(entry, outcome));
      } else this.#end(question[1], (entry) => this.#cache.forget(entry));
    }
  }

  /** The worker has ended: nobody knows how far its calls came. */
  close(): void {
    this.#isClosed = true;
    for (const entry of this.#running.values()) this.#cache.store(entry, inDoubt);
    this.#running.clear();
  }

  async #begin(call: number, sent: SentKeyParts): Promise<void> {
    try {
      const decision = this.#cache.begin(keyOf(sent));
      const verdict = "then" in decision ? await decision : decision;
      if (verdict.kind === "new") {
        if (this.#isClosed) return this.#cache.forget(verdict.entry);
        this.#running.set(call, verdict.entry);
        this.#answers.add([call, "new"]);
      } else if (verdict.kind === "running") {
        const outcome = await verdict.outcome;
        this.#answers.add(outcome === undefined ? [call, "running"] : [call, "done", outcome]);
      } else if (verdict.kind === "done") this.#answers.add([call, "done", verdict.outcome]);
      else this.#answers.add([call, "false-retry"]);
    } catch {
      this.#answers.add([call, "failed"]);
    }
  }

  #end(call: number, end: (entry: unknown) => void): void {
    if (!this.#running.has(call)) return;
    const entry = this.#running.get(call);
    this.#running.delete(call);
    end(entry);
  }
}

/** A cache uses no more of the caller than its text and its host. */
function keyOf(parts: SentKeyParts): ReplyKey {
  const [xid, program, version, procedure, length, checksum, oneWay, id, host] = parts;
  const caller = { id, host, remote: nowhere, netid: "", identity: nobody };
  return { caller, xid, program, version, procedure, length, checksum, oneWay };
}
