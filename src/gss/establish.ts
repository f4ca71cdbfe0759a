// Making a context by calls of procedure 0 (RFC 2203 section 5.2): tokens go to and fro until both ends have it.
import { printable, quote } from "../base/quote.js";
import { AuthFlavor, type OpaqueAuth } from "../rpc/auth.js";
import type { Channel, ClientAuth } from "../rpc/call.js";
import { RpcError, RpcRejected } from "../rpc/errors.js";
import { noAuth } from "../rpc/header.js";
import type { Program } from "../rpc/program.js";
import { writeAuth } from "../rpc/write-auth.js";
import { formatAddress } from "../transport/address.js";
import { control, longestHandle, longestToken, writeCredential } from "./credential.js";
import { type gss_init_result, RPCSEC_GSS_CONTROL_V1 } from "./gss.gen.js";
import {
  type GssContext,
  GssError,
  type GssMechanism,
  type GssNegotiation,
  type GssStep,
  isFailure,
  major,
} from "./mechanism.js";
import type { GssProtection } from "./protection.js";
import { isVerifierOf, signedNumber } from "./verifier.js";

/** A context that is complete at both ends. */
export interface Established {
  readonly context: GssContext;
  /** The server's name of the context. */
  readonly handle: Uint8Array;
  readonly protection: GssProtection;
  /** The most calls in flight: a server may drop what is behind them without a word (RFC 2203 sections 5.2.3.1 and 5.3.3.1). */
  readonly window: number;
  /** The last sequence number. */
  sequence: number;
}

/** The context that is wanted. */
export interface Wish {
  readonly mechanism: GssMechanism;
  /** With its host. */
  readonly service: string;
  readonly protection: GssProtection;
  /** False once no call waits for the context any more. */
  readonly isNeeded: () => boolean;
  /** Called with what the context waits for. */
  readonly onWait: (what: string) => void;
}

/** Mechanisms need one or two. */
const mostRounds = 16;

/** @throws RpcError (RPC_GSS_FAILED) if there is no credential, or one end refuses the other; else the error of a call. */
export async function establish(wish: Wish, channel: Channel, program: Program): Promise<Established> {
  const { mechanism, service } = wish;
  const negotiation = mechanism.initiate(service);
  try {
    return await negotiate(negotiation, wish, channel, program);
  } catch (error) {
    // A server that denies a control call does not take RPCSEC_GSS, or not from this caller.
    if (error instanceof GssError || error instanceof RpcRejected) throw failed(error, mechanism, service, channel);
    // A control call has no effect on the program.
    if (error instanceof RpcError) (error as { mayHaveRun: boolean }).mayHaveRun = false;
    throw error;
  } finally {
    negotiation.destroy?.();
  }
}

async function negotiate(
  negotiation: GssNegotiation,
  wish: Wish,
  channel: Channel,
  program: Program,
): Promise<Established> {
  const { protection } = wish;
  let { token, context } = await step(negotiation, wish, undefined);
  const { init } = RPCSEC_GSS_CONTROL_V1.procedures;
  let handle: Uint8Array = new Uint8Array(0);
  for (let round = 0; round < mostRounds; round++) {
    const auth = new ControlAuth(round === 0 ? control.init : control.continueInit, handle, protection);
    const options = { auth, semantics: "at-least-once" } as const;
    const args = [{ token: token ?? new Uint8Array(0) }];
    waits(wish, `the answer of ${formatAddress(channel.remote)}`);
    const reply = (await channel.call({ program, procedure: init, args, options })) as gss_init_result;
    checkLengths(reply);
    // An error's token says more than its number: let the mechanism throw.
    if (reply.token.length > 0) ({ token, context } = await step(negotiation, wish, reply.token));
    if (isFailure(reply.major)) throw refused(reply);
    handle = reply.handle;
    if (reply.major !== major.complete) continue;
    if (context === undefined)
      throw new GssError("the server takes the context for complete", { major: major.failure });
    if (!isVerifierOf(context, signedNumber(reply.window), auth.verifier)) {
      throw new GssError("the server does not prove itself", { major: major.failure });
    }
    return { context, handle, protection, window: Math.max(1, reply.window), sequence: 0 };
  }
  throw new GssError(`no context after ${mostRounds} tokens`, { major: major.failure });
}

/** The name of the context is sent with each call, and the mechanism copies the token. */
function checkLengths({ handle, token }: gss_init_result): void {
  if (handle.length <= longestHandle && token.length <= longestToken) return;
  const lengths = `a name of ${handle.length} bytes and a token of ${token.length}`;
  const most = `the most are ${longestHandle} and ${longestToken}`;
  throw new GssError(`the server gives the context ${lengths}; ${most}`, { major: major.failure });
}

function step(negotiation: GssNegotiation, wish: Wish, token: Uint8Array | undefined): Promise<GssStep> {
  waits(wish, negotiation.waitsFor ?? "its mechanism");
  return negotiation.step(token, wish.isNeeded);
}

function waits({ mechanism, service, onWait }: Wish, what: string): void {
  onWait(`the ${mechanism.name} context with ${quote(service)} waits for ${what}`);
}

function refused({ major, minor }: gss_init_result): GssError {
  const numbers = `major status 0x${major.toString(16)}, minor status ${minor | 0}`;
  return new GssError(`the server refuses the context (${numbers})`, { major, minor });
}

/** The credential of a control message. */
class ControlAuth implements ClientAuth {
  readonly flavor = AuthFlavor.RPCSEC_GSS;
  /** The verifier of the reply, which can be checked once the context is complete. */
  verifier: OpaqueAuth = noAuth;
  readonly #kind: number;
  readonly #handle: Uint8Array;
  readonly #protection: GssProtection;

  constructor(kind: number, handle: Uint8Array, protection: GssProtection) {
    this.#kind = kind;
    this.#handle = handle;
    this.#protection = protection;
  }

  seal: ClientAuth["seal"] = (out, _start, writeArguments) => {
    const credential = { version: 1, control: this.#kind, sequence: 0, protection: this.#protection };
    writeCredential(out, { ...credential, handle: this.#handle });
    writeAuth(out, noAuth);
    writeArguments(out);
  };

  open: ClientAuth["open"] = ({ flavor, body }, from) => {
    this.verifier = { flavor, body: Uint8Array.from(body) };
    return from;
  };
}

function failed(cause: GssError | RpcRejected, { name }: GssMechanism, service: string, { remote }: Channel): RpcError {
  const message = `no ${name} context with ${quote(service)} at ${formatAddress(remote)}: ${printable(cause.message, 500)}`;
  return new RpcError("RPC_GSS_FAILED", message, { mayHaveRun: false, cause });
}
