// The short path of calls in a session: if the session has a free slot and a connection, the first copy is sent at once. If its reply
// reports success, the call is complete. In every other case channel.ts continues the call, whose first copy has been sent.
import { authNone } from "../auth/none.js";
import type { Clock } from "../base/clock.js";
import { Recall } from "../base/recall.js";
import { turnTime } from "../base/turn-time.js";
import type { Deadlines } from "../peer/deadlines.js";
import { defaultTimeout, type PeerOptions } from "../peer/peer.js";
import { defaultDecodedBytes } from "../peer/reply.js";
import { type RetransmitPolicy, retransmitDelay } from "../peer/retransmit.js";
import type { CallOptions, ChannelCall } from "../rpc/call.js";
import { AcceptStat, randomXid } from "../rpc/header.js";
import type { Procedure } from "../rpc/program.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { ClientSession, ClientSlot } from "./client-session.js";
import { plainReply } from "./message.js";
import { outcomeOf } from "./outcome-of.js";
import { ReliableCall } from "./reliable-call.js";
import { Direct, RepeatedCall, type Repetitions } from "./repeated-call.js";
import type { Carrier } from "./sender.js";
import type { session_reply } from "./session.gen.js";
import type { CallsOfSlots, SlotCall, Waited } from "./slot-call.js";
import { type WaitingCall, WaitingCalls } from "./waiting-calls.js";

/** The first copy of a call, which was sent already. */
export interface FirstCopy {
  readonly session: ClientSession;
  readonly slot: ClientSlot;
  /** The whole inner CALL message. */
  readonly message: Uint8Array;
  /** The clock's time at which it was sent. */
  readonly started: number;
  /** Its answer: a `session_reply`. */
  readonly answer: Promise<unknown>;
}

export interface DirectOptions {
  readonly peer: PeerOptions;
  readonly clock: Clock;
  readonly retransmit: RetransmitPolicy;
  readonly deadlines: Deadlines;
  /** The long way. `first`: a copy was sent. */
  readonly callThroughPeer: (request: ChannelCall, first?: FirstCopy) => Promise<unknown>;
}

const noAuth = authNone();

/** The calls of one channel that go the short way. */
export class DirectCalls implements CallsOfSlots, Repetitions {
  readonly decodedBytes: number;
  readonly #over: Carrier;
  readonly #options: DirectOptions;
  readonly #now: () => number;
  /** The options of calls that have no timeout of their own. */
  readonly #usual: CallOptions;
  #xid = randomXid();
  /** Calls whose first copy has no answer yet. */
  #count = 0;
  #whenNone: (() => void)[] = [];
  /** End the wait for the answers of first copies that were perhaps lost. */
  readonly #lost = new Set<Recall>();
  /** More calls than the session has slots. */
  readonly #waiting: WaitingCalls;

  constructor(over: Carrier, options: DirectOptions) {
    this.#over = over;
    this.#options = options;
    this.#now = turnTime(options.clock);
    this.decodedBytes = options.peer.decodedBytes ?? defaultDecodedBytes;
    const { timeout = defaultTimeout, callsInFlight, waitingTotal, budget } = options.peer;
    this.#usual = { semantics: "maybe", timeout, background: false };
    this.#waiting = new WaitingCalls({
      deadlines: options.deadlines,
      timeout,
      callsInFlight,
      waitingTotal,
      budget,
      remote: () => over.remote,
      begin: (one, slot) => this.#begin(one, slot),
      gaveUp: () => this.#checkIdle(),
    });
  }

  /** Returns undefined if the call cannot be sent directly: the caller then sends it through the peer. */
  call(request: ChannelCall, session: ClientSession): Promise<unknown> | undefined {
    const { auth, signal, timeout = 0 } = request.options;
    const { peer } = this.#options;
    const words = (auth ?? peer.auth ?? noAuth).fixed;
    if (signal?.aborted || words === undefined || peer.lenient !== undefined || !this.#over.connected) return;
    // The peer rejects others before it has an exchange, which would recover the call.
    if (!(timeout >= 0)) return;
    const started = this.#now();
    const slot = session.takeSettled(started);
    if (slot === undefined) {
      return session.isFull && signal === undefined ? this.#waiting.wait(request, session, words, started) : undefined;
    }
    const one = this.#nextCall(session, slot, signal !== undefined);
    one.begin(request, words, started, this.#optionsOf(request));
    if (one instanceof ReliableCall) return this.#over.callOnce(one);
    const outcome = outcomeOf(one);
    if (signal !== undefined) one.listenTo(signal);
    this.#send(one);
    return outcome;
  }

  /** A call that has waited has a slot. Without one, or without a connection, it goes the long way. */
  #begin(waiting: WaitingCall, slot: ClientSlot | undefined): void {
    const { request, session, words } = waiting;
    const started = this.#now();
    waiting.spent += started - waiting.since;
    if (slot === undefined || !this.#over.connected) {
      if (slot !== undefined) session.release(slot, 0);
      waiting.resolve(this.#options.callThroughPeer(encodedBefore(request, waiting)));
      this.#checkIdle();
      return;
    }
    const one = this.#nextCall(session, slot, false);
    one.begin(request, words, started, this.#optionsOf(request), waiting);
    if (one instanceof ReliableCall) this.#over.callOnce(one);
    else this.#send(one);
  }

  /** The object of a slot's next call. The slot has one call at a time, so the object of the call before is free. */
  #nextCall(session: ClientSession, slot: ClientSlot, hasSignal: boolean): ReliableCall | RepeatedCall {
    slot.sequence++;
    this.#count++;
    if (this.#over.reliable === true && hasSignal) {
      slot.watched ??= new RepeatedCall(this, session, slot);
      return slot.watched as RepeatedCall;
    }
    slot.call ??= new (this.#over.reliable === true ? ReliableCall : RepeatedCall)(this, session, slot);
    return slot.call as ReliableCall | RepeatedCall;
  }

  /** Sends the first copy of a call. Over an unreliable connection another one is sent if it has no answer in time. */
  #send(one: RepeatedCall): void {
    if (this.#over.reliable !== true) {
      const { deadlines, retransmit } = this.#options;
      one.again.background = one.request.options.background === true;
      deadlines.set(one.again, retransmitDelay(retransmit, 1));
    }
    one.copy = this.#over.callOnce(one);
  }

  inTime({ again }: RepeatedCall): void {
    this.#options.deadlines.clear(again);
  }

  disown(one: RepeatedCall): void {
    if (one.slot.call === one) delete one.slot.call;
    if (one.slot.watched === one) delete one.slot.watched;
  }

  givenUp(one: RepeatedCall, answer: Promise<unknown>): Promise<unknown> {
    // The peer would refuse a call with an aborted signal before it knows that a copy was sent.
    const caller = new Recall();
    const { request } = one;
    one.request = { ...request, options: { ...request.options, signal: caller.signal } };
    const outcome = this.overdue(one, answer);
    caller.abort(request.options.signal?.reason);
    return outcome;
  }

  overdue(one: RepeatedCall, answer: Promise<unknown>): Promise<unknown> {
    // It belongs to this call until the end.
    this.disown(one);
    this.#lost.add(one.recall);
    const over = (): void => void this.#lost.delete(one.recall);
    answer.then(over, over);
    return this.resume(one, answer);
  }

  #optionsOf({ options }: ChannelCall): CallOptions {
    if (options.timeout === undefined && options.background !== true) return this.#usual;
    const { timeout = this.#usual.timeout as number, background = false } = options;
    return { semantics: "maybe", timeout, background };
  }

  nextXid(): number {
    this.#xid = (this.#xid + 1) >>> 0;
    return this.#xid;
  }

  /** The call has its plain answer. */
  settled(one: SlotCall): void {
    const { session, slot, started, waited } = one;
    slot.settled = slot.sequence;
    session.release(slot, started);
    one.waited = undefined;
    if (waited !== undefined) this.#waiting.reuse(waited as WaitingCall);
    this.#ended();
  }

  /** The first copy has no plain answer: the peer and a Run take the call over. */
  resume(one: SlotCall, answer: Promise<unknown>): Promise<unknown> {
    answer.catch(() => undefined);
    const outcome = one.isWritten ? this.#takeOver(one, answer) : this.#sendAgain(one);
    this.#ended();
    return outcome;
  }

  #takeOver(one: SlotCall, answer: Promise<unknown>): Promise<unknown> {
    const again = resumed(one, answer, this.#options.clock.now());
    const { session, slot, started } = one;
    return this.#options.callThroughPeer(again.request, { session, slot, started, ...again.first });
  }

  /** Nothing was sent. The peer reports the error, unless it finds another way. */
  #sendAgain({ request, session, slot, started, waited }: SlotCall): Promise<unknown> {
    slot.sequence--;
    session.release(slot, started);
    return this.#options.callThroughPeer(waited === undefined ? request : encodedBefore(request, waited));
  }

  #ended(): void {
    this.#count--;
    this.#checkIdle();
  }

  #checkIdle(): void {
    if (this.#whenNone.length === 0 || this.#isUnderWay) return;
    for (const resolve of this.#whenNone.splice(0)) resolve();
  }

  get #isUnderWay(): boolean {
    return this.#count + this.#waiting.count > 0;
  }

  /** Resolves when no call is on the short way. */
  async idle(): Promise<void> {
    if (this.#isUnderWay) await new Promise<void>((resolve) => this.#whenNone.push(resolve));
  }

  /** Nobody waits for the answers of lost copies any more. */
  close(): void {
    for (const recall of [...this.#lost]) recall.abort(new Error("the client was closed"));
  }
}

/**
 * Prepares a call whose first copy was sent directly for sending it again through the peer: with the arguments of that copy,
 * because the caller may have changed its values meanwhile, and with the result of that copy if it is answered after all.
 */
function resumed(one: SlotCall, answer: Promise<unknown>, now: number) {
  const { request, kept, started, spent } = one;
  let direct: Direct | undefined;
  const { procedure } = request;
  const decode = (from: XdrReader): unknown => {
    if (direct === undefined) return procedure.result.decode(from);
    from.take(from.left);
    return direct.result;
  };
  const reply = answer.then((value): session_reply => {
    if (!(value instanceof Direct)) return value as session_reply;
    direct = value;
    return { status: 0, message: plainReply(0, AcceptStat.SUCCESS) };
  });
  reply.catch(() => undefined);
  const again = encodedBefore(request, { kept, spent: spent + now - started });
  const result = { ...procedure.result, decode };
  return {
    request: { ...again, procedure: { ...again.procedure, result } as Procedure },
    first: { message: kept.bytes, answer: reply },
  };
}

/** The call with the arguments that it had when it was made, for the peer. */
function encodedBefore(request: ChannelCall, { kept, spent }: Pick<Waited, "kept" | "spent">): ChannelCall {
  const { procedure } = request;
  const { semantics: _, ...options } = request.options;
  const bytes = kept.bytes.subarray(kept.argumentsAt);
  const args = { ...procedure.args, encode: (out: XdrWriter): void => out.writeBytes(bytes) };
  return { ...request, procedure: { ...procedure, args } as Procedure, options, spent };
}
