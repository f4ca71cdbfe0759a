// The options of TLS on a listener: their types, and the table that checks them. The code for TLS is in tls.ts, loaded when it is used.

import type { OptionTable } from "../base/check-options.js";
import type { TlsCredentials } from "../transport/tls/credentials.js";
import type { Certificate } from "../transport/tls/security.js";

/** The protection that a caller needs: TLS, or TLS and a certificate of its own. */
export type TlsRequirement = "tls" | "client-certificate";

/** Options of TLS (RFC 9289) on a TCP listener. `cert` and `key` are required. */
export interface TlsListenOptions extends TlsCredentials {
  /**
   * "tls", the default: calls without TLS get AUTH_TOOWEAK. "client-certificate": the caller also needs a certificate that an authority in `ca` has
   * signed.
   * "optional": calls without TLS run, unless their program requires it (`requireTls` of `implement`). Procedure 0 is answered without TLS
   * in all three. If `ca` is set, callers are asked for a certificate; the connection is closed if none of these authorities has signed it.
   */
  readonly require?: TlsRequirement | "optional" | undefined;
  /** False: accepts a client without ALPN, such as libnfs, although RFC 9289 requires ALPN. Default true. */
  readonly requireAlpn?: boolean | undefined;
  /** Milliseconds from the reply to the probe to the end of the handshake; then the connection is closed. Default 10,000. */
  readonly handshakeTimeout?: number | undefined;
  /**
   * Returns the name of a certificate's owner, which becomes `call.identity.principal`; undefined if it names no owner. May be asynchronous: no call is
   * read before it has settled, and its time counts towards `handshakeTimeout`. If it throws or rejects, or returns
   * anything else (also ""), the connection is closed and the server's `onError` is called. Called once for each connection. Default: none.
   */
  readonly identify?: ((certificate: Certificate) => string | undefined | Promise<string | undefined>) | undefined;
}

/** Milliseconds that a TLS handshake with a client may take. */
export const defaultHandshakeTimeout = 10_000;

/** The most TLS handshakes with clients that are in progress in a process. */
export const mostHandshakes = 1024;

export const tlsListenOptions: OptionTable<TlsListenOptions> = {
  ca: "pem",
  cert: "pem",
  key: "pem",
  passphrase: "text",
  require: ["tls", "client-certificate", "optional"],
  requireAlpn: "flag",
  handshakeTimeout: "timer",
  identify: "function",
};
