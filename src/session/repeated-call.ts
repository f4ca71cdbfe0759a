// The usual call of a slot over a connection that may lose it, or with a signal. If its first copy has no answer in time, the long way sends
// others, and the answer of the first copy still counts. If its caller gives up, the long way waits for that answer, and keeps the slot.
import { listenForAbort } from "../base/abort.js";
import { Recall } from "../base/recall.js";
import { Alarm } from "../peer/deadlines.js";
import type { RecoverableCall } from "../peer/exchange.js";
import type { CallOptions, ChannelCall } from "../rpc/call.js";
import type { ClientSession, ClientSlot } from "./client-session.js";
import { type Awaited, nobody } from "./outcome-of.js";
import type { session_reply } from "./session.gen.js";
import { type CallsOfSlots, SlotCall, type Waited } from "./slot-call.js";

/** The result of a first copy whose answer came after others had been sent. */
export class Direct {
  readonly result: unknown;

  constructor(result: unknown) {
    this.result = result;
  }
}

/** The calls of all slots of a channel, some of which are sent again. */
export interface Repetitions extends CallsOfSlots {
  /** The first copy was answered, or has failed, before it was time for the second. */
  inTime(one: RepeatedCall): void;
  /** It is time for the second copy. `answer`: that of the first, a `Direct` or a `session_reply`. Returns the call's outcome. */
  overdue(one: RepeatedCall, answer: Promise<unknown>): Promise<unknown>;
  /** Its caller gives up. As `overdue`. */
  givenUp(one: RepeatedCall, answer: Promise<unknown>): Promise<unknown>;
  /** The object does not serve another call. */
  disown(one: RepeatedCall): void;
}

/** The slot's next call uses the object again, unless this one needed a second copy. */
export class RepeatedCall extends SlotCall implements RecoverableCall, Awaited {
  /** Cancels the first copy. */
  readonly recall = new Recall();
  /** The options of the last call, without and with the signal of `recall`. Most calls have the options of the call before. */
  #options: { readonly without: CallOptions; readonly all: CallOptions } | undefined;
  readonly again: Alarm = new Again(() => this.#overdue());
  readonly recover: (error: unknown) => Promise<unknown>;
  readonly #repetitions: Repetitions;
  /** The outcome of the first copy, as the channel below reports it. */
  copy: Promise<unknown> | undefined;
  resolve = nobody;
  /** Settles the answer of the first copy, once others were sent. */
  #late: Awaited["resolve"] | undefined;
  /** The caller's signal, while there is a listener. */
  #signal: AbortSignal | undefined;
  #onAbort: (() => void) | undefined;

  constructor(repetitions: Repetitions, session: ClientSession, slot: ClientSlot) {
    super(repetitions, session, slot);
    this.#repetitions = repetitions;
    this.recover = async (error) => {
      await undefined;
      // The channel below may want to know the error; nobody else does.
      this.copy?.catch(() => undefined);
      this.#failed(error);
      throw error;
    };
  }

  override begin(
    request: ChannelCall,
    words: Int32Array,
    started: number,
    options: CallOptions,
    waited?: Waited,
  ): void {
    super.begin(request, words, started, this.#withRecall(options), waited);
  }

  #withRecall(without: CallOptions): CallOptions {
    if (this.#options?.without !== without) {
      this.#options = { without, all: { ...without, signal: this.recall.signal } };
    }
    return this.#options.all;
  }

  /** `signal`: that of the caller, not aborted yet. */
  listenTo(signal: AbortSignal): void {
    this.#signal = signal;
    this.#onAbort ??= () => this.#abort();
    listenForAbort(signal, this.#onAbort);
  }

  #listenNoMore(): void {
    if (this.#signal === undefined || this.#onAbort === undefined) return;
    this.#signal.removeEventListener("abort", this.#onAbort);
    this.#signal = undefined;
  }

  protected succeeded(result: unknown): void {
    if (this.#late !== undefined) {
      this.#late(new Direct(result));
      return;
    }
    this.#listenNoMore();
    this.#repetitions.inTime(this);
    const resolve = this.#settle;
    this.calls.settled(this);
    resolve(result);
  }

  protected answered(reply: session_reply): void {
    if (this.#late !== undefined) this.#late(reply);
    else this.#resume(Promise.resolve(reply));
  }

  #failed(error: unknown): void {
    const failure = Promise.reject(error);
    if (this.#late !== undefined) this.#late(failure);
    else this.#resume(failure);
  }

  #resume(answer: Promise<unknown>): void {
    this.#listenNoMore();
    this.#repetitions.inTime(this);
    this.#settle(this.calls.resume(this, answer));
  }

  #overdue(): void {
    this.#listenNoMore();
    this.#settle(this.#repetitions.overdue(this, this.#lateAnswer()));
  }

  #abort(): void {
    const reason: unknown = this.#signal?.reason;
    this.#listenNoMore();
    if (!this.isWritten) {
      this.#repetitions.disown(this);
      // Nothing was sent, and nothing is from now on: the copy fails, and then the call.
      this.recall.abort(reason);
    } else {
      this.#repetitions.inTime(this);
      this.#settle(this.#repetitions.givenUp(this, this.#lateAnswer()));
    }
  }

  #lateAnswer(): Promise<unknown> {
    return new Promise<unknown>((resolve) => {
      this.#late = resolve;
    });
  }

  get #settle(): Awaited["resolve"] {
    return this.waited?.resolve ?? this.resolve;
  }
}

/** Rings when it is time for the second copy of a call. */
class Again extends Alarm {
  readonly ring: () => void;

  constructor(ring: () => void) {
    super();
    this.ring = ring;
  }
}
