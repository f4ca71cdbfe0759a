// The usual call of a session in memory: the next one of its slot, alone in it. It is served where it lies in the outer call's
// message, and its reply is written where it is sent. All others are left to sessions.ts.
import { isWatched, serverCall } from "../peer/diagnostics.js";
import type { Admitted } from "../rpc/auth.js";
import { AcceptStat, writePlainReplyHeader } from "../rpc/header.js";
import type { CallMessage } from "../rpc/served-header.js";
import type { ServedProcedure } from "../server/programs.js";
import type { Reception } from "../server/reception.js";
import { InnerCall, type Within } from "../server/within.js";
import type { MessageWriter } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import { copyOf } from "../xdr/memory.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import { fingerprintOf } from "./fingerprint.js";
import { carriesCalls } from "./message.js";
import { session_stat as Stat, type session_reply } from "./session.gen.js";
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

  /** `mostBytes`: with more bytes of kept replies, calls are refused elsewhere. */
  constructor(table: SessionTable, stats: SessionStats, mostBytes: number) {
    this.#table = table;
    this.#stats = stats;
    this.#mostBytes = mostBytes;
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
    const { offset: start, view, buffer, end } = from;
    const message = start + messageAt;
    const length = end - message;
    if (length < shortestCall || view.getUint32(start + lengthAt) !== length || admitted.seal !== undefined)
      return false;
    if (carriesCalls(view.getUint32(message + 12)) || isWatched(serverCall)) return false;
    if (this.#table.bytes > this.#mostBytes || at.flow.refusal(length) !== undefined) return false;
    const session = this.#table.find(buffer, start, admitted.identity);
    const slot = session?.slots[view.getUint32(start + slotAt)];
    if (session === undefined || slot === undefined || slot.running !== undefined) return false;
    const sequence = view.getUint32(start + sequenceAt);
    if (sequence <= slot.sequence || view.getUint32(start + settledAt) > slot.sequence) return false;
    this.#table.touch(session);
    slot.sequence = sequence;
    slot.fingerprint = fingerprintOf(buffer, message, end);
    this.#table.keep(slot, undefined);
    this.#stats.runs++;
    session.used = true;
    from.offset = message;
    let call = slot.call as NextCall | undefined;
    if (call?.isFreeFor(at) !== true) {
      const most = at.connection.info.reliable ? Number.POSITIVE_INFINITY : datagramReply;
      call = new NextCall(this.#table, within, at, session, slot, most);
      slot.call = call;
    }
    call.serve(xid, view.getUint32(message), from);
    return true;
  }
}

/** Replies of at most so many bytes are kept in memory that the slot's next reply uses again. */
const shortReply = 512;

/** The calls of a slot, one after the other. Their connection is that of the outer call, and so is their part of the limits. */
class NextCall extends InnerCall {
  readonly #table: SessionTable;
  readonly #server: Within;
  readonly #outer: Reception;
  /** The transaction ids of the outer and of the inner call. */
  #outerXid = 0;
  #innerXid = 0;
  readonly #session: Session;
  readonly #slot: Slot;
  /** The longest reply to the outer call. */
  readonly #mostBytes: number;
  #write: MessageWriter<unknown> = writeSilent;
  #value: unknown;
  /** The reply, from the time when it was written. */
  #kept: Uint8Array | undefined;
  #isAnswered = false;
  /** Handlers and other work that take time. */
  #underway = 0;
  #tellCopies: ((reply: session_reply) => void) | undefined;
  /** The last short reply, in memory that is used again. */
  #short = new Uint8Array(0);

  constructor(table: SessionTable, within: Within, outer: Reception, session: Session, slot: Slot, mostBytes: number) {
    super(within, outer.remote, outer.channel);
    this.#table = table;
    this.#server = within;
    this.#outer = outer;
    this.#session = session;
    this.#slot = slot;
    this.#mostBytes = mostBytes;
  }

  /** Whether it can serve a call over this connection. */
  isFreeFor(outer: Reception): boolean {
    return outer === this.#outer && this.#underway === 0;
  }

  /** Serves the message that `from` has. If its handler takes time, copies of the call wait for the reply. */
  serve(outerXid: number, innerXid: number, from: XdrReader): void {
    this.#outerXid = outerXid;
    this.#innerXid = innerXid;
    this.#isAnswered = false;
    this.#server.serve(this, from);
    if (this.#isAnswered) return;
    if (this.#underway === 0) {
      this.#sendSilent();
      return;
    }
    this.#session.running++;
    this.#slot.running = new Promise((resolve) => {
      this.#tellCopies = resolve;
    });
  }

  override send<T>(write: MessageWriter<T>, value: T): boolean {
    if (this.#isAnswered) return true;
    this.#write = write as MessageWriter<unknown>;
    this.#value = value;
    this.#kept = undefined;
    const { connection } = this.#outer;
    let failure: unknown;
    try {
      if (!connection.send(writeWhole, this)) this.#outer.congested();
    } catch (error) {
      failure = error;
    }
    // It was written in pieces, or could not be sent. If it cannot be encoded, this throws again.
    this.#kept ??= this.#server.written(write, value);
    this.#ended(this.#kept);
    if (failure instanceof TransportError && failure.code === "TRANSPORT_MESSAGE_TOO_LONG") this.#refuse(failure);
    return true;
  }

  /** Writes the reply to the outer call, with the inner one in it. */
  write(out: XdrWriter): void {
    const start = out.offset;
    const spliced = out.splicedBytes;
    writePlainReplyHeader(out, this.#outerXid, AcceptStat.SUCCESS);
    const at = out.reserve(8);
    const inner = out.offset;
    this.#write(out, this.#value);
    const length = out.offset - inner + out.splicedBytes - spliced;
    out.view.setUint32(at, Stat.SESSION_OK);
    out.view.setUint32(at + 4, length);
    if (inner - start + length > this.#mostBytes) throw tooLong(inner - start + length, this.#mostBytes);
    if (out.splicedBytes === spliced) this.#kept = this.#copy(out.buffer, inner, length);
  }

  /** Copies of a call that takes time may still need its reply when the next call of the slot is answered. */
  #copy(from: Uint8Array, start: number, length: number): Uint8Array {
    if (this.#underway > 0 || length > shortReply) return copyOf(from, start, length);
    if (this.#short.length !== length) this.#short = new Uint8Array(length);
    for (let at = 0; at < length; at++) this.#short[at] = from[start + at] as number;
    return this.#short;
  }

  override refusal(bytes: number): string | undefined {
    return this.#outer.flow.refusal(bytes);
  }

  override lateRefusal(expected: number): string | undefined {
    return this.#outer.flow.lateRefusal(expected);
  }

  override begin(bytes?: number, expected?: number): void {
    this.#underway++;
    this.#outer.flow.begin(bytes, expected);
  }

  override end(bytes?: number, expected?: number): void {
    this.#outer.flow.end(bytes, expected);
    if (--this.#underway === 0 && !this.#isAnswered) this.#sendSilent();
  }

  /** The handler sends no reply, but the slot needs one. */
  #sendSilent(): void {
    this.send(writeSilent, this.#innerXid);
  }

  #ended(reply: Uint8Array): void {
    if (this.#isAnswered) return;
    this.#isAnswered = true;
    this.#table.keep(this.#slot, reply);
    if (this.#tellCopies === undefined) return;
    this.#slot.running = undefined;
    this.#session.running--;
    this.#table.touch(this.#session);
    this.#tellCopies({ status: Stat.SESSION_OK, message: reply as Uint8Array<ArrayBuffer> });
    this.#tellCopies = undefined;
  }

  #refuse(why: TransportError): void {
    this.#outer.failed(why);
    this.#server.parts.sendRefusal(this.#outer, this.#outerXid, undefined, { kind: "system-error" });
  }
}

function writeWhole(out: XdrWriter, call: NextCall): void {
  call.write(out);
}

function writeSilent(out: XdrWriter, xid: unknown): void {
  writePlainReplyHeader(out, xid as number, AcceptStat.SYSTEM_ERR);
}

function tooLong(bytes: number, most: number): TransportError {
  const limit = `over UDP at most ${most} are sent`;
  return new TransportError("TRANSPORT_MESSAGE_TOO_LONG", `the reply has ${bytes} bytes, and ${limit}`);
}
