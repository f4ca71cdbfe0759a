// The messages of RFC 5531 section 9 as a server reads and writes them. Clients do not load this file.
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import { type AuthSpan, MessageType, ReplyStat, readAuthSpan, rpcVersion } from "./header.js";

/** xid, REPLY, MSG_ACCEPTED; the verifier comes next. */
export function writeAcceptedHeader(out: XdrWriter, xid: number): void {
  const at = out.reserve(12);
  const view = out.view;
  view.setUint32(at, xid);
  view.setUint32(at + 4, MessageType.REPLY);
  view.setUint32(at + 8, ReplyStat.MSG_ACCEPTED);
}

/** A call message up to its arguments. One object serves many messages. */
export interface CallMessage {
  xid: number;
  rpcvers: number;
  program: number;
  version: number;
  procedure: number;
  readonly credential: AuthSpan;
  readonly verifier: AuthSpan;
}

/** "short": the message ends too early to be a call, and cannot be answered. */
export type CallHeaderFault = "ok" | "short" | "rpcvers" | "credential" | "verifier";

export function emptyCallMessage(): CallMessage {
  return {
    xid: 0,
    rpcvers: 0,
    program: 0,
    version: 0,
    procedure: 0,
    credential: { flavor: 0, start: 0, length: 0 },
    verifier: { flavor: 0, start: 0, length: 0 },
  };
}

/**
 * Reads a call starting at its xid, and leaves `from` at the arguments. Never throws; everything before the fault is
 * valid.
 */
export function readCallHeader(from: XdrReader, into: CallMessage): CallHeaderFault {
  const at = from.offset;
  if (from.end - at < 12) return "short";
  const view = from.view;
  into.xid = view.getUint32(at);
  into.rpcvers = view.getUint32(at + 8);
  // In another version of the protocol, the rest may have a different format (RFC 5531 section 9).
  if (into.rpcvers !== rpcVersion) return "rpcvers";
  if (from.end - at < 24) return "short";
  into.program = view.getUint32(at + 12);
  into.version = view.getUint32(at + 16);
  into.procedure = view.getUint32(at + 20);
  from.offset = at + 24;
  const credential = readAuthSpan(from, into.credential);
  if (credential !== "ok") return credential === "long" ? "credential" : "short";
  const verifier = readAuthSpan(from, into.verifier);
  if (verifier !== "ok") return verifier === "long" ? "verifier" : "short";
  return "ok";
}
