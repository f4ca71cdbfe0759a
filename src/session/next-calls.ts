// The usual call of a session: the next one of its slot, alone in it. It is served where it lies in the outer call's message. All
// others are left to sessions.ts.
import { isWatched, serverCall } from "../peer/diagnostics.js";
import type { Admitted } from "../rpc/auth.js";
import type { CallMessage } from "../rpc/served-header.js";
import type { ServedProcedure } from "../server/programs.js";
import type { Reception } from "../server/reception.js";
import type { Within } from "../server/within.js";
import type { XdrReader } from "../xdr/reader.js";
import { crcOf } from "./fingerprint.js";
import { type Keeping, LoggedCall } from "./logged-call.js";
import { carriesCalls } from "./message.js";
import { NextCall } from "./next-call.js";
import type { Session, SessionStats, Slot } from "./session.js";
import type { SessionTable } from "./session-table.js";

/** The arguments of SESSION_CALL: where its words are, and where the inner message begins. */
const slotAt = 16;
const sequenceAt = 20;
const settledAt = 24;
const lengthAt = 28;
const messageAt = 32;

/** xid, CALL, rpcvers, program, version, procedure, credential, verifier. */
const shortestCall = 40;

/** Answers the usual calls of the sessions of one server. */
export class NextCalls {
  readonly #table: SessionTable;
  readonly #stats: SessionStats;
  readonly #mostBytes: number;
  readonly #keeping: Keeping | undefined;

  /** `mostBytes`: with more bytes of kept replies, calls are refused elsewhere. `keeping`: where else than in memory they are kept. */
  constructor(table: SessionTable, stats: SessionStats, mostBytes: number, keeping?: Keeping) {
    this.#table = table;
    this.#stats = stats;
    this.#mostBytes = mostBytes;
    this.#keeping = keeping;
  }

  readonly takeOver = (within: Within, { datagramReply }: ServedProcedure): NonNullable<ServedProcedure["take"]> => {
    return (at, header, admitted, from) => this.#take(within, at as Reception, header, admitted, from, datagramReply);
  };

  #take(
    within: Within,
    at: Reception,
    { xid }: CallMessage,
    admitted: Admitted,
    from: XdrReader,
    datagramReply: number,
  ): boolean {
    const { offset: start, view, end } = from;
    const message = start + messageAt;
    const length = end - message;
    if (length < shortestCall || view.getUint32(start + lengthAt) !== length || admitted.seal !== undefined)
      return false;
    if (carriesCalls(view.getUint32(message + 12)) || isWatched(serverCall)) return false;
    if (this.#table.bytes > this.#mostBytes || at.flow.refusal(length) !== undefined) return false;
    if (this.#keeping?.ledger.failing === true) return false;
    const session = this.#table.find(view, start, admitted.identity);
    const number = view.getUint32(start + slotAt);
    const slot = session?.slots.at(number);
    if (session === undefined || slot === undefined || slot.running !== undefined) return false;
    // Restored: its host has to be found out.
    if (session.host === "") return false;
    const sequence = view.getUint32(start + sequenceAt);
    if (sequence <= slot.sequence || view.getUint32(start + settledAt) > slot.sequence) return false;
    this.#table.touch(session);
    const call = this.#callOf(within, at, session, number, datagramReply);
    call.remember();
    slot.sequence = sequence;
    slot.fingerprint.length = length;
    slot.fingerprint.crc = crcOf(view, message, end);
    this.#table.keep(slot, undefined);
    this.#stats.runs++;
    session.used = true;
    from.offset = message;
    call.serve(xid, view.getUint32(message), from);
    return true;
  }

  #callOf(within: Within, at: Reception, session: Session, number: number, datagramReply: number): NextCall {
    const slot = session.slots.at(number) as Slot;
    const known = slot.call as NextCall | undefined;
    if (known?.isFreeFor(at) === true) return known;
    const most = at.connection.info.reliable ? Number.POSITIVE_INFINITY : datagramReply;
    const place = { table: this.#table, session, slot, number, most };
    const call =
      this.#keeping === undefined ? new NextCall(within, at, place) : new LoggedCall(within, at, place, this.#keeping);
    slot.call = call;
    return call;
  }
}
