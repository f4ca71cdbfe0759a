// The calls of a slot, one after the other, in a session that is only in memory. Their connection is that of the outer call, and so is
// their part of the limits. A reply is written where it is sent.
import { AcceptStat, writePlainReplyHeader } from "../rpc/header.js";
import type { Reception } from "../server/reception.js";
import { InnerCall, type Within } from "../server/within.js";
import type { MessageWriter } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import { copyOf } from "../xdr/memory.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import { session_stat as Stat, type session_reply } from "./session.gen.js";
import type { CallInSlot, Session, Slot } from "./session.js";
import type { SessionTable } from "./session-table.js";
import { isUsual, type Usual, usualAt, usualHeader } from "./usual-header.js";

/** Replies of at most this number of bytes are kept in a buffer that the slot's next reply uses again. */
const shortReply = 512;

/** A slot, and where it is. */
export interface SlotPlace {
  readonly table: SessionTable;
  readonly session: Session;
  readonly slot: Slot;
  /** The slot's number in its session. */
  readonly number: number;
  /** The longest reply to the outer call. */
  readonly most: number;
}

export class NextCall extends InnerCall implements CallInSlot {
  protected readonly within: Within;
  protected readonly outer: Reception;
  protected readonly place: SlotPlace;
  /** The transaction ids of the outer and of the inner call. */
  #outerXid = 0;
  #innerXid = 0;
  #write: MessageWriter<unknown> = writeSilent;
  #value: unknown;
  /** The reply, from the time when it was written. */
  #kept: Uint8Array | undefined;
  /** The inner call has a reply. */
  protected isAnswered = false;
  /** Handlers and other work that take time. */
  #underway = 0;
  #copies: { readonly outcome: Promise<session_reply>; readonly resolve: (reply: session_reply) => void } | undefined;
  /** The last short reply, in memory that is used again. */
  #short = new Uint8Array(0);
  #usual: Usual | undefined;
  #shortWords = new DataView(this.#short.buffer);

  constructor(within: Within, outer: Reception, place: SlotPlace) {
    super(within, outer.remote, outer.channel);
    this.within = within;
    this.outer = outer;
    this.place = place;
  }

  /** Whether it can serve a call over this connection. */
  isFreeFor(outer: Reception): boolean {
    return outer === this.outer && this.#underway === 0;
  }

  /** Called before the slot is changed for a call. */
  remember(): void {}

  /** Serves the message that `from` has. If its handler takes time, copies of the call wait for the reply. */
  serve(outerXid: number, innerXid: number, from: XdrReader): void {
    this.begins(outerXid, innerXid);
    this.#serve(from);
    if (this.isAnswered) return;
    if (this.#underway === 0) this.#sendSilent();
    else this.runs();
  }

  protected begins(outerXid: number, innerXid: number): void {
    this.#outerXid = outerXid;
    this.#innerXid = innerXid;
    this.isAnswered = false;
  }

  /** Copies wait for the reply from now on. */
  protected runs(): void {
    this.place.session.running++;
    this.place.slot.running = this;
  }

  /** Runs the inner call, of which `from` has the message. */
  protected run(from: XdrReader): void {
    this.#serve(from);
    if (!this.isAnswered && this.#underway === 0) this.#sendSilent();
  }

  #serve(from: XdrReader): void {
    const { view, offset } = from;
    const usual = this.#usual;
    if (usual === undefined || !isUsual(usual, this, view, offset)) {
      this.#usual = usualAt(this, view, offset);
      this.within.serve(this, from);
      return;
    }
    from.offset += usualHeader;
    this.message.xid = view.getUint32(offset);
    this.within.serveFound(this, usual, from);
  }

  copies(): Promise<session_reply> {
    if (this.#copies === undefined) {
      let resolve: (reply: session_reply) => void = () => {};
      const outcome = new Promise<session_reply>((settle) => {
        resolve = settle;
      });
      this.#copies = { outcome, resolve };
    }
    return this.#copies.outcome;
  }

  override send<T>(write: MessageWriter<T>, value: T): boolean {
    if (this.isAnswered) return true;
    this.#write = write as MessageWriter<unknown>;
    this.#value = value;
    this.#kept = undefined;
    const failure = this.#sendOuter();
    // It was written in pieces, or could not be sent. If it cannot be encoded, this throws again.
    this.#kept ??= this.within.written(write, value);
    this.isAnswered = true;
    this.ended(this.#kept);
    this.#refuseIfTooLong(failure);
    return true;
  }

  /** Sends a reply that was written before. */
  protected sendWritten(reply: Uint8Array): void {
    this.#write = writeBytes;
    this.#value = reply;
    this.#refuseIfTooLong(this.#sendOuter());
  }

  /** @returns why it was not sent. */
  #sendOuter(): unknown {
    try {
      if (!this.outer.connection.send(writeWhole, this)) this.outer.congested();
      return undefined;
    } catch (error) {
      return error;
    }
  }

  #refuseIfTooLong(failure: unknown): void {
    if (!(failure instanceof TransportError && failure.code === "TRANSPORT_MESSAGE_TOO_LONG")) return;
    this.outer.failed(failure);
    this.within.parts.sendRefusal(this.outer, this.#outerXid, undefined, { kind: "system-error" });
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
    const { most } = this.place;
    if (inner - start + length > most) throw tooLong(inner - start + length, most);
    if (this.#write !== writeBytes && out.splicedBytes === spliced) this.#kept = this.#copy(out, inner, length);
  }

  /** Sends SESSION_REFUSED or another status without a reply. */
  protected sendStatus(status: number): void {
    try {
      const write = (out: XdrWriter): void => {
        writePlainReplyHeader(out, this.#outerXid, AcceptStat.SUCCESS);
        out.writeWord(status);
      };
      if (!this.outer.connection.send(write, undefined)) this.outer.congested();
    } catch (error) {
      if (!(error instanceof TransportError)) this.outer.failed(error);
    }
  }

  /** Copies a reply. A repetition of a slow call may still need it when the slot's next call has been answered. */
  #copy({ buffer, view }: XdrWriter, start: number, length: number): Uint8Array {
    if (this.#underway > 0 || length > shortReply || length % 4 !== 0) return copyOf(buffer, start, length);
    if (this.#short.length !== length) {
      this.#short = new Uint8Array(length);
      this.#shortWords = new DataView(this.#short.buffer);
    }
    const words = this.#shortWords;
    for (let at = 0; at < length; at += 4) words.setInt32(at, view.getInt32(start + at));
    return this.#short;
  }

  override refusal(bytes: number): string | undefined {
    return this.outer.flow.refusal(bytes);
  }

  override lateRefusal(expected: number): string | undefined {
    return this.outer.flow.lateRefusal(expected);
  }

  override begin(bytes?: number, expected?: number): void {
    this.#underway++;
    this.outer.flow.begin(bytes, expected);
  }

  override end(bytes?: number, expected?: number): void {
    this.outer.flow.end(bytes, expected);
    if (--this.#underway === 0 && !this.isAnswered) this.#sendSilent();
  }

  /** The handler sends no reply, but the slot needs one. */
  #sendSilent(): void {
    this.send(writeSilent, this.#innerXid);
  }

  /** The slot keeps the reply, and may have its next call. */
  protected ended(reply: Uint8Array): void {
    this.place.table.keep(this.place.slot, reply);
    this.over({ status: Stat.SESSION_OK, message: reply as Uint8Array<ArrayBuffer> });
  }

  /** The slot is free. */
  protected over(answer: session_reply): void {
    const { slot, session, table } = this.place;
    if (slot.running !== this) return;
    slot.running = undefined;
    session.running--;
    table.touch(session);
    table.relieve();
    this.#copies?.resolve(answer);
    this.#copies = undefined;
  }
}

function writeWhole(out: XdrWriter, call: NextCall): void {
  call.write(out);
}

function writeBytes(out: XdrWriter, reply: unknown): void {
  out.writeBytes(reply as Uint8Array);
}

function writeSilent(out: XdrWriter, xid: unknown): void {
  writePlainReplyHeader(out, xid as number, AcceptStat.SYSTEM_ERR);
}

function tooLong(bytes: number, most: number): TransportError {
  const limit = `over UDP at most ${most} are sent`;
  return new TransportError("TRANSPORT_MESSAGE_TOO_LONG", `the reply has ${bytes} bytes, and ${limit}`);
}
