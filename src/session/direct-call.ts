// The usual case of a call in a session: one copy, answered with success. It is one call of the channel below, whose arguments are
// the session's words and the inner message, and whose result is decoded in place. Everything else goes the long way, in
// channel.ts, with the first copy already sent.

import { defaultDecodedBytes, mostGrowth } from "../peer/reply.js";
import type { ChannelCall } from "../rpc/call.js";
import { AcceptStat, writeAuthWords, writeCallHeader } from "../rpc/header.js";
import type { Procedure } from "../rpc/program.js";
import { randomXid } from "../rpc/xid.js";
import type { XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";
import type { ClientSession, ClientSlot } from "./client-session.js";
import { plainReply } from "./message.js";
import { SESSION_VERS, session_reply } from "./session.gen.js";

const { call } = SESSION_VERS.procedures;

/** xid, REPLY, MSG_ACCEPTED, a verifier of two words, SUCCESS. */
const replyHeader = 24;

/** The first copy of a call. */
export interface FirstCopy {
  /** The call as its caller made it. */
  readonly request: ChannelCall;
  readonly session: ClientSession;
  readonly slot: ClientSlot;
  /** The whole inner CALL message. */
  readonly message: Uint8Array;
  /** The clock's time at which it was sent. */
  readonly started: number;
  /** Its answer: a `Direct`, or a `session_reply`. */
  answer: Promise<unknown>;
}

/** The bytes of a CALL message in front of its arguments. */
const callHeader = 24;

/** The result of a call that was answered with success. */
export class Direct {
  readonly result: unknown;

  constructor(result: unknown) {
    this.result = result;
  }
}

/** Writes inner messages, and makes the procedures whose results are decoded in place. */
export class DirectCalls {
  readonly #decodedBytes: number;
  readonly #writer = new XdrWriter();
  readonly #procedures = new WeakMap<Procedure, Procedure>();
  #xid = randomXid();

  /** `decodedBytes`: results that may take more memory go the long way. */
  constructor(decodedBytes = defaultDecodedBytes) {
    this.#decodedBytes = decodedBytes;
  }

  /** The whole CALL message. @throws XdrError if the arguments cannot be encoded. */
  message({ program, procedure, args }: ChannelCall, auth: Int32Array): Uint8Array {
    const out = this.#writer;
    this.#xid = (this.#xid + 1) >>> 0;
    try {
      writeCallHeader(out, this.#xid, program.number, program.version, procedure.number);
      writeAuthWords(out, auth);
      procedure.args.encode(out, args);
      return out.toBytes();
    } finally {
      out.reset();
      if (out.buffer.length > 65_536) out.replaceBuffer(Buffer.allocUnsafeSlow(1024));
    }
  }

  /** SESSION_CALL with a FirstCopy as its argument. The result is a `Direct`, or a `session_reply` if that is not possible. */
  procedureFor(procedure: Procedure): Procedure {
    let direct = this.#procedures.get(procedure);
    if (direct === undefined) {
      const { shape } = call.args;
      const decode = (from: XdrReader): unknown =>
        decodeDirectly(procedure, from, this.#decodedBytes) ?? session_reply.decode(from);
      direct = { ...call, args: { ...call.args, shape, encode }, result: { ...session_reply, decode } } as Procedure;
      this.#procedures.set(procedure, direct);
    }
    return direct;
  }
}

/**
 * The same call for the long way, after its first copy was sent: with the arguments of that copy, because the caller may have
 * changed its values meanwhile, and with the result of that copy if it is answered after all.
 */
export function resumed({ request, message, answer, started }: FirstCopy, words: number, now: number) {
  const { procedure, options, spent = 0 } = request;
  const { semantics: _, ...others } = options;
  const args = message.subarray(callHeader + words * 4);
  let direct: Direct | undefined;
  const encode = (out: XdrWriter): void => out.writeBytes(args);
  const decode = (from: XdrReader): unknown => {
    if (direct === undefined) return procedure.result.decode(from);
    from.take(from.left);
    return direct.result;
  };
  const again = { ...procedure, args: { ...procedure.args, encode }, result: { ...procedure.result, decode } };
  return {
    request: { ...request, procedure: again as Procedure, options: others, spent: spent + now - started },
    answer: answer.then((one): session_reply => {
      if (!(one instanceof Direct)) return one as session_reply;
      direct = one;
      return { status: 0, message: plainReply(0, AcceptStat.SUCCESS) };
    }),
  };
}

function encode(out: XdrWriter, [copy]: readonly unknown[]): void {
  const { session, slot, message } = copy as FirstCopy;
  out.writeFixedOpaque(session.id);
  const at = out.reserve(12);
  const { view } = out;
  view.setUint32(at, slot.number);
  view.setUint32(at + 4, slot.sequence);
  view.setUint32(at + 8, slot.settled);
  out.writeOpaque(message, 0xffff_ffff);
}

/** Undefined, and `from` is where it was: the reply is not a plain success, or its result has to be measured. */
function decodeDirectly({ result }: Procedure, from: XdrReader, mostBytes: number): Direct | undefined {
  const at = from.offset;
  const { view, elementsLeft } = from;
  const length = from.left - 8;
  if (length < replyHeader || length * mostGrowth > mostBytes || !isPlainSuccess(view, at, length)) {
    return undefined;
  }
  from.offset = at + 8 + replyHeader;
  try {
    const value = result.decode(from);
    if (from.offset === from.end) return new Direct(value);
  } catch {
    // The long way reports the error.
  }
  from.offset = at;
  from.depth = 0;
  from.elementsLeft = elementsLeft;
  return undefined;
}

function isPlainSuccess(view: DataView, at: number, length: number): boolean {
  if (view.getUint32(at) !== 0 || view.getUint32(at + 4) !== length || view.getUint32(at + 12) !== 1) return false;
  for (let word = 16; word <= 28; word += 4) if (view.getUint32(at + word) !== 0) return false;
  return true;
}
