// AUTH_NONE (RFC 5531 section 10.1): no credential. The client's side.
import { AuthFlavor, type BodyWriter, type OpaqueAuth } from "../rpc/auth.js";
import type { ClientAuth } from "../rpc/call.js";
import { writeAuthWords } from "../rpc/header.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";

/**
 * Calls without a credential (AUTH_NONE, RFC 5531 section 10.1). This is the default.
 * @example
 * const client = createClient(ADD_VERS, "tcp://127.0.0.1:7000", { auth: authNone() });
 */
export function authNone(): ClientAuth {
  return withoutCredential;
}

/** The credential and the verifier: each a flavor and a length, which are 0. */
const words = /* @__PURE__ */ new Int32Array(4);

const withoutCredential: ClientAuth = Object.freeze({
  flavor: AuthFlavor.NONE,
  fixed: words,
  seal(out: XdrWriter, _start: number, writeArguments: BodyWriter): undefined {
    writeAuthWords(out, words);
    writeArguments(out);
  },
  // The RFC does not specify the body of the reply's verifier. Any body is accepted: it proves nothing.
  open: (_verifier: OpaqueAuth, from: XdrReader) => from,
});
