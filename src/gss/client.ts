// The client's side of RPCSEC_GSS (RFC 2203): a context for each connection, made by calls over it before the first call that
// needs it.
import { checkOptions, type OptionTable, wrong } from "../base/check-options.js";
import { AuthFlavor, AuthStat, type BodyWriter, type OpaqueAuth } from "../rpc/auth.js";
import type { Channel, ClientAuth } from "../rpc/call.js";
import { RpcRejected } from "../rpc/errors.js";
import { nullProcedure } from "../rpc/null.js";
import type { Program } from "../rpc/program.js";
import { writeAuth } from "../rpc/write-auth.js";
import { type Address, formatAddress } from "../transport/address.js";
import type { XdrReader } from "../xdr/reader.js";
import type { XdrWriter } from "../xdr/writer.js";
import { control, writeCredential } from "./credential.js";
import { type Established, establish } from "./establish.js";
import { krb5 } from "./krb5/krb5.js";
import type { GssMechanism } from "./mechanism.js";
import { type GssProtection, openProtectedOutcome, protectionsByStrength, writeProtected } from "./protection.js";
import { isVerifierOf, signedNumber, verifierOf } from "./verifier.js";

/** Options of `authGss`. */
export interface AuthGssOptions {
  /**
   * The service that is called: `"nfs@host"`, with the host's full name, or a principal, `"nfs/host@EXAMPLE.ORG"`. `"nfs"` alone means the service on
   * the target's host, by the host name in the target, which the key distribution centre (KDC) must know.
   */
  readonly service: string;
  /** How arguments and results are protected: see `GssProtection`. Default "integrity". */
  readonly protection?: GssProtection;
  /** The mechanism. Default `krb5()`, which has options for caches and keytabs. */
  readonly mechanism?: GssMechanism;
  /**
   * True: accepts calls that the server makes back with AUTH_NONE or AUTH_SYS over a connection without TLS. Such calls are in clear text, and an
   * attacker on the network path can forge them. Applies with protection "integrity" and "privacy". Default false: such calls are denied with
   * AUTH_TOOWEAK, except those of procedure 0.
   */
  readonly unprotectedCallbacks?: boolean;
}

const authGssOptions: OptionTable<AuthGssOptions> = {
  service: "text",
  unprotectedCallbacks: "flag",
  protection: protectionsByStrength,
  mechanism: "object",
};

/**
 * Authenticates calls by Kerberos (RPCSEC_GSS, RFC 2203). The server is authenticated, too. Each connection establishes a context with its first
 * call, and destroys it when the connection closes. A new context is established when the server no longer has the old one, or when it has expired.
 *
 * If there is no ticket, or the server is not the requested service, the call fails with RPC_GSS_FAILED and did not run. If the reply was changed,
 * the call fails with RPC_AUTH_ERROR. After a call was sent, only a result is authenticated, so `mayHaveRun` of every error is true.
 * @throws TypeError for an option that is invalid or misspelt.
 * @example
 * const auth = authGss({ service: "nfs@localhost", protection: "privacy" });
 * const client = createClient(ADD_VERS, "tcp://127.0.0.1:7000", { auth });
 */
export function authGss(options: AuthGssOptions): ClientAuth {
  checkOptions(authGssOptions, options);
  const { service, protection = "integrity", mechanism = krb5(), unprotectedCallbacks = false } = options;
  if (service === undefined || service === "") wrong("options.service", service, 'a service, such as "nfs@host"');
  return new GssAuth({ service, protection, mechanism, unprotectedCallbacks });
}

class GssAuth implements ClientAuth {
  readonly flavor = AuthFlavor.RPCSEC_GSS;
  readonly #options: Required<AuthGssOptions>;

  constructor(options: Required<AuthGssOptions>) {
    this.#options = options;
  }

  forConnection(): ClientAuth {
    return new ConnectionAuth(this.#options);
  }

  /** Marks the credential as one that makes calls first: clients that cannot do that refuse it. */
  prepare(): Promise<void> {
    return Promise.reject(withoutConnection());
  }

  seal(): never {
    throw withoutConnection();
  }

  open(): never {
    throw withoutConnection();
  }
}

function withoutConnection(): TypeError {
  return new TypeError("a credential of authGss needs a connection that calls forConnection");
}

/** After more calls a server may have forgotten that this one ran: those of Lupine know the last 2,048 of a connection. */
const mostSince = 1_024;

/** The state of one connection. */
class ConnectionAuth implements ClientAuth {
  readonly flavor = AuthFlavor.RPCSEC_GSS;
  readonly provesRefusals = false;
  readonly protectsCallbacks: boolean;
  waitsFor: string | undefined;
  readonly #options: Required<AuthGssOptions>;
  #established: Established | undefined;
  #program: Program | undefined;

  constructor(options: Required<AuthGssOptions>) {
    this.#options = options;
    this.protectsCallbacks = options.protection !== "none" && !options.unprotectedCallbacks;
  }

  get window(): number | undefined {
    return this.#established?.window;
  }

  async prepare(channel: Channel, program: Program, isNeeded = () => true): Promise<void> {
    const { mechanism, protection } = this.#options;
    const service = serviceOf(this.#options.service, channel.calledAs ?? channel.remote);
    const onWait = (what: string): void => {
      this.waitsFor = `: ${what}`;
    };
    try {
      this.#established = await establish({ mechanism, service, protection, isNeeded, onWait }, channel, program);
    } finally {
      this.waitsFor = undefined;
    }
    this.#program = program;
  }

  seal(out: XdrWriter, start: number, writeArguments: BodyWriter): Sealed {
    return sealMessage(out, start, this.#established as Established, control.data, writeArguments);
  }

  open(verifier: OpaqueAuth, from: XdrReader, sealed: readonly unknown[]): XdrReader {
    return openReply(verifier, from, sealed as readonly Sealed[]);
  }

  /** The server has forgotten the context, or it has ended: `prepare` makes another one (RFC 2203 section 5.3.3.3). */
  async refresh(why: AuthStat, since: number): Promise<boolean> {
    return (why === AuthStat.RPCSEC_GSS_CREDPROBLEM || why === AuthStat.RPCSEC_GSS_CTXPROBLEM) && since <= mostSince;
  }

  /** Gives the context back (RFC 2203 section 5.4). */
  async destroy(channel: Channel): Promise<void> {
    const established = this.#established;
    const program = this.#program;
    if (established === undefined || program === undefined) return;
    const auth: ClientAuth = {
      flavor: AuthFlavor.RPCSEC_GSS,
      seal: (out, start, write) => sealMessage(out, start, established, control.destroy, write),
      open: (verifier, from, sealed) => openReply(verifier, from, sealed as readonly Sealed[]),
    };
    await channel.call({ program, procedure: nullProcedure, args: [], options: { auth } });
  }
}

/** One transmission: its reply is checked against it. */
interface Sealed {
  readonly established: Established;
  readonly sequence: number;
}

function sealMessage(
  out: XdrWriter,
  start: number,
  established: Established,
  kind: number,
  writeArguments: BodyWriter,
): Sealed {
  const { context, handle, protection } = established;
  const sequence = ++established.sequence;
  writeCredential(out, { version: 1, control: kind, sequence, protection, handle });
  writeAuth(out, verifierOf(context, out.buffer.subarray(start, out.offset)));
  writeProtected(out, context, protection, sequence, writeArguments);
  return { established, sequence };
}

/** @throws RpcRejected if the reply does not come from the server, or was changed. */
function openReply(verifier: OpaqueAuth, from: XdrReader, sealed: readonly Sealed[]): XdrReader {
  // As a rule the newest transmission is the one that is answered.
  for (const { established, sequence } of sealed.toReversed()) {
    const { context, protection } = established;
    if (!isVerifierOf(context, signedNumber(sequence), verifier)) continue;
    const opened = openProtectedOutcome(from, context, protection, sequence);
    if (opened === undefined) throw changed("the result does not match its integrity code, or cannot be decrypted");
    return opened;
  }
  throw changed("its verifier is not the server's");
}

function changed(what: string): RpcRejected {
  return new RpcRejected("RPC_AUTH_ERROR", `the reply was changed on its way, or is not the server's: ${what}`, {
    mayHaveRun: true,
  });
}

/** `"nfs"` becomes `"nfs@host"`. */
function serviceOf(service: string, server: Address): string {
  if (service.includes("@") || service.includes("/")) return service;
  if ("host" in server) return `${service}@${server.host}`;
  throw new TypeError(
    `options.service is ${JSON.stringify(service)}, and ${formatAddress(server)} has no host; give ${service}@host`,
  );
}
