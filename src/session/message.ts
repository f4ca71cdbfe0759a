// The few words of RPC messages that sessions read and write themselves.
import { AcceptStat, writePlainReplyHeader } from "../rpc/header.js";
import { XdrWriter } from "../xdr/writer.js";

/** The program number in a CALL message; undefined if it is too short. */
export function programOf(message: Uint8Array): number | undefined {
  return message.length < 16 ? undefined : wordAt(message, 12);
}

/**
 * Whether the calls of a program carry calls: those of sessions, deferred calls and streams. None of them may carry another, because
 * nested messages are read and copied once for each level.
 */
export function carriesCalls(program: number): boolean {
  return program === 0x24534553 || program === 0x24444645 || program === 0x24535452;
}

/** Whether a reply is MSG_ACCEPTED and SUCCESS, with any verifier. */
export function isSuccess(reply: Uint8Array): boolean {
  if (reply.length < 24 || wordAt(reply, 8) !== 0) return false;
  const at = 20 + ((wordAt(reply, 16) + 3) & ~3);
  return reply.length >= at + 4 && wordAt(reply, at) === 0;
}

/** A reply without results. */
export function plainReply(xid: number, status: number): Uint8Array<ArrayBuffer> {
  const out = new XdrWriter({ capacity: 64 });
  writePlainReplyHeader(out, xid, status);
  return out.toBytes() as Uint8Array<ArrayBuffer>;
}

/** A reply with SYSTEM_ERR for a handler that sends no reply, because the slot needs one. */
export function silent(message: Uint8Array): Uint8Array {
  return plainReply(wordAt(message, 0), AcceptStat.SYSTEM_ERR);
}

/** The reply with another transaction id. */
export function withXid(reply: Uint8Array, xid: number): Uint8Array {
  const changed = Uint8Array.from(reply);
  new DataView(changed.buffer).setUint32(0, xid);
  return changed;
}

function wordAt(bytes: Uint8Array, at: number): number {
  const high = ((bytes[at] as number) << 24) | ((bytes[at + 1] as number) << 16);
  return (high | ((bytes[at + 2] as number) << 8) | (bytes[at + 3] as number)) >>> 0;
}
