// The server's side of RPCSEC_GSS (RFC 2203). A call reaches its procedure only if the integrity code of its header, and
// that of its arguments, were verified.
import { createHash } from "node:crypto";
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { type Clock, systemClock } from "../base/clock.js";
import {
  type Admission,
  type Answered,
  AuthFlavor,
  AuthStat,
  type CallHeader,
  type Identity,
  type OpaqueAuth,
  type ServerAuth,
} from "../rpc/auth.js";
import { noAuth } from "../rpc/header.js";
import { writeAuth } from "../rpc/write-auth.js";
import { groupOf } from "../transport/address-group.js";
import { HostShares } from "../transport/host-shares.js";
import { XdrReader } from "../xdr/reader.js";
import type { Encodable } from "../xdr/type.js";
import {
  type ContextLimits,
  defaultContextLimits,
  type ServerContext,
  ServerContexts,
  windowSize,
} from "./contexts.js";
import { control, endOfSequence, type GssCredential, longestToken, readCredential } from "./credential.js";
import { gss_init_arg, gss_init_result } from "./gss.gen.js";
import { HostMap } from "./host-map.js";
import { krb5 } from "./krb5/krb5.js";
import { GssError, type GssMechanism, type GssNegotiation, major } from "./mechanism.js";
import {
  type GssProtection,
  openProtected,
  protectionsByStrength,
  writeProtected,
  writeProtectedOutcome,
} from "./protection.js";
import { RecentCalls } from "./recent-calls.js";
import { isVerifierOf, signedNumber, verifierOf } from "./verifier.js";

/** Options of `acceptGss`. */
export interface AcceptGssOptions {
  /**
   * The keytab: the file with the keys of the server's service principals. Cannot be combined with `mechanism`. Default: the environment variable
   * KRB5_KTNAME, else /etc/krb5.keytab.
   */
  readonly keytab?: string;
  /** The service whose keys are used, such as `"nfs@host"`. Cannot be combined with `mechanism`. Default: any service in the keytab. */
  readonly service?: string;
  /** The weakest protection of calls that is accepted; weaker ones get AUTH_TOOWEAK. Default "none". */
  readonly protection?: GssProtection;
  /** Limits of contexts. Default: see `ContextLimits`. */
  readonly limits?: Partial<ContextLimits>;
  /** Called when a caller's context could not be made, for example because the keytab lacks the service. Must not throw. Default: none. */
  readonly onRefused?: (error: Error) => void;
  /** The mechanism. Default `krb5({ keytab, service })`. */
  readonly mechanism?: GssMechanism;
  /** The clock by which contexts end, for tests: a `FakeClock` of `lupine/testing`. Default: the machine's. */
  readonly clock?: Clock;
}

const acceptGssOptions: OptionTable<AcceptGssOptions> = {
  keytab: "text",
  service: "text",
  protection: protectionsByStrength,
  limits: { contexts: "size", contextsPerPrincipal: "size", unfinished: "size", lifetime: "time" },
  onRefused: "function",
  mechanism: "object",
  clock: "object",
};

/**
 * Accepts calls whose caller is authenticated by Kerberos (RPCSEC_GSS, RFC 2203 and RFC 5403 without channel bindings). Put it into the server's
 * `auth` option; to refuse all other flavours, make it the only one. `call.identity.principal` is the caller, and
 * `call.identity.gss` says how the call was protected.
 *
 * A call with a wrong integrity code is not run: the caller gets AUTH_ERROR or GARBAGE_ARGS. A sequence number that was used
 * before gets no answer (RFC 2203 section 5.3.3.1).
 * @throws TypeError for an option that is invalid or misspelt.
 * @example
 * const server = new Server({ auth: [acceptGss({ keytab: "/etc/krb5.keytab", protection: "integrity" })] });
 * server.implement(ADD_VERS, {
 *   add({ a, b }, { identity }) {
 *     console.log(`${identity.principal} adds`);
 *     return a + b;
 *   },
 * });
 */
export function acceptGss(options: AcceptGssOptions = {}): ServerAuth {
  checkOptions(acceptGssOptions, options);
  const { keytab, service, mechanism } = options;
  if (mechanism !== undefined && (keytab !== undefined || service !== undefined)) {
    throw new TypeError(
      "options.mechanism has a keytab and a service of its own; leave options.keytab and options.service out",
    );
  }
  const own = { ...(keytab === undefined ? {} : { keytab }), ...(service === undefined ? {} : { service }) };
  return new GssAcceptance(mechanism ?? krb5(own), options);
}

/** Answers that are kept for a request that is sent again over UDP. */
const mostAnswers = 64;
/** Negotiations that run at a time; the rest is denied. A host leaves room to others. */
const mostNegotiations = 256;

class GssAcceptance implements ServerAuth {
  readonly flavor = AuthFlavor.RPCSEC_GSS;
  readonly #mechanism: GssMechanism;
  readonly #weakest: number;
  readonly #onRefused: ((error: Error) => void) | undefined;
  readonly #clock: Clock;
  readonly #contexts: ServerContexts;
  /** The last answers to INIT by the hash of its token: a token that comes twice would be taken for a replay. */
  readonly #answers = new HostMap<Promise<Admission>>(mostAnswers);
  readonly #negotiations = new HostShares(mostNegotiations);
  readonly #recent = new WeakMap<object, RecentCalls>();

  constructor(mechanism: GssMechanism, options: AcceptGssOptions) {
    this.#mechanism = mechanism;
    this.#weakest = protectionsByStrength.indexOf(options.protection ?? "none");
    this.#onRefused = options.onRefused;
    this.#clock = options.clock ?? systemClock;
    this.#contexts = new ServerContexts({ ...defaultContextLimits, ...options.limits });
  }

  admit(
    header: CallHeader,
    credential: OpaqueAuth,
    verifier: OpaqueAuth,
    from: XdrReader,
    signed: SignedHeader,
  ): Admission | Promise<Admission> {
    const sent = readCredential(credential);
    if (sent === undefined) return deniedFor(AuthStat.BADCRED);
    // Version 2 differs only in channel bindings (RFC 5403 section 2.1).
    if (sent.version !== 1 && sent.version !== 2) return deniedFor(AuthStat.REJECTEDCRED);
    if (sent.control === control.data) return this.#data(header, sent, verifier, from, signed);
    if (header.procedure !== 0) return deniedFor(AuthStat.BADCRED);
    if (sent.control === control.destroy) return this.#destroy(sent, verifier, from, signed);
    return this.#negotiate(sent, from, hostOf(signed));
  }

  // RFC 2203 section 5.2.
  #negotiate(sent: GssCredential, from: XdrReader, host: string): Admission | Promise<Admission> {
    const token = tokenOf(from);
    if (token === undefined) return deniedFor(AuthStat.BADCRED);
    const isFirst = sent.control === control.init;
    const key = createHash("sha256")
      .update(token)
      .update(isFirst ? noHandle : sent.handle)
      .digest("base64");
    const known = this.#answers.get(key);
    if (known !== undefined) return known;
    if (!this.#negotiations.hasRoomFor(host)) return deniedFor(AuthStat.FAILED);
    const unfinished = isFirst ? undefined : this.#contexts.takeUnfinished(sent.handle);
    if (!isFirst && unfinished?.version !== sent.version) return deniedFor(AuthStat.RPCSEC_GSS_CREDPROBLEM);
    const negotiation = unfinished?.negotiation ?? this.#mechanism.accept();
    const answer = this.#answer(negotiation, { version: sent.version, token, host });
    this.#answers.add(key, host, answer);
    return answer;
  }

  async #answer(negotiation: GssNegotiation, { version, token, host }: ReceivedToken): Promise<Admission> {
    this.#negotiations.add(host);
    try {
      const step = await negotiation.step(token);
      const reply = step.token ?? noHandle;
      if (step.context === undefined) {
        const handle = this.#contexts.addUnfinished(negotiation, version, host);
        return answered(noAuth, { handle, major: major.continueNeeded, minor: 0, window: windowSize, token: reply });
      }
      negotiation.destroy?.();
      const handle = this.#contexts.add(step.context, version, this.#clock.date());
      const verifier = verifierOf(step.context, signedNumber(windowSize));
      return answered(verifier, { handle, major: major.complete, minor: 0, window: windowSize, token: reply });
    } catch (error) {
      negotiation.destroy?.();
      this.#onRefused?.(error as Error);
      if (!(error instanceof GssError)) throw error;
      const status = { major: error.major, minor: error.minor, token: error.token ?? noHandle };
      return answered(noAuth, { handle: noHandle, window: 0, ...status });
    } finally {
      this.#negotiations.add(host, -1);
    }
  }

  // RFC 2203 section 5.3.
  #data(
    header: CallHeader,
    sent: GssCredential,
    verifier: OpaqueAuth,
    from: XdrReader,
    signed: SignedHeader,
  ): Admission {
    const found = this.#verified(sent, verifier, from, signed);
    if ("kind" in found) return found;
    const { context } = found;
    const { sequence, protection } = sent;
    if (protectionsByStrength.indexOf(protection) < this.#weakest) return deniedFor(AuthStat.TOOWEAK);
    const isRepeated = signed.connection !== undefined && this.#hasRun(header.xid, found, signed.connection);
    const identity: Identity = {
      flavor: AuthFlavor.RPCSEC_GSS,
      principal: context.peer,
      gss: {
        protection,
        mechanism: this.#mechanism.name,
        isDelegated: context.isDelegated,
        ...(context.delegatedCache !== undefined && { delegatedCache: context.delegatedCache }),
      },
    };
    const seal: SealReply = (out, writeOutcome) => {
      writeAuth(out, verifierOf(context, signedNumber(sequence)));
      writeProtectedOutcome(out, context, protection, sequence, writeOutcome);
    };
    const opened = openProtected(from, context, protection, sequence);
    if (opened === undefined) return { kind: "garbled", identity, seal };
    return { kind: "admitted", identity, seal, from: opened, isRepeated };
  }

  // A denial of a call that ran, forged on the way, makes its caller send it again by a new context.
  #hasRun(xid: number, { context: { peer }, id }: ServerContext, connection: object): boolean {
    const recent = this.#recent.get(connection) ?? new RecentCalls();
    this.#recent.set(connection, recent);
    return recent.isRepeated(xid, peer, id);
  }

  // RFC 2203 section 5.4. The reply is still protected by the context.
  #destroy(sent: GssCredential, verifier: OpaqueAuth, from: XdrReader, signed: SignedHeader): Admission {
    const found = this.#verified(sent, verifier, from, signed);
    if ("kind" in found) return found;
    const { context, id } = found;
    const { sequence, protection } = sent;
    return {
      kind: "answered",
      verifier: verifierOf(context, signedNumber(sequence)),
      writeResult: (out) => writeProtected(out, context, protection, sequence, () => undefined),
      afterSent: () => this.#contexts.delete(id),
    };
  }

  /** The context of a message whose header is its caller's, and new; else what becomes of the message. */
  #verified(
    sent: GssCredential,
    verifier: OpaqueAuth,
    from: XdrReader,
    { start, end }: SignedHeader,
  ): ServerContext | Admission {
    const found = this.#contexts.find(sent.handle);
    if (found === undefined || found.version !== sent.version) return deniedFor(AuthStat.RPCSEC_GSS_CREDPROBLEM);
    if (!isVerifierOf(found.context, from.buffer.subarray(start, end), verifier)) {
      return deniedFor(AuthStat.RPCSEC_GSS_CREDPROBLEM);
    }
    if (sent.sequence >= endOfSequence) return deniedFor(AuthStat.RPCSEC_GSS_CTXPROBLEM);
    if (this.#clock.date() >= found.endsAt) {
      this.#contexts.delete(found.id);
      return deniedFor(AuthStat.RPCSEC_GSS_CTXPROBLEM);
    }
    return found.window.take(sent.sequence) ? found : { kind: "dropped" };
  }
}

/** The part of a message that the verifier signs. */
type SignedHeader = Parameters<ServerAuth["admit"]>[4];

interface ReceivedToken {
  /** The version of RPCSEC_GSS. */
  readonly version: number;
  readonly token: Uint8Array;
  /** The caller's host, for limits. */
  readonly host: string;
}

type SealReply = NonNullable<Extract<Admission, { kind: "admitted" }>["seal"]>;

const noHandle = new Uint8Array(0);

/** The caller's host, for limits: for IPv6, the network of /64. */
function hostOf({ remote }: SignedHeader): string {
  return (remote && groupOf(remote)) ?? "";
}

function deniedFor(why: AuthStat): Admission {
  return { kind: "denied", why };
}

function answered(verifier: OpaqueAuth, result: Encodable<gss_init_result>): Answered {
  return { kind: "answered", verifier, writeResult: (out) => gss_init_result.encode(out, result) };
}

/** A copy of the token: the message's bytes are overwritten while the mechanism is at work. */
function tokenOf(from: XdrReader): Uint8Array | undefined {
  if (from.left > longestToken) return undefined;
  const own = new XdrReader(Uint8Array.from(from.buffer.subarray(from.offset, from.end)));
  try {
    const { token } = gss_init_arg.decode(own);
    own.finish();
    return token;
  } catch {
    return undefined;
  }
}
