// The running calls of one connection, the bytes they hold, and when the connection is not read: back-pressure on the
// caller.
import type { CallSource } from "../peer/dispatcher.js";
import type { Holder } from "../transport/budget.js";
import { TransportError } from "../transport/errors.js";
import type { ServerBudget } from "./budget.js";

/** Limits of one connection. */
export interface FlowLimits {
  /** The most running calls before the connection is not read. */
  readonly callsInFlight: number;
  /** The most bytes that it may hold before it is not read. */
  readonly bytesInFlight: number;
}

/** While reading must continue, the limits are multiplied by this number. */
const beyond = 4;
/** This many calls may run regardless of the size of their replies. */
const fewCalls = 16;

/** While calls of our own wait for replies, reading continues: handlers may be waiting for those replies. */
export class Flow implements Holder {
  queued = 0;
  seat = -1;
  readonly #source: CallSource;
  readonly #limits: FlowLimits;
  readonly budget: ServerBudget;
  readonly #cutOff: (why: TransportError) => void;
  readonly #mostQueued: number;
  #running = 0;
  #arguments = 0;
  /** Estimated bytes of the replies of running calls, based on earlier replies of the same procedures. */
  #expected = 0;
  #congested = false;
  /** Replies that are delayed although their call has ended. */
  #delayed = 0;
  #held = false;
  /** True while this connection is not read because new connections come first. */
  #waits = false;
  #finishing = false;
  #inUse = false;
  #ended = false;
  #whenIdle: (() => void)[] = [];

  /** `cutOff` closes the connection. It must not throw. */
  constructor(source: CallSource, limits: FlowLimits, budget: ServerBudget, cutOff: (why: TransportError) => void) {
    this.#source = source;
    this.#limits = limits;
    this.budget = budget;
    this.#cutOff = cutOff;
    this.#mostQueued = limits.bytesInFlight * beyond + source.connection.info.maxMessage;
    budget.join(this);
  }

  /** No call is running, no reply is late, and the other end owes none. */
  get isIdle(): boolean {
    return this.#running === 0 && this.#delayed === 0 && !this.#source.awaitsReplies;
  }

  /** Why a call whose message has `bytes` must be refused; undefined if it is accepted. */
  refusal(bytes: number): string | undefined {
    const { callsInFlight } = this.#limits;
    if (this.#running >= callsInFlight * beyond) {
      return `${this.#running} calls of this connection run already (limits.callsInFlight)`;
    }
    if (this.budget.hasRoomFor(bytes, this.#arguments + this.queued + bytes)) return undefined;
    const { calls, bytes: held } = this.budget;
    return `${calls} calls of this server run already and hold ${held} bytes (limits.totalCallsInFlight, limits.totalBytes)`;
  }

  /** Why a result that came later, and is expected to take `expected` bytes, must be dropped; undefined if it is sent. */
  lateRefusal(expected: number): string | undefined {
    if (this.#ended || this.budget.hasRoomForReply(expected)) return undefined;
    return `it ran, but there is no room for its reply (limits.totalBytes)`;
  }

  /** A call will be answered later. It holds `bytes` until then, and its reply is expected to take `expected`. */
  begin(bytes = 0, expected = 0): void {
    this.#running++;
    this.#arguments += bytes;
    this.#expected += expected;
    this.budget.add(1, bytes);
    this.update();
    if (this.budget.isOver) this.budget.relieve();
  }

  /**
   * Called when a call was answered, with the values that were passed to `begin`; also after the end of the connection.
   */
  end(bytes = 0, expected = 0): void {
    this.#running--;
    this.#arguments -= bytes;
    this.#expected -= expected;
    this.budget.add(-1, -bytes);
    this.update();
    if (this.#running === 0) this.#wake();
  }

  /**
   * A reply is sent when `work` ends, which must not reject. It holds `bytes` until then. Meanwhile a reliable connection is not
   * read, so that replies keep the order of their calls.
   */
  delay(work: Promise<unknown>, bytes = 0): void {
    this.#delayed++;
    this.begin(bytes);
    work.then(() => {
      this.#delayed--;
      this.end(bytes);
    });
  }

  /** The number of bytes that wait to be sent has changed. */
  queuedChanged(change: number): void {
    if (this.#ended) return;
    this.queued += change;
    this.budget.add(0, change);
    if (change > 0) this.#checkQueued();
    this.update();
  }

  /** The caller reads more slowly than we answer, or has caught up. */
  setCongested(congested: boolean): void {
    this.#congested = congested;
    if (congested && !this.#ended) this.#waits = !this.budget.turns.mayGoOn(this.#proceed);
    this.update();
  }

  /** Stops accepting calls. From now on the connection is read only while replies to our own calls are expected. */
  finish(): void {
    this.#finishing = true;
    this.update();
  }

  /** Resolves when no call is running any more, or there is no caller left to answer. */
  idle(): Promise<void> {
    if (this.#running === 0 || this.#ended) return Promise.resolve();
    return new Promise((resolve) => this.#whenIdle.push(resolve));
  }

  /** The connection has ended. The bytes of its calls count until the calls end. */
  stop(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.budget.add(0, -this.queued);
    this.queued = 0;
    this.budget.leave(this);
    this.budget.turns.forget(this.#proceed);
    this.#wake();
  }

  cutOff(why: TransportError): void {
    this.budget.leaves(this.queued);
    this.stop();
    this.#cutOff(why);
  }

  /** Starts or stops reading, according to the current state. */
  update(): void {
    if (this.#ended) return;
    const { connection } = this.#source;
    if (connection.inUse !== undefined && this.isIdle === this.#inUse) {
      this.#inUse = !this.#inUse;
      connection.inUse(this.#inUse);
    }
    const hold = this.#mustHold();
    if (hold === this.#held) return;
    this.#held = hold;
    if (hold) connection.pause();
    else connection.resume();
  }

  readonly #proceed = (): void => {
    this.#waits = false;
    this.update();
  };

  // A connection that holds nothing is always read: the end of its next call triggers the next update.
  #mustHold(): boolean {
    if (this.#finishing) return !this.#source.awaitsReplies;
    if (this.#waits && !this.#source.awaitsReplies) return true;
    if (this.#delayed > 0 && !this.#source.awaitsReplies && this.#source.connection.info.reliable) return true;
    const { callsInFlight, bytesInFlight } = this.#limits;
    const held = this.#arguments + this.queued;
    const isFar = this.#running < callsInFlight && held + this.#expected < bytesInFlight;
    if (isFar && !this.#congested && this.budget.hasPlenty) return false;
    if (this.#running === 0 && this.queued === 0) return this.#congested && !this.#source.awaitsReplies;
    if (held >= bytesInFlight * beyond) return true;
    if (this.#source.awaitsReplies) return false;
    if (this.#congested || this.#running >= this.budget.callsFor(callsInFlight)) return true;
    if (held > 0 && held >= this.budget.bytesFor(bytesInFlight)) return true;
    return this.#running >= fewCalls && held + this.#expected >= bytesInFlight;
  }

  // Replies to calls that ran at once are limited by not reading: only later replies can exceed the limit.
  #checkQueued(): void {
    if (this.queued > this.#mostQueued) {
      const most = this.#limits.bytesInFlight * beyond;
      const message = `${this.queued} bytes of replies wait for this client to read; the limit is ${most} and one reply (4 times limits.bytesInFlight)`;
      this.cutOff(new TransportError("TRANSPORT_OUT_OF_MEMORY", message));
    } else if (this.budget.isOver) this.budget.relieve();
  }

  #wake(): void {
    if (this.#whenIdle.length === 0) return;
    for (const resolve of this.#whenIdle.splice(0)) resolve();
  }
}
