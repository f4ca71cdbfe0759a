// The options of TLS on a client: their types, and the table that checks them.

import { type OptionTable, wrong } from "../../base/check-options.js";
import type { TlsCredentials } from "./credentials.js";
import type { ProbedProgram } from "./probe.js";

/** Options of TLS on a client. */
export interface TlsConnectOptions extends TlsCredentials {
  /** The name that the server's certificate must have. Default: the host of the target. */
  readonly servername?: string | undefined;
  /**
   * "tls", the default: a server that does not offer TLS is not called. "optional": such a server is called without protection, and an attacker on
   * the network path can force this; `call.security` reports the protection of a connection. A server that offers TLS must prove its name in both
   * cases.
   */
  readonly require?: "tls" | "optional" | undefined;
  /** False: accepts a server without ALPN, such as libnfs, although RFC 9289 requires ALPN. Default true. */
  readonly requireAlpn?: boolean | undefined;
}

/** The options of TLS, the host that a binder was asked for, and the program of the probe. */
export interface ProbingOptions extends TlsConnectOptions {
  readonly host?: string | undefined;
  readonly program?: ProbedProgram | undefined;
}

export const tlsConnectOptions: OptionTable<TlsConnectOptions> = {
  ca: "pem",
  cert: "pem",
  key: "pem",
  passphrase: "text",
  servername: "text",
  require: ["tls", "optional"],
  requireAlpn: "flag",
};

/** @throws TypeError for a certificate without its key, which would not be shown to servers. */
export function checkKeyPair(tls: TlsConnectOptions | undefined): void {
  if (!tls?.cert !== !tls?.key) wrong("options.tls.cert", tls?.cert, "cert and key");
}
