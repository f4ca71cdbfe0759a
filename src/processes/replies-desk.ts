// The supervisor's end of the workers' reply cache: one cache in memory, so that a copy of a call that reaches another worker
// does not run again. A call whose worker has died may have run: its copies get SYSTEM_ERR.
import { AcceptStat } from "../rpc/header.js";
import type { ReplyCache, ReplyKey, ReplyVerdict } from "../server/reply-cache.js";
import type { Encodable } from "../xdr/type.js";
import type { Member } from "./member.js";
import {
  type asked_answer,
  asked_answers,
  type asked_begin,
  asked_questions,
  asked_decision as Decision,
  asked_kind as Kind,
} from "./shared-replies.gen.js";
import { TurnBatch } from "./turn-batch.js";
import { encoded, Wire } from "./wire.js";

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

  #begin(begin: asked_begin): void {
    const { call } = begin;
    try {
      const decision = this.#cache.begin(keyOf(begin));
      if ("then" in decision) this.#later(call, decision);
      else this.#decided(call, decision);
    } catch {
      this.#answer(call, Decision.ASKED_FAILED);
    }
  }

  #decided(call: number, verdict: ReplyVerdict): void {
    if (verdict.kind === "new") {
      if (this.#isClosed) this.#cache.forget(verdict.entry);
      else {
        this.#running.set(call, verdict.entry);
        this.#answer(call, Decision.ASKED_NEW);
      }
    } else if (verdict.kind === "running") {
      if (verdict.outcome === undefined) this.#answer(call, Decision.ASKED_RUNNING);
      else this.#whenEnded(call, verdict.outcome);
    } else if (verdict.kind === "done") this.#answer(call, Decision.ASKED_DONE, verdict.outcome);
    else this.#answer(call, Decision.ASKED_FALSE_RETRY);
  }

  #later(call: number, decision: Promise<ReplyVerdict>): void {
    decision.then((verdict) => this.#decided(call, verdict)).catch(() => this.#answer(call, Decision.ASKED_FAILED));
  }

  #whenEnded(call: number, outcome: Promise<Uint8Array | undefined>): void {
    outcome
      .then((bytes) => this.#answer(call, bytes === undefined ? Decision.ASKED_RUNNING : Decision.ASKED_DONE, bytes))
      .catch(() => this.#answer(call, Decision.ASKED_FAILED));
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

/** Answers the questions of a worker about replies. Those from before it was ready wait in its pipe. */
export function repliesDesk(cache: ReplyCache, member: Member): RepliesDesk {
  const { pipe } = member;
  if (pipe === undefined) {
    return new RepliesDesk(cache, (answers) => void member.send({ answers: encoded(asked_answers, answers) }));
  }
  const desk = new RepliesDesk(cache, (answers) => wire.send(answers));
  const wire = new Wire(
    pipe,
    asked_answers,
    asked_questions,
    (questions) => desk.asked(questions),
    () => member.kill(),
  );
  return desk;
}

/** A cache uses no more of the caller than its text and its host. */
function keyOf({ prog: program, vers: version, proc: procedure, caller: id, host, ...others }: asked_begin): ReplyKey {
  const { xid, length, checksum, oneWay } = others;
  const caller = { id, host, remote: nowhere, netid: "", identity: nobody };
  return { caller, xid, program, version, procedure, length, checksum, oneWay };
}
