// The short path of calls in a session: if the session has a free slot and a connection, the first copy is sent at once. If its reply
// reports success, the call is complete. In every other case channel.ts continues the call, whose first copy has been sent.
import { authNone } from "../auth/none.js";
import type { Clock } from "../base/clock.js";
import { Recall } from "../base/recall.js";
import { turnTime } from "../base/turn-time.js";
import { Alarm, type Deadlines } from "../peer/deadlines.js";
import type { RecoverableCall } from "../peer/exchange.js";
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
import type { Carrier } from "./sender.js";
import type { session_reply } from "./session.gen.js";
import { type CallsOfSlots, Direct, SlotCall } from "./slot-call.js";

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
export class DirectCalls implements CallsOfSlots {
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

  constructor(over: Carrier, options: DirectOptions) {
    this.#over = over;
    this.#options = options;
    this.#now = turnTime(options.clock);
    this.decodedBytes = options.peer.decodedBytes ?? defaultDecodedBytes;
    this.#usual = { semantics: "maybe", timeout: options.peer.timeout ?? defaultTimeout, background: false };
  }

  /** Returns undefined if the call cannot be sent directly: the caller then sends it through the peer. */
  call(request: ChannelCall, session: ClientSession): Promise<unknown> | undefined {
    const { auth, signal, timeout = 0 } = request.options;
    const { peer } = this.#options;
    const words = (auth ?? peer.auth ?? noAuth).fixed;
    if (signal !== undefined || words === undefined || peer.lenient !== undefined || !this.#over.connected) return;
    // The peer rejects others before it has an exchange, which would recover the call.
    if (!(timeout >= 0)) return;
    const started = this.#now();
    const slot = session.takeSettled(started);
    if (slot === undefined) return;
    slot.sequence++;
    this.#count++;
    return this.#over.reliable === true
      ? this.#sendReliably(request, session, slot, words, started)
      : this.#sendAndRepeat(request, session, slot, words, started);
  }

  /** The slot has one call at a time, so its object is free again. */
  #sendReliably(
    request: ChannelCall,
    session: ClientSession,
    slot: ClientSlot,
    words: Int32Array,
    started: number,
  ): Promise<unknown> {
    slot.call ??= new ReliableCall(this, session, slot);
    const one = slot.call as ReliableCall;
    one.begin(request, words, started, this.#optionsOf(request));
    return this.#over.callOnce(one);
  }

  #sendAndRepeat(
    request: ChannelCall,
    session: ClientSession,
    slot: ClientSlot,
    words: Int32Array,
    started: number,
  ): Promise<unknown> {
    const { deadlines, retransmit } = this.#options;
    slot.call ??= new RepeatedCall(this, session, slot);
    const one = slot.call as RepeatedCall;
    one.begin(request, words, started, one.withRecall(this.#optionsOf(request)));
    const answer = this.#over.callOnce(one);
    return new Promise((resolve) => {
      one.follow(answer, resolve, request.options.background === true);
      deadlines.set(one.again, retransmitDelay(retransmit, 1));
    });
  }

  /** The first copy of a call was answered, or has failed, before it was time for the second. */
  inTime(one: RepeatedCall): void {
    this.#options.deadlines.clear(one.again);
  }

  /** It is time for the second copy of a call. */
  overdue(one: RepeatedCall, answer: Promise<unknown>): Promise<unknown> {
    // The object belongs to this call until the end.
    delete one.slot.call;
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

  settled({ session, slot, started }: SlotCall): void {
    slot.settled = slot.sequence;
    session.release(slot, started);
    this.#ended();
  }

  answeredOtherwise(one: SlotCall, answer: session_reply): Promise<unknown> {
    return this.resume(one, Promise.resolve(answer));
  }

  /** The first copy has no plain answer: the peer and a Run take the call over. */
  resume(one: SlotCall, answer: Promise<unknown>): Promise<unknown> {
    answer.catch(() => undefined);
    const outcome = one.isEncoded ? this.#takeOver(one, answer) : this.#sendAgain(one);
    this.#ended();
    return outcome;
  }

  #takeOver(one: SlotCall, answer: Promise<unknown>): Promise<unknown> {
    const again = resumed(one, answer, this.#options.clock.now());
    const { session, slot, started } = one;
    return this.#options.callThroughPeer(again.request, { session, slot, started, ...again.first });
  }

  /** Nothing was sent. The peer reports the error, unless it finds another way. */
  #sendAgain({ request, session, slot, started }: SlotCall): Promise<unknown> {
    slot.sequence--;
    session.release(slot, started);
    return this.#options.callThroughPeer(request);
  }

  #ended(): void {
    if (--this.#count > 0 || this.#whenNone.length === 0) return;
    for (const resolve of this.#whenNone.splice(0)) resolve();
  }

  /** Resolves when no call is on the short way. */
  async idle(): Promise<void> {
    if (this.#count > 0) await new Promise<void>((resolve) => this.#whenNone.push(resolve));
  }

  /** Nobody waits for the answers of lost copies any more. */
  close(): void {
    for (const recall of [...this.#lost]) recall.abort(new Error("the client was closed"));
  }
}

class ReliableCall extends SlotCall implements RecoverableCall {
  /** Not a promise of its own for each call. */
  readonly recover: (error: unknown) => Promise<unknown>;

  constructor(calls: DirectCalls, session: ClientSession, slot: ClientSlot) {
    super(calls, session, slot, true);
    // In a later turn, because the peer may be failing all of its calls at the moment.
    this.recover = (error) => Promise.reject(error).catch(() => calls.resume(this, Promise.reject(error)));
  }
}

/**
 * Prepares a call whose first copy was sent directly for sending it again through the peer: with the arguments of that copy,
 * because the caller may have changed its values meanwhile, and with the result of that copy if it is answered after all.
 */
function resumed(one: SlotCall, answer: Promise<unknown>, now: number) {
  const { request, message, started } = one;
  const { procedure, options, spent = 0 } = request;
  const { semantics: _, ...others } = options;
  const args = message.subarray(one.argumentsAt);
  let direct: Direct | undefined;
  const encode = (out: XdrWriter): void => out.writeBytes(args);
  const decode = (from: XdrReader): unknown => {
    if (direct === undefined) return procedure.result.decode(from);
    from.take(from.left);
    return direct.result;
  };
  const again = { ...procedure, args: { ...procedure.args, encode }, result: { ...procedure.result, decode } };
  const reply = answer.then((value): session_reply => {
    if (!(value instanceof Direct)) return value as session_reply;
    direct = value;
    return { status: 0, message: plainReply(0, AcceptStat.SUCCESS) };
  });
  reply.catch(() => undefined);
  return {
    request: { ...request, procedure: again as Procedure, options: others, spent: spent + now - started },
    first: { message, answer: reply },
  };
}

/** A call over a connection that may lose it. The slot's next call uses the object again, unless this one needed a second copy. */
class RepeatedCall extends SlotCall {
  /** Cancels the first copy. */
  readonly recall = new Recall();
  /** The options of the last call, without and with the signal of `recall`. Most calls have the options of the call before. */
  #options: { readonly without: CallOptions; readonly all: CallOptions } | undefined;
  readonly again: Again;
  readonly #calls: DirectCalls;
  readonly #answered: (value: unknown) => void;
  readonly #failed: () => void;
  #resolve: (outcome: unknown) => void = () => {};
  #answer: Promise<unknown> = Promise.resolve();

  constructor(calls: DirectCalls, session: ClientSession, slot: ClientSlot) {
    super(calls, session, slot, false);
    this.#calls = calls;
    this.again = new Again(() => this.#resolve(calls.overdue(this, this.#answer)));
    this.#answered = (value) => this.#settle(value);
    this.#failed = () => this.#settle(undefined);
  }

  withRecall(without: CallOptions): CallOptions {
    if (this.#options?.without !== without) {
      this.#options = { without, all: { ...without, signal: this.recall.signal } };
    }
    return this.#options.all;
  }

  follow(answer: Promise<unknown>, resolve: (outcome: unknown) => void, background: boolean): void {
    this.#resolve = resolve;
    this.#answer = answer;
    this.again.background = background;
    answer.then(this.#answered, this.#failed);
  }

  #settle(value: unknown): void {
    if (this.again.rang) return;
    this.#calls.inTime(this);
    const [resolve, answer] = [this.#resolve, this.#answer];
    if (value instanceof Direct) {
      this.#calls.settled(this);
      resolve(value.result);
    } else resolve(this.#calls.resume(this, answer));
  }
}

/** Rings when it is time for the second copy of a call. */
class Again extends Alarm {
  readonly #again: () => void;
  rang = false;

  constructor(again: () => void) {
    super();
    this.#again = again;
  }

  ring(): void {
    this.rang = true;
    this.#again();
  }
}
