// One call without the machinery of a connection: its message, and the reply to it. For clients that wait for one call at a
// time. The same steps, errors and leniency as exchange.ts and reply.ts.
import type { ChannelCall, ClientAuth } from "../rpc/call.js";
import { RpcCodecError, RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import {
  AcceptStat,
  type ReplyMessage,
  readReplyHeader,
  viewAuth,
  writeAuthWords,
  writeCallHeader,
} from "../rpc/header.js";
import { TransportError } from "../transport/errors.js";
import { copyOf } from "../xdr/memory.js";
import type { XdrReader } from "../xdr/reader.js";
import { elementWeight } from "../xdr/weight.js";
import type { XdrWriter } from "../xdr/writer.js";
import { argumentError, resultError } from "./codec-errors.js";
import { badReply, type FailedCall, placeOf } from "./failures.js";
import type { OnLeftOver } from "./left-over-warning.js";
import { refused, rejected } from "./refused.js";
import { mostGrowth } from "./reply.js";

export interface PlainCall extends FailedCall {
  readonly auth: ClientAuth;
  /** The values that `seal` has returned, one for each transmission. */
  readonly sealed: unknown[];
}

export type Outcome = { readonly value: unknown } | { readonly error: unknown };

export interface ReadingOptions {
  readonly decodedBytes: number;
  /** Undefined: bytes left over after a result are an error. */
  readonly onLeftOver: OnLeftOver | undefined;
}

/** Writes header, credential, verifier and arguments. @throws RpcError */
export function writePlainCall(out: XdrWriter, call: PlainCall): void {
  const { request, auth, xid } = call;
  const start = out.offset;
  writeCallHeader(out, xid, request.program.number, request.program.version, request.procedure.number);
  try {
    if (auth.fixed === undefined) {
      call.sealed.push(auth.seal(out, start, (to) => request.procedure.args.encode(to, request.args)));
    } else {
      writeAuthWords(out, auth.fixed);
      request.procedure.args.encode(out, request.args);
    }
  } catch (error) {
    throw unsent(call, error);
  }
}

/** Converts an error of an encoder or of a connection, as `notSent` of failures.ts does. */
export function unsent(call: FailedCall, error: unknown): RpcError {
  if (error instanceof RpcError) {
    // The credential's own error, at a later transmission.
    return call.transmissions > 0 ? Object.assign(error, { mayHaveRun: true }) : error;
  }
  const facts = { place: placeOf(call.request, call.remote, call.xid), mayHaveRun: call.transmissions > 0 };
  if (!(error instanceof TransportError)) {
    const { cause, text } = argumentError(call.request, error);
    return new RpcCodecError("RPC_CANT_ENCODE_ARGS", `the arguments cannot be encoded: ${text}`, { ...facts, cause });
  }
  if (error.code === "TRANSPORT_MESSAGE_TOO_LONG") {
    const message = `the arguments do not fit this transport: ${error.message}`;
    return new RpcCodecError("RPC_CANT_ENCODE_ARGS", message, { ...facts, cause: error });
  }
  if (error.code === "TRANSPORT_TIMEOUT") return new RpcTimeout(`the call could not be sent: ${error.message}`, facts);
  return new RpcDisconnected(`the call could not be sent: ${error.message}`, { ...facts, cause: error });
}

/**
 * The outcome of a call, from its reply; `from` is at the xid, and `reply` is overwritten.
 * @throws RpcError if header or verifier are malformed: over datagrams the real reply may still arrive.
 */
export function readOutcome(call: PlainCall, from: XdrReader, reply: ReplyMessage, options: ReadingOptions): Outcome {
  if (!readReplyHeader(from, reply)) throw badReply(call, "its header is malformed");
  if (!reply.accepted) return { error: rejected(call, reply) };
  const results = opened(call, from, reply);
  if (results.left < 4) throw badReply(call, "it ends before its accept status");
  const stat = results.readWord();
  return stat === AcceptStat.SUCCESS ? resultOf(call, results, options) : { error: refused(call, stat, results) };
}

function opened(call: PlainCall, from: XdrReader, { verifier }: ReplyMessage): XdrReader {
  if (call.auth.fixed !== undefined && verifier.flavor === 0 && verifier.length === 0) return from;
  try {
    return call.auth.open(viewAuth(from, verifier), from, call.sealed);
  } catch (error) {
    throw error instanceof RpcError ? error : badReply(call, "its verifier", error);
  }
}

function resultOf(call: PlainCall, from: XdrReader, { decodedBytes, onLeftOver }: ReadingOptions): Outcome {
  const { result } = call.request.procedure;
  const start = from.offset;
  try {
    if (from.left * mostGrowth > decodedBytes) {
      from.elementsLeft = Math.min(from.elementsLeft, Math.floor(decodedBytes / elementWeight(result.shape)));
    }
    const value = result.decode(from);
    if (from.offset !== from.end) forgiveLeftOver(call, from, onLeftOver);
    return { value };
  } catch (error) {
    const bytes = copyOf(from.buffer, start, from.end - start);
    const bad = { bytes, limits: from.limits, isLenient: from.lenient !== undefined };
    const { cause, text } = resultError(call.request, bad, error);
    return { error: badReply(call, text, cause) };
  }
}

/** @throws XdrError in strict clients. */
function forgiveLeftOver({ request, remote, xid }: FailedCall, from: XdrReader, onLeftOver?: OnLeftOver): void {
  if (onLeftOver === undefined || from.lenient !== undefined) {
    from.finish();
    return;
  }
  try {
    onLeftOver({ ...placeOf(request, remote, xid), bytes: from.left });
  } catch {
    // The result is usable in spite of this error.
  }
}

/** Reports a credential that a client without a connection cannot use. @throws TypeError */
export function refuseUnprepared(auth: ClientAuth): void {
  if (auth.prepare === undefined) return;
  throw new TypeError(
    "options.auth: this credential has to make calls before it can be used, which streams, deferred and blocking calls and servers of the same process cannot; use ordinary calls of createClient with an address",
  );
}

/** @throws TypeError */
export function refuseSessions({ options }: ChannelCall): void {
  if (options.semantics !== "exactly-once") return;
  throw new TypeError(
    'options.semantics: "exactly-once" does not apply to this client, which has no sessions; use createClient with an address',
  );
}
