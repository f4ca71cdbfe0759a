// RPC over TLS (RFC 9289), the server's end of the handshake.
import type { Duplex } from "node:stream";
import { TLSSocket } from "node:tls";
import type { Connection } from "../connection.js";
import { TransportError } from "../errors.js";
import type { Credentials } from "./credentials.js";
import { alpnName, handshakeFailed, secure } from "./handshake.js";
import type { Security } from "./security.js";

export interface ServerHandshake {
  readonly credentials: Credentials;
  /** Resolves when the handshake may begin. The client waits meanwhile, and its bytes are not read. */
  readonly admitted: Promise<void>;
  /** Whether the client is asked for a certificate. It must then be valid, if there is one. */
  readonly asks: boolean;
  /** The client needs a certificate. */
  readonly needsCertificate: boolean;
  readonly requireAlpn: boolean;
  /** Milliseconds. */
  readonly timeout: number;
  /** Called before anything is read through TLS; `timeout` holds for it, too. An error ends the connection. */
  secured(security: Security): Security | Promise<Security>;
}

/**
 * Puts TLS over a connection whose client has been told to begin.
 * @throws TransportError TRANSPORT_TLS_FAILED or TRANSPORT_TIMEOUT; the connection is destroyed then.
 */
export async function serveTls(connection: Connection, handshake: ServerHandshake): Promise<void> {
  const { credentials, admitted, asks, needsCertificate, requireAlpn, timeout } = handshake;
  const known = credentials.context();
  // The error belongs to the upgrade.
  known.catch(() => undefined);
  await secure(connection, {
    layer: async (stream) => {
      await admission(admitted, stream);
      return new TLSSocket(stream, {
        isServer: true,
        secureContext: await known,
        ALPNProtocols: [alpnName],
        requestCert: asks,
        rejectUnauthorized: needsCertificate,
      });
    },
    event: "secure",
    timeout,
    requireAlpn,
    check(security, layer) {
      if (security.certificate !== undefined) checkCertificate(layer);
      else if (needsCertificate) throw new TransportError("TRANSPORT_TLS_FAILED", "the client has no certificate");
      return handshake.secured(security);
    },
  });
}

/** Waits until the handshake may begin. @throws TransportError TRANSPORT_CLOSED if the client leaves before. */
async function admission(admitted: Promise<void>, stream: Duplex): Promise<void> {
  let leave = (): void => {};
  const gone = new Promise<never>((_, reject) => {
    leave = () => reject(new TransportError("TRANSPORT_CLOSED", "the client left before its TLS handshake began"));
    stream.once("close", leave);
  });
  await Promise.race([admitted, gone]);
  stream.off("close", leave);
}

/** What OpenSSL has found: a socket in the server's role does not look at it by itself. @throws TransportError */
function checkCertificate(layer: TLSSocket): void {
  const { ssl } = layer as unknown as { readonly ssl: { verifyError(): Error | null } };
  const error = ssl.verifyError();
  if (error !== null && error !== undefined) throw handshakeFailed(error);
}
