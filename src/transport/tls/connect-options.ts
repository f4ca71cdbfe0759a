// The options of TLS on a client: their types, and the table that checks them.

import { type OptionTable, wrong } from "../../base/check-options.js";
import type { TlsCredentials } from "./credentials.js";
import type { ProbedProgram } from "./probe.js";

/** Options of TLS on a client. */
export interface TlsConnectOptions extends TlsCredentials {
  /** The name that the server's certificate must have. Default: the host of the target. */
  readonly servername?: string | undefined;
  /**
   * "tls", the default: a server that does not offer TLS is not called. "optional": it is called without protection, which anybody
   * between the ends can bring about; `call.security` says what a connection has. A server that offers TLS must prove its name in both.
   */
  readonly require?: "tls" | "optional" | undefined;
  /** False: accepts a server that does not answer by ALPN (libnfs does not), RFC 9289 notwithstanding. Default true. */
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
