// How arguments and results are protected (RFC 2203 sections 5.3.2 and 5.3.3): unchanged, with an integrity code, or encrypted.
import type { BodyWriter } from "../rpc/auth.js";
import { AcceptStat } from "../rpc/header.js";
import { XdrReader } from "../xdr/reader.js";
import { XdrWriter } from "../xdr/writer.js";
import type { GssContext } from "./mechanism.js";

/**
 * How the calls of a context are protected. The caller and the header of each call are always authenticated:
 * - "none": caller and procedure cannot be changed; arguments and results can be read and changed by others;
 * - "integrity": arguments and results can be read by others, but every change is detected;
 * - "privacy": arguments and results are encrypted.
 */
export type GssProtection = "none" | "integrity" | "privacy";

/** Weakest first. */
export const protectionsByStrength = ["none", "integrity", "privacy"] as const;

const longest = 0xffff_ffff;

/** Writes arguments, or results behind their accept status, with the sequence number of their call. */
export function writeProtected(
  out: XdrWriter,
  context: GssContext,
  protection: GssProtection,
  sequence: number,
  write: BodyWriter,
): void {
  if (protection === "none") {
    write(out);
    return;
  }
  const plain = new XdrWriter({ limits: out.limits });
  plain.writeWord(sequence);
  write(plain);
  writeWrapped(out, context, protection, plain.buffer.subarray(0, plain.offset));
}

/** Writes an accept status and what follows it. Only the results of a success are protected. */
export function writeProtectedOutcome(
  out: XdrWriter,
  context: GssContext,
  protection: GssProtection,
  sequence: number,
  writeOutcome: BodyWriter,
): void {
  if (protection === "none") {
    writeOutcome(out);
    return;
  }
  const plain = new XdrWriter({ limits: out.limits });
  writeOutcome(plain);
  const stat = plain.view.getUint32(0);
  out.writeWord(stat);
  if (stat !== AcceptStat.SUCCESS) {
    out.writeBytes(plain.buffer.subarray(4, plain.offset));
    return;
  }
  // The sequence number takes the place of the status.
  plain.view.setUint32(0, sequence);
  writeWrapped(out, context, protection, plain.buffer.subarray(0, plain.offset));
}

function writeWrapped(out: XdrWriter, context: GssContext, protection: GssProtection, body: Uint8Array): void {
  if (protection === "privacy") {
    out.writeOpaque(context.wrap(body), longest);
    return;
  }
  out.writeOpaque(body, longest);
  out.writeOpaque(context.getMic(body), longest);
}

/**
 * A reader at the arguments or results, whose protection was verified. Undefined if they were changed, or belong to another
 * call. Never throws.
 */
export function openProtected(
  from: XdrReader,
  context: GssContext,
  protection: GssProtection,
  sequence: number,
): XdrReader | undefined {
  if (protection === "none") return from;
  const body = unwrapped(from, context, protection);
  if (body === undefined || body.length < 4) return undefined;
  if (new DataView(body.buffer, body.byteOffset, 4).getUint32(0) !== sequence) return undefined;
  return readerOf(body, 4, from);
}

/** As `openProtected`, for a reader at the accept status, which is left in front of the results. */
export function openProtectedOutcome(
  from: XdrReader,
  context: GssContext,
  protection: GssProtection,
  sequence: number,
): XdrReader | undefined {
  const at = from.offset;
  if (protection === "none" || from.left < 4 || from.view.getUint32(at) !== AcceptStat.SUCCESS) return from;
  from.offset = at + 4;
  const opened = openProtected(from, context, protection, sequence);
  if (opened === undefined) return undefined;
  // The status takes the place of the sequence number.
  opened.offset -= 4;
  opened.view.setUint32(opened.offset, AcceptStat.SUCCESS);
  return opened;
}

function unwrapped(from: XdrReader, context: GssContext, protection: GssProtection): Uint8Array | undefined {
  let body: Uint8Array;
  let mic: Uint8Array | undefined;
  try {
    body = from.readOpaque(longest);
    if (protection === "integrity") mic = from.readOpaque(longest);
    from.finish();
  } catch {
    return undefined;
  }
  if (mic === undefined) return context.unwrap(body);
  return context.verifyMic(body, mic) ? body : undefined;
}

function readerOf(bytes: Uint8Array, offset: number, { limits, lenient }: XdrReader): XdrReader {
  const reader = new XdrReader(bytes, lenient === undefined ? { limits } : { limits, lenient });
  reader.offset = offset;
  reader.owned = true;
  return reader;
}
