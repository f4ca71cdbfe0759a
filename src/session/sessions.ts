// The server's side of sessions: which call of a slot runs, which gets the last reply again, and which is refused.
import { type Clock, systemClock } from "../base/clock.js";
import { RandomBlocks } from "../base/random-bytes.js";
import type { IncomingCall } from "../rpc/call.js";
import type { CallWithin, ReplyWithin, Within } from "../server/within.js";
import { type ServerSessionEvent, serverSession } from "./diagnostics.js";
import { fingerprint, sameFingerprint } from "./fingerprint.js";
import type { KeptSessions } from "./kept.js";
import { isQuick, type Ledger } from "./ledger.js";
import type { SessionLimits } from "./limits.js";
import { carriesCalls, isSuccess, programOf, silent } from "./message.js";
import { NextCalls } from "./next-calls.js";
import { hostOf, ownerOf } from "./owner.js";
import {
  session_stat as Stat,
  type session_call,
  type session_created,
  type session_reply,
  type session_wish,
} from "./session.gen.js";
import { endSession, noSessions, type Outcome, type Session, type SessionStats, type Slot } from "./session.js";
import { SessionTable, viewOf } from "./session-table.js";
import { LazySlots } from "./slots.js";
import { StateKeeper, type Turn } from "./state-keeper.js";

const ok = (message: Uint8Array): session_reply => ({
  status: Stat.SESSION_OK,
  message: message as Uint8Array<ArrayBuffer>,
});

/** The caller of a call. */
export type SessionCaller = Pick<IncomingCall, "identity" | "remote">;

type Caller = Pick<SessionCaller, "remote">;

/** Runs the calls that sessions carry: the server itself, or another process. */
export interface Runner<C> {
  answerWithin(call: Omit<CallWithin, "outer"> & { readonly outer: C }): ReplyWithin | Promise<ReplyWithin>;
}

/** Sessions that this process keeps. `C` is what its server knows of a call. */
export class OwnSessions<C extends SessionCaller = IncomingCall> implements KeptSessions<C> {
  readonly stats: SessionStats = { ...noSessions };
  readonly #server: Runner<C>;
  readonly #limits: SessionLimits;
  readonly #clock: Clock;
  /** Where sessions are stored, in addition to memory. */
  readonly #ledger: Ledger | undefined;
  readonly #state: StateKeeper | undefined;
  readonly #transactional: boolean;
  readonly #table: SessionTable;
  readonly #ids = new RandomBlocks(16);
  /** Answers the usual calls, unless another ledger than our own log keeps the sessions. */
  readonly #nextCalls: NextCalls | undefined;

  constructor(server: Runner<C>, limits: SessionLimits, clock = systemClock, ledger?: Ledger, transactional = false) {
    this.#server = server;
    this.#limits = limits;
    this.#clock = clock;
    this.#ledger = ledger;
    this.#transactional = transactional;
    this.#state = ledger && new StateKeeper(ledger.state);
    this.#table = new SessionTable(limits, clock, ledger?.sessions ?? new Map(), (session) => {
      endSession(session, ledger);
      this.#tell("ended");
    });
    if (ledger === undefined) this.#nextCalls = new NextCalls(this.#table, this.stats, limits.bytes);
    else if (isQuick(ledger) && this.#state !== undefined) {
      const refused = (at: Caller): void => void this.#refused(at);
      const keeping = { ledger, state: this.#state, transactional, refused };
      this.#nextCalls = new NextCalls(this.#table, this.stats, limits.bytes, keeping);
    }
  }

  get size(): number {
    return this.#table.size;
  }

  get bytes(): number {
    return this.#table.bytes;
  }

  /** Answers a client that wants a session. Refuses it at a limit, and if the log cannot be written. Returns a promise only with a log. */
  create({ slots }: session_wish, call: C): session_created | Promise<session_created> {
    const host = hostOf(call);
    if (!this.#table.makeRoom(host)) return this.#refused(call);
    const count = Math.max(1, Math.min(slots, this.#limits.slots));
    const session: Session = {
      id: this.#ids.next(),
      owner: ownerOf(call.identity),
      host,
      slots: new LazySlots(count),
      running: 0,
      used: false,
      lastUsed: this.#clock.now(),
      movedAt: this.#clock.now(),
    };
    // Before the log is written, so that sessions which are made at the same time do not all find the same room.
    this.#table.add(session);
    return this.#ledger === undefined ? this.#made(session, call) : this.#createLogged(session, this.#ledger, call);
  }

  /** Logs the session before the client knows it: after a restart, calls of an unknown session would be in doubt. */
  async #createLogged(session: Session, ledger: Ledger, call: C): Promise<session_created> {
    try {
      await ledger.created(session);
    } catch {
      this.#table.withdraw(session);
    }
    // Perhaps others have needed its room meanwhile.
    return this.#table.has(session) ? this.#made(session, call) : this.#refused(call);
  }

  #made({ id, slots }: Session, call: C): session_created {
    this.#tell("made", call);
    return { status: Stat.SESSION_OK, grant: { id, slots: slots.length, lease: this.#limits.lease } };
  }

  /** Ends a session at its client's request. Not while one of its calls runs: it then ends with its lease. */
  end(id: Uint8Array, call: C): session_reply["status"] {
    const session = this.#table.find(viewOf(id), 0, call.identity);
    if (session === undefined) return Stat.SESSION_UNKNOWN;
    if (session.running > 0) return Stat.SESSION_BUSY;
    this.#table.drop(session);
    return Stat.SESSION_OK;
  }

  /**
   * Answers one call of a session: runs it, repeats its reply, waits for the copy that runs, or refuses it. Returns a promise
   * only if that takes time. Rejects if the server cannot answer.
   */
  call(args: session_call, call: C): session_reply | Promise<session_reply> {
    const { id, slot: number, sequence, settled, message } = args;
    const session = this.#table.find(viewOf(id), 0, call.identity);
    if (session === undefined) return { status: Stat.SESSION_UNKNOWN };
    const slot = session.slots.at(number);
    if (slot === undefined || carriesCalls(programOf(message) ?? 0)) return this.#misordered(call);
    this.#table.touch(session);
    if (sequence === slot.sequence) return this.#repeated(slot, message, call);
    if (sequence < slot.sequence || settled > slot.sequence || settled >= sequence) return this.#misordered(call);
    if (slot.running !== undefined) return { status: Stat.SESSION_BUSY };
    // A session of an earlier process has no host yet.
    if (session.host === "") this.#table.moveTo(hostOf(call), session);
    if (this.#ledger?.failing === true || !this.#table.relieve()) return this.#refused(call);
    this.stats.runs++;
    session.used = true;
    return this.#ledger === undefined
      ? this.#run(session, slot, args, call)
      : this.#runLogged(session, slot, args, call);
  }

  // The same sequence number: the call is the slot's last one, or pretends to be.
  #repeated(slot: Slot, message: Uint8Array, call: C): session_reply | Promise<session_reply> {
    if (!sameFingerprint(slot.fingerprint, fingerprint(message))) {
      this.stats.falseRetries++;
      this.#tell("false-retry", call);
      return { status: Stat.SESSION_FALSE_RETRY };
    }
    if (slot.running !== undefined) {
      this.stats.joins++;
      this.#tell("join", call);
      return slot.running.copies();
    }
    if (slot.reply === undefined) {
      this.stats.inDoubt++;
      this.#tell("in-doubt", call);
      return { status: Stat.SESSION_IN_DOUBT };
    }
    this.stats.replays++;
    this.#tell("replay", call);
    // The slot's next reply may take the memory of this one.
    return ok(Uint8Array.from(slot.reply));
  }

  // Runs the call of a session that is only in memory. The result is a promise only if the handler returns one.
  #run(session: Session, slot: Slot, args: session_call, call: C): session_reply | Promise<session_reply> {
    const { message } = args;
    slot.sequence = args.sequence;
    slot.fingerprint = fingerprint(message);
    this.#table.keep(slot, undefined);
    const takeOver = this.#nextCalls?.takeOver;
    const reply = this.#server.answerWithin({ outer: call, message, meet: this.#meet, ...(takeOver && { takeOver }) });
    const end = (done: Uint8Array | undefined): session_reply => {
      const kept = done ?? silent(message);
      this.#table.keep(slot, kept);
      return ok(kept);
    };
    return reply instanceof Promise ? this.#running(session, slot, reply.then(end)) : end(reply);
  }

  #runLogged(session: Session, slot: Slot, args: session_call, call: C): Promise<session_reply> {
    const before = { sequence: slot.sequence, fingerprint: slot.fingerprint, reply: slot.reply };
    slot.sequence = args.sequence;
    slot.fingerprint = fingerprint(args.message);
    this.#table.keep(slot, undefined);
    const answer = this.#answer(session, slot, args, call).catch((error: unknown) => {
      // A transactional call without an outcome has changed nothing.
      if (!this.#transactional && !(error instanceof NotRun)) throw error;
      // The call did not run: restore the slot.
      slot.sequence = before.sequence;
      slot.fingerprint = before.fingerprint;
      this.#table.keep(slot, before.reply);
      return this.#refused(call);
    });
    return this.#running(session, slot, answer);
  }

  /** Copies of the call wait for its answer. */
  #running(session: Session, slot: Slot, answer: Promise<session_reply>): Promise<session_reply> {
    session.running++;
    const over = (): void => {
      slot.running = undefined;
      session.running--;
      session.lastUsed = this.#clock.now();
      this.#table.relieve();
    };
    const outcome = answer.finally(over);
    slot.running = { copies: () => outcome };
    return outcome;
  }

  async #answer(
    session: Session,
    slot: Slot,
    { slot: number, sequence, message }: session_call,
    call: C,
  ): Promise<session_reply> {
    const ledger = this.#ledger;
    const record = { id: session.id, slot: number, sequence, ...slot.fingerprint };
    if (ledger !== undefined && !this.#transactional) {
      await ledger.intent(record).catch((cause: unknown) => {
        throw new NotRun("the intent cannot be logged", { cause });
      });
    }
    const turn = this.#state?.begin();
    const transaction = turn?.transaction;
    let outcome: Outcome | undefined;
    try {
      const takeOver = this.#nextCalls?.takeOver;
      const reply = await this.#server.answerWithin({
        outer: call,
        message,
        transaction,
        meet: this.#meet,
        ...(takeOver && { takeOver }),
      });
      const done = reply ?? silent(message);
      const writes = isSuccess(done) ? (turn?.writes() ?? []) : [];
      outcome = { call: record, reply: done, writes, ...(transaction && { transaction }) };
      if (ledger?.commits === true) return await this.#commit(ledger, turn, outcome, slot, call);
      const logged = ledger?.outcome(outcome);
      turn?.end(writes);
      // Nobody sees a reply before it is on the disk.
      await logged;
      this.#table.keep(slot, done);
      return ok(done);
    } finally {
      if (outcome === undefined) {
        turn?.end([]);
        if (transaction !== undefined) ledger?.abandon?.(transaction);
      }
    }
  }

  /** Until it is committed, a transaction may fail. So the next one begins afterwards. */
  async #commit(ledger: Ledger, turn: Turn | undefined, outcome: Outcome, slot: Slot, call: C): Promise<session_reply> {
    try {
      await ledger.outcome(outcome);
    } catch (cause) {
      turn?.end([]);
      if (this.#transactional) throw new NotRun("the call was rolled back", { cause });
      this.stats.inDoubt++;
      this.#tell("in-doubt", call);
      return { status: Stat.SESSION_IN_DOUBT };
    }
    turn?.end(outcome.writes);
    this.#table.keep(slot, outcome.reply);
    return ok(outcome.reply);
  }

  /** A closing server waits for all calls that run: a client whose connection was lost asks for the reply over another one. */
  readonly #meet = (within: Within): void => {
    within.idle = () => Promise.allSettled(this.#table.running());
  };

  #tell(kind: ServerSessionEvent["kind"], call?: Caller): void {
    if (!serverSession.hasSubscribers) return;
    const event: ServerSessionEvent = call === undefined ? { kind } : { kind, remote: call.remote };
    serverSession.publish(event);
  }

  #refused(call: Caller): { status: typeof Stat.SESSION_REFUSED } {
    this.stats.refused++;
    this.#tell("refused", call);
    return { status: Stat.SESSION_REFUSED };
  }

  #misordered(call: C): session_reply {
    this.stats.misordered++;
    this.#tell("misordered", call);
    return { status: Stat.SESSION_MISORDERED };
  }
}

class NotRun extends Error {}
