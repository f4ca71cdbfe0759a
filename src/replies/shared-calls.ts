// The calls of a shared reply cache as they are in NATS. The first server that stores a record of a call runs the call. Each further
// record of the call replaces only a record that the same server wrote.
import { type Clock, systemClock, type Timer } from "../base/clock.js";
import { randomBytes } from "../base/random-bytes.js";
import { pause } from "../base/wait.js";
import { JetStreamError, jetStreamCodes } from "../directory/nats/jetstream.js";
import type { NatsStore } from "../directory/nats/store.js";
import { AcceptStat } from "../rpc/header.js";
import type { ReplyVerdict } from "../server/reply-cache.js";
import { shared_state as State } from "./replies.gen.js";
import { decodeShared, encodeShared, isSameCall, type SharedCall, type SharedReply } from "./shared-record.js";

export interface SharedCallsOptions {
  readonly age: number;
  readonly timeout: number;
  readonly longestOutcome: number;
  readonly onError?: (error: unknown) => void;
}

/** Bytes of the part of a nonce that names its server. */
const ownerSize = 8;

/** The outcome of a call whose server has ended while it ran. */
const inDoubt = Uint8Array.of(0, 0, 0, AcceptStat.SYSTEM_ERR);

/** A call that runs on this server. */
interface Own {
  readonly call: SharedCall;
  readonly nonce: Uint8Array<ArrayBuffer>;
  /** The sequence number of its record. */
  sequence: number;
  renewedAt: number;
  /** Its last operation: the next one begins after it. */
  last: Promise<unknown>;
}

/** The calls of one server, and those that it asks others about. */
export class SharedCalls {
  readonly #store: NatsStore;
  readonly #options: SharedCallsOptions;
  readonly #clock: Clock = systemClock;
  readonly #own = new Map<string, Own>();
  #renewing: Timer | undefined;
  /** The first half of the nonces of this server. Zeros: others cannot ask whether it is still there. */
  #owner = new Uint8Array(ownerSize);

  constructor(store: NatsStore, options: SharedCallsOptions) {
    this.#store = store;
    this.#options = options;
  }

  /** Lets other servers notice the end of this one, if that is possible. */
  async announce(): Promise<void> {
    const owner = Uint8Array.from(randomBytes(ownerSize));
    if (await this.#store.announce(nameOf(owner), this.#options.timeout)) this.#owner = owner;
  }

  /** Takes the call for this server, or says who has it. Rejects if NATS does not answer in time. */
  async begin(call: SharedCall): Promise<ReplyVerdict> {
    const nonce = Uint8Array.of(...this.#owner, ...randomBytes(ownerSize));
    const own: Own = { call, nonce, sequence: 0, renewedAt: this.#clock.now(), last: Promise.resolve() };
    try {
      const found = await this.#run((timeout) => this.#claim(own, timeout));
      if (found !== undefined) return this.#verdict(call, found);
    } catch (error) {
      // The record may have been stored although the answer did not come.
      this.#withdraw(own);
      throw error;
    }
    this.#own.set(call.id, own);
    this.#renewing ??= this.#clock.setTimeout(() => this.#renew(), this.#options.age / 3);
    this.#renewing.unref();
    return { kind: "new", entry: call };
  }

  /** Stores the outcome of a call that this server has run. */
  async end(id: string, outcome: Uint8Array): Promise<void> {
    const own = this.#own.get(id);
    if (own === undefined) throw new Error("the reply cache was closed");
    this.#own.delete(id);
    const isTooLong = outcome.length > this.#options.longestOutcome;
    await this.#replace(own, isTooLong ? { state: State.SHARED_TOO_LONG } : ended(outcome));
  }

  forget(id: string): void {
    const own = this.#own.get(id);
    this.#own.delete(id);
    if (own !== undefined) this.#withdraw(own);
  }

  async close(): Promise<void> {
    this.#clock.clearTimeout(this.#renewing);
    this.#own.clear();
    await this.#store.close();
  }

  /** Undefined if the call is this server's now; else the record of the call that has it. */
  async #claim(own: Own, timeout: number): Promise<SharedReply | undefined> {
    const { bucket } = this.#store;
    const { call, nonce } = own;
    const record = encodeShared({ ...call, nonce, outcome: { state: State.SHARED_RUNS } });
    for (;;) {
      try {
        own.sequence = await bucket.replace(call.id, record, 0, timeout);
        return undefined;
      } catch (error) {
        if (!isWrongSequence(error)) throw error;
      }
      const stored = await bucket.last(call.id, timeout);
      if (stored === undefined) continue;
      const found = decodeShared(stored.data);
      if (found === undefined) {
        // Not replaced: on a cluster, nats-server 2.9 lets several servers replace one message at the same moment.
        await bucket.purge(call.id, stored.sequence, timeout);
        continue;
      }
      // An earlier attempt was stored, and its acknowledgement was lost.
      if (!sameBytes(found.nonce, nonce)) return found;
      own.sequence = stored.sequence;
      return undefined;
    }
  }

  #verdict(call: SharedCall, found: SharedReply): ReplyVerdict {
    if (!isSameCall(call, found)) return { kind: "false-retry" };
    const { outcome } = found;
    if (outcome.state === State.SHARED_DONE) return { kind: "done", outcome: outcome.outcome };
    return outcome.state === State.SHARED_RUNS
      ? { kind: "running", outcome: this.#outcomeElsewhere(call, found) }
      : { kind: "running" };
  }

  /**
   * Resolves when the call has ended on another server; with SYSTEM_ERR if that server has ended before it; with undefined if the call has
   * no outcome, or none within `age`.
   */
  #outcomeElsewhere({ id }: SharedCall, { nonce }: SharedReply): Promise<Uint8Array | undefined> {
    const { bucket, onReturn } = this.#store;
    return new Promise((resolve) => {
      let owner = nonce;
      const over = new AbortController();
      const end = (outcome: Uint8Array | undefined): void => {
        over.abort();
        subscription.unsubscribe();
        onReturn.delete(look);
        this.#clock.clearTimeout(timer);
        resolve(outcome);
      };
      const take = (data: Uint8Array): void => {
        const record = decodeShared(data);
        if (record === undefined || record.outcome.state === State.SHARED_TOO_LONG) end(undefined);
        else if (record.outcome.state === State.SHARED_DONE) end(record.outcome.outcome);
        else owner = record.nonce;
      };
      // A message that came before the subscription, or during an outage, is in the bucket; so is one that a cluster did not forward,
      // because its nodes did not know the subscription yet.
      const look = (): Promise<void> =>
        this.#run((timeout) => bucket.last(id, timeout)).then(
          (stored) => (stored === undefined ? end(undefined) : take(stored.data)),
          () => undefined,
        );
      const subscription = bucket.follow(
        id,
        ({ data }) => take(data),
        () => undefined,
      );
      const timer = this.#clock.setTimeout(() => end(undefined), this.#options.age);
      timer.unref();
      onReturn.add(look);
      void look();
      void this.#absence(() => owner, over.signal, look).then(async () => {
        // It may have stored the outcome before it ended.
        if (!over.signal.aborted) await look();
        if (!over.signal.aborted) end(inDoubt);
      });
    });
  }

  /**
   * Resolves when the server of a call is found absent several times in a row: it may have lost its connection for a moment. Looks for the
   * outcome meanwhile, every few seconds.
   */
  async #absence(owner: () => Uint8Array, signal: AbortSignal, look: () => Promise<void>): Promise<void> {
    const { timeout } = this.#options;
    const wait = Math.min(1_000, timeout / 4);
    for (let absent = 0, turn = 1; absent * wait < timeout && !signal.aborted; turn++) {
      await pause(wait, { signal, clock: this.#clock, background: true });
      if (turn % 4 === 0) await look();
      const before = owner();
      const asked = before.subarray(0, ownerSize);
      const isAbsent =
        asked.some((byte) => byte !== 0) && (await this.#store.isPresent(nameOf(asked), timeout)) === false;
      absent = isAbsent && owner() === before ? absent + 1 : 0;
    }
  }

  /** Replaces the record of an own call. */
  #replace(own: Own, outcome: SharedReply["outcome"]): Promise<void> {
    const record = { ...own.call, nonce: own.nonce, outcome };
    const data = encodeShared(record);
    return this.#after(own, async (timeout) => {
      const { bucket } = this.#store;
      try {
        own.sequence = await bucket.replace(own.call.id, data, own.sequence, timeout);
      } catch (error) {
        if (!isWrongSequence(error)) throw error;
        const stored = await bucket.last(own.call.id, timeout);
        const found = stored && decodeShared(stored.data);
        const isOwn = found !== undefined && sameBytes(found.nonce, own.nonce);
        if (found !== undefined && !isOwn) throw new Error("another server has taken the call: it may have run twice");
        own.sequence = stored?.sequence ?? 0;
        // The record is ours: an earlier attempt was stored, and only its acknowledgement was lost.
        if (found?.outcome.state === outcome.state && outcome.state !== State.SHARED_RUNS) return;
        own.sequence = await bucket.replace(own.call.id, data, own.sequence, timeout);
      }
    });
  }

  /** Deletes the record of an own call, if it has one. */
  #withdraw(own: Own): void {
    this.#after(own, async (timeout) => {
      const { bucket } = this.#store;
      const stored = await bucket.last(own.call.id, timeout);
      const found = stored && decodeShared(stored.data);
      if (found === undefined || stored === undefined || !sameBytes(found.nonce, own.nonce)) return;
      await bucket.delete(own.call.id, timeout, stored.sequence).catch((error) => {
        if (!isWrongSequence(error)) throw error;
      });
    }).catch((error) => this.#report(error));
  }

  /** Keeps the records of calls that run for long. */
  #renew(): void {
    this.#renewing = undefined;
    const now = this.#clock.now();
    for (const own of this.#own.values()) {
      if (now - own.renewedAt < this.#options.age / 6) continue;
      own.renewedAt = now;
      this.#replace(own, { state: State.SHARED_RUNS }).catch((error) => this.#report(error));
    }
    if (this.#own.size === 0) return;
    this.#renewing = this.#clock.setTimeout(() => this.#renew(), this.#options.age / 3);
    this.#renewing.unref();
  }

  #after<T>(own: Own, operation: (timeout: number) => Promise<T>): Promise<T> {
    const done = own.last.then(() => this.#run(operation));
    own.last = done.catch(() => undefined);
    return done;
  }

  #run<T>(operation: (timeout: number) => Promise<T>): Promise<T> {
    return this.#store.run({ timeout: this.#options.timeout }, operation);
  }

  #report(error: unknown): void {
    try {
      this.#options.onError?.(error);
    } catch {
      // An error in the callback must not end anything else.
    }
  }
}

const ended = (outcome: Uint8Array): SharedReply["outcome"] => ({
  state: State.SHARED_DONE,
  outcome: outcome as Uint8Array<ArrayBuffer>,
});

function isWrongSequence(error: unknown): boolean {
  return error instanceof JetStreamError && error.code === jetStreamCodes.wrongLastSequence;
}

function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0;
}

function nameOf(owner: Uint8Array): string {
  return `replies.${Buffer.from(owner).toString("hex")}`;
}
