// RPC over TLS (RFC 9289), the client's end:
//   1 connect by TCP      2 probe: does the server offer TLS?      3 handshake: its certificate, ALPN
//   4 one call through TLS: does the server accept our certificate?
// A connection that was not secured is never handed over, unless the caller made TLS optional.
import { isIP } from "node:net";
import { checkServerIdentity, type PeerCertificate, connect as tlsConnect } from "node:tls";
import { systemClock } from "../../base/clock.js";
import { waitFor } from "../../base/wait.js";
import { type Address, formatAddress } from "../address-forms.js";
import { connectFailed } from "../connect-failures.js";
import { defaultConnectTimeout, tooSlow } from "../connect-time.js";
import type { Connection } from "../connection.js";
import { TransportError } from "../errors.js";
import type { OpenConnectionOptions } from "../schemes/scheme.js";
import { connectTcp } from "../tcp.js";
import type { ProbingOptions, TlsConnectOptions } from "./connect-options.js";
import { Credentials } from "./credentials.js";
import { alpnName, type Handshake, handshakeFailed, secure } from "./handshake.js";
import { askForTls, callThroughTls } from "./probe.js";

const nothingSet: TlsConnectOptions = {};

/** The credentials of each object of options, so that the files are not read for each connection. */
const known = new WeakMap<object, Credentials>();

/**
 * Expects an address of TCP, or one of a `tls:` URL.
 * @throws TransportError: those of TCP, TRANSPORT_TLS_NOT_OFFERED, TRANSPORT_TLS_FAILED; TRANSPORT_BAD_ADDRESS for another address.
 */
export async function connectTls(address: Address, options: OpenConnectionOptions): Promise<Connection> {
  if (address.kind !== "tcp" && address.kind !== "tls") {
    throw new TransportError("TRANSPORT_BAD_ADDRESS", `${formatAddress(address)} cannot have TLS (options.tls)`);
  }
  const { host, port } = address;
  const { tls = nothingSet, signal, background, timeout = defaultConnectTimeout } = options;
  const name = formatAddress({ kind: "tls", host, port });
  const started = systemClock.now();
  // Before connecting: what is wrong with a file is found sooner.
  const credentials = credentialsOf(tls);
  await credentials.context();
  // 1
  const connection = await connectTcp({ ...options, host, port });
  if (background) connection.holdProcess?.(false);
  const left = Math.max(0, timeout - (systemClock.now() - started));
  const onTimeout = (): Error => tooSlow(name, timeout);
  const onAbort = (cause: unknown): Error =>
    new TransportError("TRANSPORT_CONNECT_FAILED", `connecting to ${name} was aborted`, { cause });
  try {
    await waitFor(protect(connection, host, tls, credentials, left), {
      timeout: left,
      signal,
      background,
      onTimeout,
      onAbort,
    });
  } catch (error) {
    connection.destroy();
    throw error instanceof TransportError ? named(name, error) : connectFailed(name, error as Error);
  }
  if (background) connection.holdProcess?.(true);
  return connection;
}

/** @throws TransportError TRANSPORT_BAD_ADDRESS */
export function refuseToListen(): never {
  const message = "tls:// is for clients: listen at tcp://host:port with the option tls: { cert, key }";
  throw new TransportError("TRANSPORT_BAD_ADDRESS", message);
}

function credentialsOf(tls: TlsConnectOptions): Credentials {
  let credentials = known.get(tls);
  if (credentials === undefined) {
    credentials = new Credentials(tls);
    known.set(tls, credentials);
  }
  return credentials;
}

async function protect(
  connection: Connection,
  host: string,
  tls: ProbingOptions,
  credentials: Credentials,
  timeout: number,
): Promise<void> {
  // 2
  const refusal = await askForTls(connection, tls.program);
  if (refusal !== undefined) {
    if (tls.require === "optional") return;
    const message = `the server does not offer TLS: ${refusal}. It was not called (tls.require is "tls")`;
    throw new TransportError("TRANSPORT_TLS_NOT_OFFERED", message);
  }
  // 3
  await secure(connection, await clientHandshake(tls.servername ?? tls.host ?? host, tls, credentials, timeout));
  // 4
  await callThroughTls(connection, tls.program).catch((cause: TransportError) => {
    const under = cause.cause instanceof Error ? handshakeFailed(cause.cause).message : cause.message;
    const message = `the server ended the connection after the handshake, as it does if it does not accept the client's certificate (tls.cert): ${under}`;
    throw new TransportError("TRANSPORT_TLS_FAILED", message, { cause });
  });
}

async function clientHandshake(
  name: string,
  { requireAlpn = true }: TlsConnectOptions,
  credentials: Credentials,
  timeout: number,
): Promise<Handshake> {
  const secureContext = await credentials.context();
  return {
    // An IP address is no server name in TLS (RFC 6066 section 3), but the certificate is checked against it.
    layer: (socket) =>
      tlsConnect({
        socket,
        secureContext,
        host: name,
        ...(isIP(name) === 0 && { servername: name }),
        ALPNProtocols: [alpnName],
        checkServerIdentity: checkName,
        // Whatever NODE_TLS_REJECT_UNAUTHORIZED says.
        rejectUnauthorized: true,
      }),
    event: "secureConnect",
    timeout,
    requireAlpn,
    check: (security) => security,
  };
}

/**
 * As Node does it, but the common name counts only without subject alternative names: else everybody whose certificate has an e-mail
 * address could choose a host's name as the common name, and pose as that host.
 */
function checkName(name: string, certificate: PeerCertificate): Error | undefined {
  const subject = certificate.subjectaltname ? ({} as PeerCertificate["subject"]) : certificate.subject;
  return checkServerIdentity(name, { ...certificate, subject });
}

function named(name: string, error: TransportError): TransportError {
  const { code, message, cause } = error;
  if (message.includes(name)) return error;
  return new TransportError(code, `cannot connect to ${name}: ${message}`, { cause });
}
