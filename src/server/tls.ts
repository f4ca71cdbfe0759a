// TLS on a listener (RFC 9289 section 4.1). A client begins in clear text and asks by procedure 0 with AUTH_TLS; the server answers
// STARTTLS, and the handshake follows. Which calls are admitted depends on how far a connection has come. Loaded when a listener has TLS.
import { quote } from "../base/quote.js";
import { messageOf, show } from "../base/show.js";
import { type Admission, AuthFlavor, AuthStat, type ServerAuth } from "../rpc/auth.js";
import type { Address } from "../transport/address.js";
import type { Connection } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import { resolveAddress } from "../transport/resolve-address.js";
import type { Scheme } from "../transport/schemes/scheme.js";
import { Credentials } from "../transport/tls/credentials.js";
import { startTls } from "../transport/tls/probe.js";
import type { Certificate, Security } from "../transport/tls/security.js";
import { serveTls } from "../transport/tls/server.js";
import type { Conversation, Service } from "./conversation.js";
import { Handshakes } from "./handshakes.js";
import { provedBy } from "./proved.js";
import { defaultHandshakeTimeout, mostHandshakes, type TlsListenOptions } from "./tls-options.js";

const offer = { flavor: AuthFlavor.NONE, body: Buffer.from(startTls) };
const badCredential: Admission = { kind: "denied", why: AuthStat.BADCRED };
const badVerifier: Admission = { kind: "denied", why: AuthStat.BADVERF };
const tooWeak: Admission = { kind: "denied", why: AuthStat.TOOWEAK };

/** The handshakes of all listeners of the process. */
const handshakes = new Handshakes(mostHandshakes);

/** The TLS of one listener. */
export class TlsGate {
  readonly options: TlsListenOptions;
  readonly credentials: Credentials;

  private constructor(options: TlsListenOptions, onError: (error: TransportError) => void) {
    this.options = options;
    this.credentials = new Credentials(options, onError);
  }

  /**
   * Reads certificate and key.
   * @throws TypeError for options that contradict each other or the address, TransportError TRANSPORT_TLS_FAILED if a file cannot be used.
   */
  static async open(
    address: Address | string,
    options: TlsListenOptions,
    onError: (error: TransportError) => void,
    schemes: readonly Scheme[] | undefined,
  ): Promise<TlsGate> {
    const { kind } = resolveAddress(address, schemes);
    if (kind !== "tcp") throw new TypeError(`options.tls does not apply to ${kind}: addresses; it is for tcp://`);
    for (const part of ["cert", "key"] as const) {
      if (options[part] === undefined)
        throw new TypeError(`options.tls.${part} is missing; give PEM, or the path of a PEM file`);
    }
    if (options.require === "client-certificate" && options.ca === undefined) {
      throw new TypeError(
        'options.tls.ca is missing: with require: "client-certificate", it signs the certificates of clients',
      );
    }
    const gate = new TlsGate(options, onError);
    await gate.credentials.context();
    return gate;
  }

  guard(service: Service): TlsGuard {
    return new TlsGuard(this, service);
  }
}

/** One connection of a listener with TLS. */
export class TlsGuard {
  /** The service as this connection sees it: its flavours change with the handshake. */
  readonly service: Service;
  readonly #gate: TlsGate;
  readonly #plain: Service;
  #auth: Service["auth"];
  #conversation: Conversation | undefined;

  constructor(gate: TlsGate, service: Service) {
    this.#gate = gate;
    this.#plain = service;
    this.#auth = this.#beforeTls();
    this.service = Object.create(service, { auth: { get: () => this.#auth } }) as Service;
  }

  watch(conversation: Conversation): void {
    this.#conversation = conversation;
  }

  #beforeTls(): Service["auth"] {
    const { require = "tls" } = this.#gate.options;
    const { auth } = this.#plain;
    const flavors =
      require === "optional" ? [...auth] : [...auth].map(([flavor, one]) => [flavor, onlyNull(one)] as const);
    const probe: ServerAuth = { flavor: AuthFlavor.TLS, admit: (...call) => this.#probed(...call) };
    return new Map([...flavors, [AuthFlavor.TLS, probe]]);
  }

  // A call that came before the handshake may come from anybody. Its reply must not be taken for one to a call that came after it, so the
  // handshake begins only if no call is running.
  #probed(...[{ procedure }, credential, verifier, from]: Parameters<ServerAuth["admit"]>): Admission {
    if (procedure !== 0 || this.#conversation?.flow.isIdle !== true) return badCredential;
    // RFC 9289 section 4.1: the credential is empty, and the verifier is that of AUTH_NONE.
    if (credential.body.length > 0) return badCredential;
    if (verifier.flavor !== AuthFlavor.NONE || verifier.body.length > 0) return badVerifier;
    if (from.left > 0) return { kind: "garbled", identity: { flavor: AuthFlavor.TLS } };
    return {
      kind: "answered",
      verifier: offer,
      writeResult() {},
      afterSent: (connection) => this.#upgrade(connection),
    };
  }

  async #upgrade(connection: Connection): Promise<void> {
    const { ca, require, requireAlpn = true, handshakeTimeout: timeout = defaultHandshakeTimeout } = this.#gate.options;
    const { remote } = connection.info;
    const handshake = handshakes.enter(remote, () => connection.destroy(tooManyHandshakes()));
    try {
      await serveTls(connection, {
        admitted: handshake.admitted,
        credentials: this.#gate.credentials,
        asks: ca !== undefined,
        needsCertificate: require === "client-certificate",
        requireAlpn,
        timeout,
        secured: (security) => this.#secured(security),
      });
    } catch (error) {
      if (error instanceof TransportError) this.#plain.cutOff(error, remote);
      else throw error;
    } finally {
      handshake.end();
    }
  }

  async #secured(security: Security): Promise<Security> {
    const principal = await nameOf(security.certificate, this.#gate.options.identify);
    const proved = Object.freeze({ ...security, principal });
    const again: ServerAuth = { flavor: AuthFlavor.TLS, admit: () => badCredential };
    this.#auth = new Map([...provedBy(proved, this.#plain.auth), [AuthFlavor.TLS, again]]);
    return proved;
  }
}

function tooManyHandshakes(): TransportError {
  const message = `closed in the middle of the TLS handshake: ${mostHandshakes} are in progress, most of them with this host, and another host needs a place`;
  return new TransportError("TRANSPORT_TOO_MANY_CONNECTIONS", message);
}

/** @throws TransportError for an error of `identify`, and for anything but a name. */
async function nameOf(
  certificate: Certificate | undefined,
  identify: TlsListenOptions["identify"],
): Promise<string | undefined> {
  if (certificate === undefined || identify === undefined) return undefined;
  let name: unknown;
  try {
    name = await identify(certificate);
  } catch (cause) {
    const why = messageOf(cause);
    const message = `the function options.tls.identify refused the certificate of ${quote(certificate.subject, 200)}: ${why}`;
    throw new TransportError("TRANSPORT_TLS_FAILED", message, { cause });
  }
  if (name === undefined || (typeof name === "string" && name !== "")) return name;
  const message = `the function options.tls.identify must return a name, or undefined for none; for ${quote(certificate.subject, 200)} it returned ${show(name)}`;
  throw new TransportError("TRANSPORT_TLS_FAILED", message);
}

/** The flavour for connections without TLS, where TLS is required: only procedure 0 is admitted. */
function onlyNull(auth: ServerAuth): ServerAuth {
  return {
    flavor: auth.flavor,
    admit: (header, ...rest) => (header.procedure === 0 ? auth.admit(header, ...rest) : tooWeak),
  };
}
