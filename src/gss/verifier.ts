// The verifiers of RPCSEC_GSS (RFC 2203 sections 5.2.3 and 5.3): an integrity code in place of a verifier's body.
import { AuthFlavor, type OpaqueAuth } from "../rpc/auth.js";
import type { GssContext } from "./mechanism.js";

/** A verifier with the integrity code of `message`. */
export function verifierOf(context: GssContext, message: Uint8Array): OpaqueAuth {
  return { flavor: AuthFlavor.RPCSEC_GSS, body: context.getMic(message) };
}

/** Whether a verifier is the other end's for `message`. */
export function isVerifierOf(context: GssContext, message: Uint8Array, { flavor, body }: OpaqueAuth): boolean {
  return flavor === AuthFlavor.RPCSEC_GSS && context.verifyMic(message, body);
}

/** A number as the four bytes that are signed. */
export function signedNumber(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255);
}
