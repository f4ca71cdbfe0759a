// TLS for questions to binders.
import type { Address } from "../transport/address.js";
import type { TlsConnectOptions } from "../transport/tls/connect-options.js";

/**
 * TLS for a question whose asker needs TLS itself. A binder of another make has none, so a TCP address is asked without it then: the
 * answer is not trusted, because the server that it leads to must prove its name.
 */
export function binderTls({ kind }: Address, tls: TlsConnectOptions | undefined): TlsConnectOptions | undefined {
  if (tls === undefined) return undefined;
  const { ca, cert, key, passphrase, servername, requireAlpn } = tls;
  const own = { ca, cert, key, passphrase, servername, requireAlpn };
  return kind === "tls" ? own : kind === "tcp" ? { ...own, require: "optional" } : undefined;
}
