// The usual call of a slot: one copy, answered with success. It is a call of the channel below, whose arguments are the session's words
// and the inner message, written where they are sent, and whose result is decoded where it is received.
import { mostGrowth } from "../peer/reply.js";
import type { CallOptions, ChannelCall } from "../rpc/call.js";
import type { Procedure, Program } from "../rpc/program.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { ClientSession, ClientSlot } from "./client-session.js";
import { KeptMessage } from "./kept-message.js";
import { SESSION_VERS, session_reply } from "./session.gen.js";

const { call } = SESSION_VERS.procedures;

/** xid, REPLY, MSG_ACCEPTED, a verifier of two words, SUCCESS. */
const replyHeader = 24;

/** What `decodeDirectly` returns for an answer that the peer has to decode. */
const indirect = Symbol("indirect");

/** The calls of all slots of a channel. */
export interface CallsOfSlots {
  /** A result that may take more than this number of bytes in memory is decoded by the peer, not directly. */
  readonly decodedBytes: number;
  /** The transaction id of the next inner message. */
  nextXid(): number;
  /** The call has its plain answer. */
  settled(one: SlotCall): void;
  /** The first copy has no plain answer: the peer and a Run take the call over. Returns the outcome. */
  resume(one: SlotCall, answer: Promise<unknown>): Promise<unknown>;
}

/** A call that has waited for a slot. */
export interface Waited {
  readonly kept: KeptMessage;
  readonly spent: number;
  readonly resolve: (outcome: unknown) => void;
}

const args = { ...call.args, encode: (out: XdrWriter, [one]: readonly unknown[]) => (one as SlotCall).encode(out) };

/** The first copy of a call, and its answer. */
export abstract class SlotCall implements ChannelCall {
  readonly program: Program = SESSION_VERS;
  readonly procedure: Procedure;
  readonly args: readonly unknown[] = [this];
  options: CallOptions = {};
  protected readonly calls: CallsOfSlots;
  readonly session: ClientSession;
  readonly slot: ClientSlot;
  /** The call as its caller made it, and the words of its credential. */
  request!: ChannelCall;
  words!: Int32Array;
  /** The clock's time at which it was sent. */
  started = 0;
  /** False: its arguments could not be encoded, or nothing was sent at all. */
  isWritten = false;
  /** Milliseconds that the call has taken before. */
  spent = 0;
  /** The inner message, when it was encoded. */
  kept: KeptMessage;
  readonly #own = new KeptMessage();
  /** The call has waited for its slot: this gets its outcome, and nobody waits for that of the first copy. */
  waited: Waited | undefined;

  constructor(calls: CallsOfSlots, session: ClientSession, slot: ClientSlot) {
    this.calls = calls;
    this.session = session;
    this.slot = slot;
    this.kept = this.#own;
    const result = { ...session_reply, decode: (from: XdrReader) => this.#decode(from) };
    this.procedure = { ...call, args, result } as Procedure;
  }

  /** `waited`: the call has waited for the slot, and its message was encoded before. */
  begin(request: ChannelCall, words: Int32Array, started: number, options: CallOptions, waited?: Waited): void {
    this.request = request;
    this.words = words;
    this.started = started;
    this.options = options;
    this.waited = waited;
    this.spent = waited?.spent ?? request.spent ?? 0;
    this.kept = waited?.kept ?? this.#own;
    if (waited === undefined) this.#own.forget();
    this.isWritten = false;
  }

  /** Called with its result if it was answered with success. Returns the outcome of the copy. */
  protected abstract succeeded(result: unknown): unknown;

  /** Called with another answer. Returns the outcome of the copy. */
  protected abstract answered(reply: session_reply): unknown;

  encode(out: XdrWriter): void {
    const { slot, kept } = this;
    const idAt = out.reserve(32);
    const at = idAt + 16;
    if (kept.length > 0) kept.writeTo(out);
    else kept.encode(out, this.request, this.words, this.calls.nextXid());
    const { view } = out;
    const { idWords } = this.session;
    for (let word = 0; word < 4; word++) view.setInt32(idAt + word * 4, idWords[word] as number);
    view.setUint32(at, slot.number);
    view.setUint32(at + 4, slot.sequence);
    view.setUint32(at + 8, slot.settled);
    view.setUint32(at + 12, kept.length);
    this.isWritten = true;
  }

  #decode(from: XdrReader): unknown {
    const value = decodeDirectly(this.request.procedure, from, this.calls.decodedBytes);
    if (value !== indirect) return this.succeeded(value);
    const reply = session_reply.decode(from);
    // Nothing after this may fail the copy, which has its outcome then.
    from.finish();
    return this.answered(reply);
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
