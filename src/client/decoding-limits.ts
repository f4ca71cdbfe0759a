// The limits for decoding, among those of a client.
import { defaultLimits, type XdrLimits } from "../xdr/limits.js";
import type { ClientLimits } from "./connect.js";

/** The limits for decoding: those that are set, and the defaults. */
export function decodingLimits({ depth, bytes, elements }: Partial<ClientLimits> = {}): XdrLimits {
  return {
    depth: depth ?? defaultLimits.depth,
    bytes: bytes ?? defaultLimits.bytes,
    elements: elements ?? defaultLimits.elements,
  };
}
