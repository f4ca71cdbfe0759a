// The usual call of a slot: one copy, answered with success. It is a call of the channel below, whose arguments are the session's words
// and the inner message, written where they are sent, and whose result is decoded where it is received.
import { mostGrowth } from "../peer/reply.js";
import type { CallOptions, ChannelCall } from "../rpc/call.js";
import { writeAuthWords, writeCallHeader } from "../rpc/header.js";
import type { Procedure, Program } from "../rpc/program.js";
import { copyOf } from "../xdr/memory.js";
import type { XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";
import type { ClientSession, ClientSlot } from "./client-session.js";
import { SESSION_VERS, session_reply } from "./session.gen.js";

const { call } = SESSION_VERS.procedures;

/** xid, REPLY, MSG_ACCEPTED, a verifier of two words, SUCCESS. */
const replyHeader = 24;

/** Messages of at most so many bytes are kept in memory that the slot's next call uses again. */
const shortMessage = 512;

/** What `decodeDirectly` returns for an answer that the peer has to decode. */
const indirect = Symbol("indirect");

/** The result of a call that was answered with success. */
export class Direct {
  readonly result: unknown;

  constructor(result: unknown) {
    this.result = result;
  }
}

/** The calls of all slots of a channel. */
export interface CallsOfSlots {
  /** A result that may take more than this number of bytes in memory is decoded by the peer, not directly. */
  readonly decodedBytes: number;
  /** The transaction id of the next inner message. */
  nextXid(): number;
  /** The call has its plain answer. */
  settled(one: SlotCall): void;
  /** The answer is another one. Returns the outcome. */
  answeredOtherwise(one: SlotCall, answer: session_reply): Promise<unknown>;
}

const args = { ...call.args, encode: (out: XdrWriter, [one]: readonly unknown[]) => (one as SlotCall).encode(out) };

/** The first copy of a call, and its answer. On a reliable connection the slot's next call uses the object again. */
export class SlotCall implements ChannelCall {
  readonly program: Program = SESSION_VERS;
  readonly procedure: Procedure;
  readonly args: readonly unknown[] = [this];
  options: CallOptions = {};
  readonly #calls: CallsOfSlots;
  readonly session: ClientSession;
  readonly slot: ClientSlot;
  /** True: its outcome is that of the call, perhaps as a promise. False: it is a `Direct` or a `session_reply`. */
  readonly #settles: boolean;
  /** The call as its caller made it, and the words of its credential. */
  request!: ChannelCall;
  words!: Int32Array;
  /** The clock's time at which it was sent. */
  started = 0;
  /** Bytes of the inner message; 0 until it was encoded. */
  #length = 0;
  readonly #room = new Uint8Array(shortMessage);
  readonly #words = new DataView(this.#room.buffer);
  #long: Uint8Array | undefined;

  constructor(calls: CallsOfSlots, session: ClientSession, slot: ClientSlot, settles: boolean) {
    this.#calls = calls;
    this.session = session;
    this.slot = slot;
    this.#settles = settles;
    const result = { ...session_reply, decode: (from: XdrReader) => this.#decode(from) };
    this.procedure = { ...call, args, result } as Procedure;
  }

  begin(request: ChannelCall, words: Int32Array, started: number, options: CallOptions): void {
    this.request = request;
    this.words = words;
    this.started = started;
    this.options = options;
    this.#length = 0;
    this.#long = undefined;
  }

  /** False: its arguments could not be encoded, or nothing was sent at all. */
  get isEncoded(): boolean {
    return this.#length > 0;
  }

  /** A copy of the whole inner CALL message. */
  get message(): Uint8Array {
    return this.#long ?? this.#room.slice(0, this.#length);
  }

  /** The bytes of the inner message in front of its arguments. */
  get argumentsAt(): number {
    return 24 + this.words.length * 4;
  }

  encode(out: XdrWriter): void {
    const { slot } = this;
    const idAt = out.reserve(32);
    const at = idAt + 16;
    const start = out.offset;
    const spliced = out.splicedBytes;
    const xid = this.#calls.nextXid();
    this.#writeMessage(out, xid);
    let length = out.offset - start;
    if (out.splicedBytes !== spliced) {
      // A part of the message is the caller's own memory, which may change.
      out.rewind(start);
      const apart = new XdrWriter();
      this.#writeMessage(apart, xid);
      this.#long = apart.toBytes();
      length = this.#long.length;
      out.writeFixedOpaque(this.#long);
    } else this.#keep(out, start, length);
    const { view } = out;
    const { idWords } = this.session;
    for (let word = 0; word < 4; word++) view.setInt32(idAt + word * 4, idWords[word] as number);
    view.setUint32(at, slot.number);
    view.setUint32(at + 4, slot.sequence);
    view.setUint32(at + 8, slot.settled);
    view.setUint32(at + 12, length);
    this.#length = length;
  }

  #writeMessage(out: XdrWriter, xid: number): void {
    const { program, procedure, args: values } = this.request;
    writeCallHeader(out, xid, program.number, program.version, procedure.number);
    writeAuthWords(out, this.words);
    procedure.args.encode(out, values);
  }

  #keep({ buffer, view }: XdrWriter, start: number, length: number): void {
    if (length > shortMessage) this.#long = copyOf(buffer, start, length);
    else for (let at = 0; at < length; at += 4) this.#words.setInt32(at, view.getInt32(start + at));
  }

  #decode(from: XdrReader): unknown {
    const value = decodeDirectly(this.request.procedure, from, this.#calls.decodedBytes);
    if (!this.#settles) return value === indirect ? session_reply.decode(from) : new Direct(value);
    if (value === indirect) return this.#calls.answeredOtherwise(this, session_reply.decode(from));
    this.#calls.settled(this);
    return value;
  }
}

/** `indirect`, and `from` is where it was: the reply is not a plain success, or its result has to be measured. */
function decodeDirectly({ result }: Procedure, from: XdrReader, mostBytes: number): unknown {
  const at = from.offset;
  const { view, elementsLeft } = from;
  const length = from.left - 8;
  if (length < replyHeader || length * mostGrowth > mostBytes || !isPlainSuccess(view, at, length)) return indirect;
  from.offset = at + 8 + replyHeader;
  try {
    const value = result.decode(from);
    if (from.offset === from.end) return value;
  } catch {
    // The long way reports the error.
  }
  from.offset = at;
  from.depth = 0;
  from.elementsLeft = elementsLeft;
  return indirect;
}

function isPlainSuccess(view: DataView, at: number, length: number): boolean {
  if (view.getUint32(at) !== 0 || view.getUint32(at + 4) !== length || view.getUint32(at + 12) !== 1) return false;
  for (let word = 16; word <= 28; word += 4) if (view.getUint32(at + word) !== 0) return false;
  return true;
}
