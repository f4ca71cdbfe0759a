// Calls of the short path that wait for a slot of their session, because it has as many calls as slots. Their arguments were encoded when
// they were made. direct-calls.ts decides what happens when there is a slot.
import type { Place } from "../base/linked-list.js";
import { Alarm, type Deadlines } from "../peer/deadlines.js";
import { type FailedCall, noRoom, placeOf, tooMany } from "../peer/failures.js";
import { PendingCalls } from "../peer/pending-calls.js";
import type { ChannelCall } from "../rpc/call.js";
import type { RpcError } from "../rpc/errors.js";
import type { Address } from "../transport/address.js";
import { Budget, type Total, totalOf } from "../transport/budget.js";
import { XdrWriter } from "../xdr/writer.js";
import type { ClientSession, ClientSlot, SlotWaiter } from "./client-session.js";
import { notInTime } from "./errors.js";
import { KeptMessage } from "./kept-message.js";
import { type Awaited, nobody, outcomeOf } from "./outcome-of.js";
import type { Waited } from "./slot-call.js";

/** A writer that has grown beyond this number of bytes is not kept. */
const keptWriter = 65_536;

/** The most objects that are kept for later calls: about 1 MiB. */
const mostSpare = 1024;

export interface WaitingOptions {
  readonly deadlines: Deadlines;
  /** Milliseconds, for calls that set no timeout. */
  readonly timeout: number;
  /** See `PeerOptions`. */
  readonly callsInFlight: number | undefined;
  readonly waitingTotal: Total | undefined;
  readonly budget: Budget | undefined;
  readonly remote: () => Address;
  /** Called when it is a call's turn: with a slot, or with undefined if the session is over. */
  readonly begin: (one: WaitingCall, slot: ClientSlot | undefined) => void;
  /** Called when a call's time has ended before its turn. */
  readonly gaveUp: () => void;
}

/** A call that waits. */
export class WaitingCall extends Alarm implements FailedCall, Waited, Awaited {
  /** As a signed word. */
  xid = 0;
  readonly transmissions = 0;
  readonly reliable = true;
  request!: ChannelCall;
  /** The words of its credential. */
  words!: Int32Array;
  session!: ClientSession;
  readonly kept = new KeptMessage();
  /** Milliseconds that it has taken until `since`, a time by the clock. */
  spent = 0;
  since = 0;
  place!: Place<SlotWaiter>;
  resolve = nobody;
  /** Not a function of its own for each call. */
  readonly begin: SlotWaiter;
  readonly #calls: WaitingCalls;

  constructor(calls: WaitingCalls) {
    super();
    this.#calls = calls;
    this.begin = (slot) => calls.begin(this, slot);
  }

  get remote(): Address {
    return this.#calls.remote;
  }

  ring(): void {
    this.#calls.giveUp(this);
  }
}

export class WaitingCalls {
  readonly #options: WaitingOptions;
  readonly #pending: PendingCalls<WaitingCall>;
  readonly #budget: Budget;
  #writer = new XdrWriter();
  readonly #spare: WaitingCall[] = [];

  constructor(options: WaitingOptions) {
    const { deadlines, callsInFlight, waitingTotal, budget } = options;
    this.#options = options;
    const total = totalOf(deadlines.clock);
    this.#pending = new PendingCalls(undefined, callsInFlight, waitingTotal ?? total.waiting);
    this.#budget = budget ?? new Budget(total);
  }

  /** The number of calls that wait. */
  get count(): number {
    return this.#pending.count;
  }

  get remote(): Address {
    return this.#options.remote();
  }

  /**
   * Encodes the call and begins to wait. Returns the call's outcome; undefined if it cannot be encoded. `words`: those of the credential.
   * `since`: the time by the clock.
   */
  wait(request: ChannelCall, session: ClientSession, words: Int32Array, since: number): Promise<unknown> | undefined {
    const one = this.#spare.pop() ?? new WaitingCall(this);
    one.request = request;
    one.words = words;
    one.session = session;
    one.spent = request.spent ?? 0;
    one.since = since;
    if (!this.#pending.add(one)) return failLater(tooMany(one, this.#pending));
    if (!this.#encode(one)) {
      this.#pending.delete(one);
      return undefined;
    }
    if (this.#budget.freeBytes < one.kept.length) {
      this.#pending.delete(one);
      return failLater(noRoom(one, this.#budget));
    }
    this.#budget.add(0, one.kept.length);
    one.background = request.options.background === true;
    const { timeout = this.#options.timeout } = request.options;
    this.#options.deadlines.set(one, Math.max(0, timeout - one.spent));
    one.place = session.wait(one.begin);
    return outcomeOf(one);
  }

  #encode({ kept, request, words, xid }: WaitingCall): boolean {
    try {
      kept.encode(this.#writer, request, words, xid);
      return true;
    } catch {
      return false;
    } finally {
      this.#writer.reset();
      if (this.#writer.buffer.length > keptWriter) this.#writer = new XdrWriter();
    }
  }

  /** It is the turn of a call. */
  begin(one: WaitingCall, slot: ClientSlot | undefined): void {
    this.#options.deadlines.clear(one);
    this.#ended(one);
    this.#options.begin(one, slot);
  }

  /** A call's time is over before its turn. */
  giveUp(one: WaitingCall): void {
    one.session.leave(one.place);
    this.#ended(one);
    const { request, remote, xid } = one;
    one.resolve(Promise.reject(notInTime(placeOf(request, remote, xid))));
    this.#options.gaveUp();
  }

  #ended(one: WaitingCall): void {
    this.#pending.delete(one);
    this.#budget.add(0, -one.kept.length);
  }

  /** Nothing refers to the call any more. */
  reuse(one: WaitingCall): void {
    if (this.#spare.length >= mostSpare) return;
    one.kept.forget();
    // The caller's arguments must not stay in memory, nor a session that is over.
    one.request = one.session = one.place = undefined as never;
    one.resolve = nobody;
    this.#spare.push(one);
  }
}

/** In the next turn, so that a caller that retries immediately and endlessly does not starve the replies. */
function failLater(error: RpcError): Promise<never> {
  return new Promise((_, reject) => setImmediate(() => reject(error)));
}
