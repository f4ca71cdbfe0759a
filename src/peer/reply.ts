// Steps 6 and 7 of an exchange: match a reply, check its verifier, decode its results.
import type { AuthStat } from "../rpc/auth.js";
import { RpcError } from "../rpc/errors.js";
import { AcceptStat, leavingStat, RejectStat, type ReplyMessage, readReplyHeader, viewAuth } from "../rpc/header.js";
import { copyOf } from "../xdr/memory.js";
import { XdrReader } from "../xdr/reader.js";
import { type DroppedMessageEvent, messageDropped } from "./diagnostics.js";
import { beginAgain, type Exchange, type ExchangeContext, fail, reuse, sentOn, settle } from "./exchange.js";
import { badReply, placeOf } from "./failures.js";
import type { KeptResult } from "./large-result.js";
import { notSent, refusal, undecodable } from "./late-failures.js";

/** One message whose type is REPLY, `from` at its xid. `scratch` is overwritten. */
export function receiveReply(context: ExchangeContext, from: XdrReader, scratch: ReplyMessage): void {
  const exchange = context.pending.get(from.view.getUint32(from.offset));
  if (exchange === undefined || exchange.transmissions === 0) {
    // A reply header alone, of six words: the last is the accept status.
    if (from.left === 24 && from.view.getUint32(from.offset + 20) === leavingStat) {
      context.left = true;
      return;
    }
    context.stats.unmatchedReplies++;
    publishDropped(context, from, "unmatched");
    return;
  }
  if (!readReplyHeader(from, scratch)) {
    dropOrFail(exchange, badReply(exchange, "its header is malformed"));
    return;
  }
  if (scratch.accepted) receiveAccepted(exchange, from, scratch);
  else receiveDenied(exchange, scratch);
}

/** A message that is neither a call nor a reply. */
export function dropMalformed(context: ExchangeContext, from: XdrReader): void {
  context.stats.malformedMessages++;
  publishDropped(context, from, "malformed");
}

function publishDropped(context: ExchangeContext, from: XdrReader, reason: DroppedMessageEvent["reason"]): void {
  if (!messageDropped.hasSubscribers) return;
  messageDropped.publish({
    connection: context.connection.info,
    bytes: copyOf(from.buffer, from.offset, from.left),
    reason,
  });
}

// A malformed reply. On an unreliable connection it may be forged or damaged, so the real one may still arrive; on a
// reliable connection no better one will.
function dropOrFail(exchange: Exchange, error: unknown): void {
  exchange.context.stats.malformedMessages++;
  if (exchange.context.connection.info.reliable) fail(exchange, error);
}

function receiveAccepted(exchange: Exchange, message: XdrReader, reply: ReplyMessage): void {
  const { auth } = exchange.session;
  let from = message;
  if (auth.fixed === undefined || reply.verifier.flavor !== 0 || reply.verifier.length !== 0) {
    try {
      from = auth.open(viewAuth(message, reply.verifier), message, exchange.sealed);
    } catch (error) {
      dropOrFail(exchange, error instanceof RpcError ? error : badReply(exchange, "its verifier", error));
      return;
    }
  }
  if (from.left < 4) {
    dropOrFail(exchange, badReply(exchange, "it ends before its accept status"));
    return;
  }
  const acceptStat = from.readWord();
  exchange.context.stats.replies++;
  if (acceptStat === AcceptStat.SUCCESS) decodeResult(exchange, from);
  else {
    const rest = new XdrReader(copyOf(from.buffer, from.offset, Math.min(8, from.left)));
    fail(
      exchange,
      refusal(exchange, ({ refused }) => refused(exchange, acceptStat, rest)),
    );
  }
}

/** The default for the most memory that the elements of one result may take, in bytes. */
export const defaultDecodedBytes = 64 * 1024 * 1024;
/** The most bytes in memory that an element takes for each byte on the wire: a struct of an empty opaque has 4 bytes. */
export const mostGrowth = 60;

function decodeResult(exchange: Exchange, from: XdrReader): void {
  if (from.left * mostGrowth > exchange.context.decodedBytes) {
    if (settle(exchange)) exchange.resolve(decodeLater(exchange, from));
    return;
  }
  const start = from.offset;
  let result: unknown;
  try {
    result = decode(exchange, from);
  } catch (error) {
    fail(exchange, undecodable(exchange, kept(from, start), error));
    return;
  }
  if (!settle(exchange)) return;
  exchange.resolve(result);
  reuse(exchange);
}

/** The bytes from `start`: a copy, unless the message owns its buffer, because the connection reuses the buffer. */
function kept({ buffer, end, owned, limits, lenient }: XdrReader, start: number): KeptResult {
  const bytes = owned ? buffer.subarray(start, end) : copyOf(buffer, start, end - start);
  return { bytes, limits, lenient, isLenient: lenient !== undefined };
}

/** A result that may use much memory. */
async function decodeLater(exchange: Exchange, message: XdrReader): Promise<unknown> {
  const result = kept(message, message.offset);
  try {
    const { decodeLarge } = await import("./late-parts.js");
    return decodeLarge(exchange, result, exchange.context.decodedBytes, (from) => decode(exchange, from));
  } catch (error) {
    throw error instanceof RpcError ? error : await undecodable(exchange, result, error);
  }
}

function decode(exchange: Exchange, from: XdrReader): unknown {
  const result = exchange.procedure.result.decode(from);
  if (from.offset !== from.end) forgiveLeftOver(exchange, from);
  return result;
}

/** @throws XdrError in strict peers. */
function forgiveLeftOver(exchange: Exchange, from: XdrReader): void {
  const { context, request, remote, xid } = exchange;
  if (context.onLeftOver === undefined || from.lenient !== undefined) {
    from.finish();
    return;
  }
  try {
    context.onLeftOver({ ...placeOf(request, remote, xid), bytes: from.left });
  } catch {
    // The result is usable in spite of this error.
  }
}

function receiveDenied(exchange: Exchange, reply: ReplyMessage): void {
  const { context, isProved } = exchange;
  context.stats.replies++;
  // Another copy was denied, before the credential was renewed; or anybody wrote this.
  if (exchange.refreshing || (exchange.refreshed && !isProved && context.retransmit !== undefined)) return;
  const denial = { ...reply };
  const error = () => refusal(exchange, ({ rejected }) => rejected(exchange, denial));
  const { auth } = exchange.session;
  if (reply.rejectStat !== RejectStat.AUTH_ERROR || auth.refresh === undefined || exchange.refreshed) {
    fail(exchange, error());
    return;
  }
  exchange.refreshed = true;
  exchange.refreshing = true;
  auth.refresh(reply.authStat as AuthStat, sentOn(context) - exchange.sentAs).then(
    (renewed) => (renewed ? beginAgain(exchange) : fail(exchange, error())),
    (cause) => fail(exchange, notSent(exchange, cause)),
  );
}
