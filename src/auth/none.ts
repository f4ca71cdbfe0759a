// AUTH_NONE (RFC 5531 section 10.1): no credential, both sides.

import type { BodyWriter, OpaqueAuth } from "../rpc/auth.js";
import { type Admission, AuthFlavor, type ClientAuth, type ServerAuth } from "../rpc/auth.js";
import { encodeAuthWords, noAuth, writeAuth } from "../rpc/header.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";

/** The client's side of AUTH_NONE. */
export function none(): ClientAuth {
  return theClient;
}

/** The server's side of AUTH_NONE: everyone is let in, as nobody. */
export function noneServer(): ServerAuth {
  return theServer;
}

const theClient: ClientAuth = Object.freeze({
  flavor: AuthFlavor.NONE,
  fixed: encodeAuthWords(noAuth),
  seal(out: XdrWriter, _start: number, writeArguments: BodyWriter): undefined {
    writeAuth(out, noAuth);
    writeAuth(out, noAuth);
    writeArguments(out);
  },
  // The RFC leaves the verifier's body open: whatever it is, it proves nothing.
  open: (_verifier: OpaqueAuth, from: XdrReader) => from,
});

const nobody: Admission = Object.freeze({ kind: "admitted", identity: Object.freeze({ flavor: AuthFlavor.NONE }) });

const theServer: ServerAuth = Object.freeze({ flavor: AuthFlavor.NONE, admit: () => nobody });
