// The name of a call in a store: a digest, because a caller's identity can be long.
import { createHash } from "node:crypto";
import type { ReplyKey } from "../server/reply-cache.js";
import { REPLY_CALL_SIZE } from "./replies.gen.js";

/** 20 bytes in hexadecimal digits: equal for the transmissions of one call, different for any other call. */
export function callId({ caller, xid, program, version, procedure }: ReplyKey): string {
  const sum = createHash("sha256").update(`${xid} ${program} ${version} ${procedure} ${caller.id}`).digest("hex");
  return sum.slice(0, 2 * REPLY_CALL_SIZE);
}

export const bytesOf = (id: string): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.from(id, "hex"));

export const idOf = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
