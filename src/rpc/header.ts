// The messages of RFC 5531 section 9 as a client writes and reads them (for a server, see served-header.ts). Written by
// hand for speed, because every call uses it; test/conformance compares it with the codecs that we compile from the
// RFC's own description, message.x. Only the bodies of credentials are allocated here.
import { randomWord } from "../base/random.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import { maxAuthBody, type OpaqueAuth } from "./auth.js";

export const rpcVersion = 2;
export const MessageType = { CALL: 0, REPLY: 1 } as const;
export const ReplyStat = { MSG_ACCEPTED: 0, MSG_DENIED: 1 } as const;
export const AcceptStat = {
  SUCCESS: 0,
  PROG_UNAVAIL: 1,
  PROG_MISMATCH: 2,
  PROC_UNAVAIL: 3,
  GARBAGE_ARGS: 4,
  SYSTEM_ERR: 5,
} as const;
/**
 * The accept status of a message in which a server says that it closes the connection, and that calls without a reply did not run.
 * Its transaction id is that of no call. See docs/reference/protocol.md.
 */
export const leavingStat = 36;
export const RejectStat = { RPC_MISMATCH: 0, AUTH_ERROR: 1 } as const;

/** AUTH_NONE with an empty body. */
export const noAuth: OpaqueAuth = Object.freeze({ flavor: 0, body: new Uint8Array(0) });

/** xid, CALL, rpcvers, program, version, procedure. */
export function writeCallHeader(
  out: XdrWriter,
  xid: number,
  program: number,
  version: number,
  procedure: number,
): void {
  const at = out.reserve(24);
  const view = out.view;
  view.setUint32(at, xid);
  view.setUint32(at + 4, MessageType.CALL);
  view.setUint32(at + 8, rpcVersion);
  view.setUint32(at + 12, program);
  view.setUint32(at + 16, version);
  view.setUint32(at + 20, procedure);
}

/** Credential and verifier, encoded by `encodeAuthWords` (write-auth.ts). */
export function writeAuthWords(out: XdrWriter, words: Int32Array): void {
  const length = words.length;
  const at = out.reserve(length * 4);
  const view = out.view;
  for (let i = 0; i < length; i++) view.setInt32(at + i * 4, words[i] as number);
}

/** xid, REPLY, MSG_ACCEPTED, an empty AUTH_NONE verifier, the status; results come next. */
export function writePlainReplyHeader(out: XdrWriter, xid: number, acceptStat: number): void {
  const at = out.reserve(24);
  const view = out.view;
  view.setUint32(at, xid);
  view.setUint32(at + 4, MessageType.REPLY);
  view.setUint32(at + 8, ReplyStat.MSG_ACCEPTED);
  view.setUint32(at + 12, 0);
  view.setUint32(at + 16, 0);
  view.setUint32(at + 20, acceptStat);
}

/** The position of a credential or a verifier in a received message. */
export interface AuthSpan {
  flavor: number;
  /** The body is `[start, start + length)`. */
  start: number;
  length: number;
}

/** Moves `from` past a credential or a verifier. */
export function readAuthSpan(from: XdrReader, into: AuthSpan): "ok" | "short" | "long" {
  const at = from.offset;
  if (from.end - at < 8) return "short";
  into.flavor = from.view.getUint32(at);
  const length = from.view.getUint32(at + 4);
  if (length > maxAuthBody) return "long";
  into.start = at + 8;
  into.length = length;
  const next = at + 8 + ((length + 3) & ~3);
  if (next > from.end) return "short";
  from.offset = next;
  return "ok";
}

/** The body of a credential or a verifier as a view of the message. */
export function viewAuth(from: XdrReader, span: AuthSpan): OpaqueAuth {
  if (span.flavor === 0 && span.length === 0) return noAuth;
  return {
    flavor: span.flavor,
    body: new Uint8Array(from.buffer.buffer, from.buffer.byteOffset + span.start, span.length),
  };
}

/** A reply: accepted up to the end of its verifier, denied as a whole. One object serves many messages. */
export interface ReplyMessage {
  xid: number;
  /** MSG_ACCEPTED: the verifier was read and `from` is at accept_stat. */
  accepted: boolean;
  readonly verifier: AuthSpan;
  /** The reason of MSG_DENIED. */
  rejectStat: number;
  low: number;
  high: number;
  authStat: number;
}

export function emptyReplyMessage(): ReplyMessage {
  const verifier = { flavor: 0, start: 0, length: 0 };
  return { xid: 0, accepted: false, verifier, rejectStat: 0, low: 0, high: 0, authStat: 0 };
}

/** Reads a reply from its xid on. Returns false if it is malformed. Never throws. */
export function readReplyHeader(from: XdrReader, into: ReplyMessage): boolean {
  const at = from.offset;
  if (from.end - at < 16) return false;
  const view = from.view;
  into.xid = view.getUint32(at);
  const replyStat = view.getUint32(at + 8);
  from.offset = at + 12;
  if (replyStat === ReplyStat.MSG_ACCEPTED) {
    into.accepted = true;
    return readAuthSpan(from, into.verifier) === "ok";
  }
  into.accepted = false;
  return replyStat === ReplyStat.MSG_DENIED && readRejection(from, into);
}

function readRejection(from: XdrReader, into: ReplyMessage): boolean {
  const at = from.offset;
  if (from.end - at < 8) return false;
  into.rejectStat = from.view.getUint32(at);
  if (into.rejectStat === RejectStat.AUTH_ERROR) {
    into.authStat = from.view.getUint32(at + 4);
    return true;
  }
  if (into.rejectStat !== RejectStat.RPC_MISMATCH || from.end - at < 12) return false;
  into.low = from.view.getUint32(at + 4);
  into.high = from.view.getUint32(at + 8);
  return true;
}

/** The first xid of a connection: random, so that a restarted client does not repeat xids that a server has cached. */
export function randomXid(): number {
  return randomWord();
}
