// The credential of RPCSEC_GSS (RFC 2203 section 5, RFC 5403 section 2), as it is sent.
import { AuthFlavor, maxAuthBody, type OpaqueAuth } from "../rpc/auth.js";
import type { XdrWriter } from "../xdr/writer.js";
import { type GssProtection, protectionsByStrength } from "./protection.js";

/** The purposes of a message (rpc_gss_proc_t). */
export const control = { data: 0, init: 1, continueInit: 2, destroy: 3 } as const;

/** A context may not be used for this sequence number, or a higher one (RFC 2203 section 5.3.3.1). */
export const endOfSequence = 0x8000_0000;

export interface GssCredential {
  /** 1 (RFC 2203), or 2 (RFC 5403), which differs only in channel bindings. */
  readonly version: number;
  readonly control: number;
  readonly sequence: number;
  readonly protection: GssProtection;
  readonly handle: Uint8Array;
}

/** Bytes before the handle: version, control, sequence number, service, length. */
const fixedLength = 20;
/** The longest name of a context that fits into a credential, in bytes (RFC 5531 section 8.2). */
export const longestHandle = maxAuthBody - fixedLength;
/** Lengths of tokens that make a context, bytes: one of Kerberos with a large ticket has up to 64 KiB. */
export const longestToken = 131_072;
/** The number of the first service: none is 1, integrity 2, privacy 3 (rpc_gss_service_t). */
const firstService = 1;

/** Writes a credential: flavour, length and body. */
export function writeCredential(out: XdrWriter, credential: GssCredential): void {
  const { handle } = credential;
  out.writeWord(AuthFlavor.RPCSEC_GSS);
  out.writeWord(fixedLength + ((handle.length + 3) & ~3));
  out.writeWord(credential.version);
  out.writeWord(credential.control);
  out.writeWord(credential.sequence);
  out.writeWord(firstService + protectionsByStrength.indexOf(credential.protection));
  out.writeOpaque(handle, handle.length);
}

/** Reads the body of a credential. Undefined if it breaks a rule of RFC 2203 section 5.1. Never throws. */
export function readCredential({ body }: OpaqueAuth): GssCredential | undefined {
  if (body.length < fixedLength) return undefined;
  const view = new DataView(body.buffer, body.byteOffset, body.length);
  const length = view.getUint32(16);
  const protection = protectionsByStrength[view.getUint32(12) - firstService];
  const kind = view.getUint32(4);
  if (protection === undefined || kind > control.destroy) return undefined;
  if (fixedLength + ((length + 3) & ~3) !== body.length) return undefined;
  for (let at = fixedLength + length; at < body.length; at++) if (body[at] !== 0) return undefined;
  return {
    version: view.getUint32(0),
    control: kind,
    sequence: view.getUint32(8),
    protection,
    handle: body.subarray(fixedLength, fixedLength + length),
  };
}
