// Certificates and keys of one end: given as PEM, or read from files, and read again when the files have changed.
import { readFile, stat } from "node:fs/promises";
import { createSecureContext, type SecureContext } from "node:tls";
import { systemClock } from "../../base/clock.js";
import { TransportError } from "../errors.js";
import { withoutTickets } from "./no-tickets.js";

/**
 * The certificates and the key of one end. Each is PEM (text with `-----BEGIN`, or bytes), or the path of a PEM file. Files are
 * read again when they have changed, for the next handshake: no restart is needed.
 */
export interface TlsCredentials {
  /** The certificate authorities that may sign the other end's certificate; a file may hold several. Default on a client: those that Node trusts. */
  readonly ca?: string | Uint8Array | undefined;
  /** This end's certificate, followed by those of intermediate authorities. Required on servers. Default: none. */
  readonly cert?: string | Uint8Array | undefined;
  /** The private key of `cert`. Default: none. */
  readonly key?: string | Uint8Array | undefined;
  /** The passphrase of an encrypted `key`. Default: none. */
  readonly passphrase?: string | undefined;
}

/** Milliseconds for which files are taken to be unchanged, so that a flood of handshakes does not read them each time. */
const filesKept = 1_000;

type Part = "ca" | "cert" | "key";
const parts: readonly Part[] = ["ca", "cert", "key"];

/** Makes OpenSSL contexts from credentials. */
export class Credentials {
  readonly #given: TlsCredentials;
  readonly #onError: (error: TransportError) => void;
  readonly #paths: readonly string[];
  /** The modification times and sizes of the files that `#context` was made from. */
  #version = "";
  #checkedAt = Number.NEGATIVE_INFINITY;
  #context: SecureContext | undefined;
  #loading: Promise<SecureContext> | undefined;

  /** `onError` receives the errors of files that have changed and cannot be used; those read before stay in use. */
  constructor(given: TlsCredentials, onError: (error: TransportError) => void = () => undefined) {
    this.#given = given;
    this.#onError = onError;
    this.#paths = parts.flatMap((part) => pathOf(given[part]) ?? []);
  }

  /** The context for the next handshake. @throws TransportError TRANSPORT_TLS_FAILED if there has been no usable one. */
  async context(): Promise<SecureContext> {
    const now = systemClock.now();
    if (this.#context !== undefined && (this.#paths.length === 0 || now - this.#checkedAt < filesKept)) {
      return this.#context;
    }
    this.#loading ??= this.#load().finally(() => {
      this.#checkedAt = systemClock.now();
      this.#loading = undefined;
    });
    return this.#loading;
  }

  async #load(): Promise<SecureContext> {
    try {
      const version = await versionOf(this.#paths);
      if (this.#context === undefined || version !== this.#version) {
        this.#context = await makeContext(this.#given);
        this.#version = version;
      }
      return this.#context;
    } catch (cause) {
      const error = unusable(cause as Error);
      if (this.#context === undefined) throw error;
      this.#onError(error);
      return this.#context;
    }
  }
}

function pathOf(given: string | Uint8Array | undefined): string | undefined {
  return typeof given === "string" && !given.includes("-----BEGIN") ? given : undefined;
}

async function versionOf(paths: readonly string[]): Promise<string> {
  const states = await Promise.all(paths.map((path) => stat(path, { bigint: true })));
  return states.map(({ mtimeNs, size, ino }) => `${mtimeNs} ${size} ${ino}`).join();
}

async function makeContext(given: TlsCredentials): Promise<SecureContext> {
  const [ca, cert, key] = await Promise.all(parts.map((part) => read(given[part])));
  const { passphrase } = given;
  const context = createSecureContext({
    ...(ca !== undefined && { ca }),
    ...(cert !== undefined && { cert }),
    ...(key !== undefined && { key }),
    ...(passphrase !== undefined && { passphrase }),
    // RFC 9289 section 5: no older version may be used.
    minVersion: "TLSv1.3",
    maxVersion: "TLSv1.3",
  });
  return withoutTickets(context);
}

async function read(given: string | Uint8Array | undefined): Promise<string | Buffer | undefined> {
  const path = pathOf(given);
  if (path !== undefined) return readFile(path);
  return given instanceof Uint8Array ? Buffer.from(given) : given;
}

function unusable(cause: Error): TransportError {
  const message = `the certificate or key for TLS cannot be used (options.tls): ${cause.message}`;
  return new TransportError("TRANSPORT_TLS_FAILED", message, { cause });
}
