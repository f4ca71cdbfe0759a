// The supervisor's end of the workers' reply cache: one cache in memory, so that a copy of a call that reaches another worker
// does not run again. A call whose worker has died may have run: its copies get SYSTEM_ERR.
import { AcceptStat } from "../rpc/header.js";
import type { ReplyCache, ReplyKey } from "../server/reply-cache.js";
import type { Encodable } from "../xdr/type.js";
import {
  type asked_answer,
  type asked_begin,
  type asked_questions,
  asked_decision as Decision,
  asked_kind as Kind,
} from "./shared-replies.gen.js";
import { TurnBatch } from "./turn-batch.js";

/** An answer before it is encoded. */
export type ReplyAnswer = Encodable<asked_answer>;

const nowhere = { kind: "memory", name: "" } as const;
const nobody = { flavor: 0 };

const inDoubt = Uint8Array.of(0, 0, 0, AcceptStat.SYSTEM_ERR);
const noOutcome = new Uint8Array();

/** The questions of one worker. */
export class RepliesDesk {
  readonly #cache: ReplyCache;
  /** The entries of the calls that its worker runs. */
  readonly #running = new Map<number, unknown>();
  readonly #answers: TurnBatch<ReplyAnswer>;
  #isClosed = false;

  constructor(cache: ReplyCache, send: (answers: readonly ReplyAnswer[]) => void) {
    this.#cache = cache;
    this.#answers = new TurnBatch((answers) => {
      if (!this.#isClosed) send(answers);
    });
  }

  asked(questions: asked_questions): void {
    for (const question of questions) {
      if (question.kind === Kind.ASKED_BEGIN) void this.#begin(question.begin);
      else if (question.kind === Kind.ASKED_STORE) {
        const { call, outcome } = question.store;
        this.#end(call, (entry) => void this.#cache.store(entry, outcome));
      } else this.#end(question.forgotten, (entry) => this.#cache.forget(entry));
    }
  }

  /** The worker has ended: nobody knows how far its calls came. */
  close(): void {
    this.#isClosed = true;
    for (const entry of this.#running.values()) this.#cache.store(entry, inDoubt);
    this.#running.clear();
  }

  async #begin(begin: asked_begin): Promise<void> {
    const { call } = begin;
    try {
      const decision = this.#cache.begin(keyOf(begin));
      const verdict = "then" in decision ? await decision : decision;
      if (verdict.kind === "new") {
        if (this.#isClosed) return this.#cache.forget(verdict.entry);
        this.#running.set(call, verdict.entry);
        this.#answer(call, Decision.ASKED_NEW);
      } else if (verdict.kind === "running") {
        const outcome = await verdict.outcome;
        this.#answer(call, outcome === undefined ? Decision.ASKED_RUNNING : Decision.ASKED_DONE, outcome);
      } else if (verdict.kind === "done") this.#answer(call, Decision.ASKED_DONE, verdict.outcome);
      else this.#answer(call, Decision.ASKED_FALSE_RETRY);
    } catch {
      this.#answer(call, Decision.ASKED_FAILED);
    }
  }

  #answer(call: number, decision: Decision, outcome: Uint8Array = noOutcome): void {
    this.#answers.add({ call, decision, outcome });
  }

  #end(call: number, end: (entry: unknown) => void): void {
    if (!this.#running.has(call)) return;
    const entry = this.#running.get(call);
    this.#running.delete(call);
    end(entry);
  }
}

/** A cache uses no more of the caller than its text and its host. */
function keyOf({ call: _, caller: id, host, ...parts }: asked_begin): ReplyKey {
  return { ...parts, caller: { id, host, remote: nowhere, netid: "", identity: nobody } };
}
