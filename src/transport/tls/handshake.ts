// The TLS layer over a stream connection: version 1.3, ALPN "sunrpc" (RFC 9289 section 5.1.1), and a time limit.
import type { Duplex } from "node:stream";
import type { TLSSocket } from "node:tls";
import { waitFor } from "../../base/wait.js";
import type { Connection } from "../connection.js";
import { TransportError } from "../errors.js";
import { type Security, securityOf } from "./security.js";

/** The name of RPC in ALPN. */
export const alpnName = "sunrpc";

export interface Handshake {
  /** Makes the layer, whose handshake then begins. The time that this takes counts towards `timeout`. */
  layer(stream: Duplex): TLSSocket | Promise<TLSSocket>;
  /** The event of the layer that ends its handshake. */
  readonly event: "secure" | "secureConnect";
  /** Milliseconds that the handshake may take. */
  readonly timeout: number;
  /** False: the other end may have no ALPN. */
  readonly requireAlpn: boolean;
  /**
   * Called after the handshake, before anything is read or written through the layer; its time counts. Returns what
   * `connection.info.security` becomes.
   * @throws TransportError
   */
  check(security: Security, layer: TLSSocket): Security | Promise<Security>;
}

/**
 * Puts TLS over the connection; `connection.info.security` then describes it.
 * @throws TransportError TRANSPORT_TLS_FAILED, TRANSPORT_TIMEOUT, or another if the connection was lost. It is destroyed then.
 */
export async function secure(connection: Connection, handshake: Handshake): Promise<Security> {
  const { timeout } = handshake;
  let security: Security | undefined;
  const wrap = async (stream: Duplex): Promise<Duplex> => {
    let layer: TLSSocket | undefined;
    const secured = async (): Promise<TLSSocket> => {
      layer = await handshake.layer(stream);
      security = await shakenHands(layer, handshake);
      return layer;
    };
    try {
      layer = await waitFor(secured(), { timeout, onTimeout: () => handshakeLate(timeout) });
    } catch (error) {
      layer?.on("error", () => undefined);
      layer?.destroy();
      throw error instanceof TransportError ? error : handshakeFailed(error as Error);
    }
    Object.assign(connection.info, { security });
    return layer;
  };
  await connection.upgrade?.(wrap, { overSocket: true });
  if (security === undefined) throw new TransportError("TRANSPORT_TLS_FAILED", "TLS needs a stream connection");
  return security;
}

function shakenHands(layer: TLSSocket, { event, requireAlpn, check }: Handshake): Promise<Security> {
  const checked = async (): Promise<Security> => {
    const found = securityOf(layer);
    checkAlpn(found, requireAlpn);
    return check(found, layer);
  };
  return new Promise<Security>((resolve, reject) => {
    layer.once(event, () => checked().then(resolve, reject));
    layer.once("error", reject);
    const cut = (): void => reject(new Error("the connection was closed in the middle of it"));
    layer.once("close", cut);
    // The other end may close only its side, for example because it does not accept a certificate.
    layer.once("end", cut);
  });
}

function handshakeLate(timeout: number): TransportError {
  const message = `the TLS handshake was not over after ${Math.ceil(timeout)} ms`;
  return new TransportError("TRANSPORT_TIMEOUT", message);
}

function checkAlpn({ alpn }: Security, isRequired: boolean): void {
  if (alpn === alpnName || (alpn === undefined && !isRequired)) return;
  const found = alpn === undefined ? "no protocol by ALPN" : `the protocol ${JSON.stringify(alpn)}`;
  const message = `the other end chose ${found}, and RPC is "${alpnName}" (tls.requireAlpn: false accepts ends without ALPN)`;
  throw new TransportError("TRANSPORT_TLS_FAILED", message);
}

/** The causes that people meet, by the code of Node's or OpenSSL's error. */
const advice: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: "the other end's certificate has expired: renew it there",
  CERT_NOT_YET_VALID: "the other end's certificate is not valid yet: compare the clocks",
  DEPTH_ZERO_SELF_SIGNED_CERT: "the other end's certificate is signed by itself: give it as tls.ca if you trust it",
  SELF_SIGNED_CERT_IN_CHAIN: "the other end's certificate comes from an authority that is not in tls.ca",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: "the other end's certificate comes from an authority that is not in tls.ca",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: "the other end's certificate comes from an authority that is not in tls.ca",
  ERR_TLS_CERT_ALTNAME_INVALID: "the certificate is for other names: call it by one of them, or set tls.servername",
  ERR_SSL_WRONG_VERSION_NUMBER: "the other end sent something that is not TLS",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "the other end does not have TLS 1.3",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "the other end does not have TLS 1.3",
  ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED:
    "the server requires a certificate of the client: set tls.cert and tls.key",
  ERR_SSL_PEER_DID_NOT_RETURN_A_CERTIFICATE: "the client has no certificate",
  ERR_SSL_NO_APPLICATION_PROTOCOL: `the client offers other protocols than "${alpnName}" by ALPN`,
  ERR_SSL_TLSV1_ALERT_NO_APPLICATION_PROTOCOL: `the server does not take the protocol "${alpnName}" by ALPN`,
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "the other end does not know the authority of our certificate",
};

/** Converts an error of Node or OpenSSL. */
export function handshakeFailed(cause: Error): TransportError {
  // OpenSSL's own message has its line numbers.
  const { code = "", reason = cause.message } = cause as Error & { readonly code?: string; readonly reason?: string };
  const why = advice[code];
  const message = `TLS failed: ${why === undefined ? reason : `${why} (${reason})`}`;
  return new TransportError("TRANSPORT_TLS_FAILED", message, { cause });
}
