// Credentials and verifiers as flavors write them. Calls without a credential do without it: see auth/none.ts.
import type { XdrWriter } from "../xdr/writer.js";
import { maxAuthBody, type OpaqueAuth } from "./auth.js";
import { noAuth } from "./header.js";

/** A credential or a verifier; the body is at most 400 bytes. */
export function writeAuth(out: XdrWriter, auth: OpaqueAuth): void {
  out.writeWord(auth.flavor);
  out.writeOpaque(auth.body, maxAuthBody);
}

/** Credential and verifier as encoded words, which are copied into every call. */
export function encodeAuthWords(credential: OpaqueAuth, verifier: OpaqueAuth = noAuth): Int32Array {
  const words: number[] = [];
  for (const { flavor, body } of [credential, verifier]) {
    const padded = new Uint8Array((body.length + 3) & ~3);
    padded.set(body);
    const view = new DataView(padded.buffer);
    words.push(flavor, body.length);
    for (let i = 0; i < padded.length; i += 4) words.push(view.getInt32(i));
  }
  return Int32Array.from(words);
}
