// The calls of a slot, one after the other, in a session that a log keeps: the log has the outcome before the client has the reply,
// and the intent before the call runs, unless each call is a transaction. Nothing here waits for a promise.
import type { Transaction } from "../rpc/call.js";
import type { Reception } from "../server/reception.js";
import type { Within } from "../server/within.js";
import type { MessageWriter } from "../transport/connection.js";
import { copyOf } from "../xdr/memory.js";
import { XdrReader } from "../xdr/reader.js";
import type { QuickLedger } from "./ledger.js";
import { isSuccess } from "./message.js";
import { NextCall, type SlotPlace } from "./next-call.js";
import { intentRecord, type LogRecord, outcomeRecord } from "./replay.js";
import { session_stat as Stat } from "./session.gen.js";
import type { CallRecord, Slot } from "./session.js";
import type { StateKeeper, Turn } from "./state-keeper.js";

/** The storage of the sessions of one server, beside its memory. */
export interface Keeping {
  readonly ledger: QuickLedger;
  readonly state: StateKeeper;
  /** Each call is a transaction: without an outcome it has changed nothing. */
  readonly transactional: boolean;
  /** Counts a call that was refused. */
  refused(call: Reception): void;
}

const noWrites: ReturnType<Turn["writes"]> = [];

export class LoggedCall extends NextCall {
  readonly #keeping: Keeping;
  #before: Pick<Slot, "sequence" | "fingerprint" | "reply"> | undefined;
  #turn: Turn | undefined;
  /** Bytes of the message, which the connection's limits count until the reply is sent. */
  #bytes = 0;

  constructor(within: Within, outer: Reception, place: SlotPlace, keeping: Keeping) {
    super(within, outer, place);
    this.#keeping = keeping;
  }

  override get transaction(): Transaction {
    this.#turn ??= this.#keeping.state.begin();
    return this.#turn.transaction;
  }

  override remember(): void {
    if (this.#keeping.transactional) return;
    const { sequence, fingerprint, reply } = this.place.slot;
    this.#before = { sequence, fingerprint: { ...fingerprint }, reply };
  }

  override serve(outerXid: number, innerXid: number, from: XdrReader): void {
    this.begins(outerXid, innerXid);
    this.runs();
    this.#turn = undefined;
    this.#bytes = from.left;
    this.outer.flow.begin(this.#bytes);
    if (this.#keeping.transactional) this.run(from);
    else this.#logIntent(from);
  }

  #logIntent({ buffer, offset, left, limits, lenient }: XdrReader): void {
    const message = copyOf(buffer, offset, left);
    this.#keeping.ledger.put({
      record: intentRecord(this.#record),
      written: () => this.run(new XdrReader(message, lenient === undefined ? { limits } : { limits, lenient })),
      failed: () => this.#refuse(),
    });
  }

  get #record(): CallRecord {
    const { session, slot } = this.place;
    const { length, crc } = slot.fingerprint;
    return { id: session.id, slot: this.place.number, sequence: slot.sequence, length, crc };
  }

  /** The intent could not be logged: the call did not run. */
  #refuse(): void {
    const { slot, table } = this.place;
    if (this.#before !== undefined) {
      slot.sequence = this.#before.sequence;
      slot.fingerprint = this.#before.fingerprint;
      table.keep(slot, this.#before.reply);
    }
    this.isAnswered = true;
    this.#keeping.refused(this.outer);
    this.sendStatus(Stat.SESSION_REFUSED);
    this.over({ status: Stat.SESSION_REFUSED });
    this.outer.flow.end(this.#bytes);
  }

  override send<T>(write: MessageWriter<T>, value: T): boolean {
    if (this.isAnswered) return true;
    const reply = this.within.written(write, value);
    this.isAnswered = true;
    const turn = this.#turn;
    const writes = turn !== undefined && isSuccess(reply) ? turn.writes() : noWrites;
    this.#keeping.ledger.put(new Ending(this, outcomeRecord({ call: this.#record, reply, writes }), reply));
    turn?.end(writes);
    return true;
  }

  /** The outcome is in the log. */
  logged(reply: Uint8Array): void {
    this.sendWritten(reply);
    this.ended(reply);
    this.outer.flow.end(this.#bytes);
  }
}

/** An outcome on its way to the log. */
class Ending {
  readonly #call: LoggedCall;
  readonly record: LogRecord;
  readonly #reply: Uint8Array;

  constructor(call: LoggedCall, record: LogRecord, reply: Uint8Array) {
    this.#call = call;
    this.record = record;
    this.#reply = reply;
  }

  written(): void {
    this.#call.logged(this.#reply);
  }
}
