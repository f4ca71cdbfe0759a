// AUTH_NONE (RFC 5531 section 10.1): no credential. Client and server side.
import {
  type Admission,
  type AdmitsAlike,
  AuthFlavor,
  type BodyWriter,
  type OpaqueAuth,
  type ServerAuth,
} from "../rpc/auth.js";
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

/**
 * Accepts AUTH_NONE calls (RFC 5531 section 10.1): the caller is unknown. One of the server's `auth` options.
 * @example
 * const server = new Server({ auth: [acceptNone()] });
 */
export function acceptNone(): ServerAuth {
  return everyone;
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

const nobody: Admission = Object.freeze({ kind: "admitted", identity: Object.freeze({ flavor: AuthFlavor.NONE }) });

const admit: (() => Admission) & AdmitsAlike = Object.assign(() => nobody, { always: nobody });
const everyone: ServerAuth = Object.freeze({ flavor: AuthFlavor.NONE, admit });
