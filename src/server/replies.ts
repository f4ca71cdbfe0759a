// Steps 7 to 9 of an incoming call: encode the outcome, remember it, seal and send it.
import type { Admitted, Answered, CallHeader } from "../rpc/auth.js";
import { AcceptStat, writeAuth } from "../rpc/header.js";
import { type Denial, type Refusal, writeDenial, writeRefusal } from "../rpc/refusal.js";
import { writeAcceptedHeader } from "../rpc/served-header.js";
import type { Address } from "../transport/address.js";
import type { Connection, MessageWriter } from "../transport/connection.js";
import { TransportError } from "../transport/errors.js";
import type { XdrWriter } from "../xdr/writer.js";
import type { Flow } from "./flow.js";
import { resultError } from "./located.js";
import type { RefusedCall } from "./options.js";
import type { ReplyCache } from "./reply-cache.js";
import { noteReply, type ServerCall, writeOutcome, writePlainVerifier, writeReply } from "./server-call.js";

/**
 * The initial size, in bytes, of the writer for outcomes. If it has grown beyond `mostScratch`, its memory is released.
 */
export const scratchSize = 1_024;
const mostScratch = 65_536;

/** Bytes before the outcome: xid, message type, reply status, and an empty verifier. */
const replyHeader = 20;

/** Counts the calls that are answered later, and refuses those that there is no room for. */
export type CallFlow = Pick<Flow, "refusal" | "lateRefusal" | "begin" | "end" | "delay">;

/** The parts that sending a reply needs. */
export interface Replier {
  readonly connection: Connection;
  readonly replyCache: ReplyCache | undefined;
  /** Writes a reply: `writeReply`, or `writeDatagram`. */
  readonly writeReply: MessageWriter<ServerCall>;
  readonly flow: CallFlow;
  /** Encodes the outcomes that `replyCache` keeps. */
  readonly scratch: XdrWriter;
  /** Transaction ids of remembered calls whose reply will come over this connection: it answers their copies, too. */
  readonly answering: Set<number>;
  /** Reports that the output is congested. */
  congested(): void;
  /** Called for each refusal. Must not throw. */
  refused(call: RefusedCall): void;
  readonly remote: Address;
  /** A reply could not be encoded or sent. Must not throw. */
  failed(error: unknown, call?: ServerCall): void;
}

/**
 * The reply to a call whose result or refusal is known. A result that cannot be sent becomes SYSTEM_ERR, after the error was
 * reported: then the promise resolves.
 */
export function sendReply(replier: Replier, call: ServerCall): Promise<void> | undefined {
  if (call.cacheEntry !== undefined) {
    if (!isStoredWhenWritten(replier, call)) return sendRemembered(replier, call);
    replier.answering.delete(call.xid);
  }
  if (call.served.procedure.oneWay) return undefined;
  try {
    if (!replier.connection.send(replier.writeReply, call)) replier.congested();
  } catch (error) {
    if (!isGone(error)) return sendInstead(replier, call, error);
  }
  if (call.cacheEntry === undefined) return undefined;
  // The reply was not written, or not in one piece.
  try {
    replier.replyCache?.store(call.cacheEntry, encodeOutcome(replier, call));
    return undefined;
  } catch (error) {
    return sendInstead(replier, call, error);
  }
}

/** Reports that the reply could not be sent, and sends SYSTEM_ERR, unless it was a refusal itself. */
function sendInstead(replier: Replier, call: ServerCall, error: unknown): Promise<void> | undefined {
  const report = (cause: unknown): void => {
    replier.failed(cause, call);
    if (call.refusal !== undefined) {
      forgetOutcome(replier, call);
      return;
    }
    call.refusal = { kind: "system-error" };
    sendReply(replier, call);
  };
  const located = resultError(call, error);
  if (located === undefined) {
    report(error);
    return undefined;
  }
  const sent = located.then(report);
  replier.flow.delay(sent);
  return sent;
}

function isStoredWhenWritten({ replyCache, connection }: Replier, { served, seal }: ServerCall): boolean {
  if (connection.info.reliable || served.procedure.oneWay || seal !== undefined) return false;
  return replyCache?.storeCopy !== undefined;
}

/** Refuses a call that was admitted, and reports it. */
export function refuseCall(
  replier: Replier,
  header: CallHeader,
  admitted: Admitted,
  reason: Refusal,
  cause?: unknown,
): void {
  tellRefused(replier, header, reason, cause);
  sendRefusal(replier, header.xid, admitted.seal, reason);
}

/** Denies a call, and reports it. */
export function denyCall(replier: Replier, header: CallHeader, reason: Denial): void {
  tellRefused(replier, header, reason, undefined);
  sendDenial(replier, header.xid, reason);
}

function tellRefused(replier: Replier, header: CallHeader, reason: Refusal | Denial, cause: unknown): void {
  const { xid, program, version, procedure } = header;
  const call = { remote: replier.remote, xid, program, version, procedure, reason };
  replier.refused(cause === undefined ? call : { ...call, cause });
}

/** MSG_DENIED. */
export function sendDenial(replier: Replier, xid: number, denial: Denial): void {
  sendPlain(replier, (out) => writeDenial(out, xid, denial));
}

/** A call that was admitted but does not reach a procedure. */
export function sendRefusal(replier: Replier, xid: number, seal: Admitted["seal"], refusal: Refusal): void {
  sendPlain(replier, (out) => {
    if (seal === undefined) {
      writePlainVerifier(out, xid);
      writeRefusal(out, refusal);
    } else {
      writeAcceptedHeader(out, xid);
      seal(out, (to) => writeRefusal(to, refusal));
    }
  });
}

/** A reply that the flavour itself has created. */
export function sendAnswer(replier: Replier, xid: number, answer: Answered): void {
  const isSent = sendPlain(replier, (out) => {
    writeAcceptedHeader(out, xid);
    writeAuth(out, answer.verifier);
    out.writeWord(AcceptStat.SUCCESS);
    answer.writeResult(out);
  });
  if (isSent && answer.afterSent !== undefined) followUp(replier, answer.afterSent);
}

async function followUp(replier: Replier, afterSent: NonNullable<Answered["afterSent"]>): Promise<void> {
  try {
    await afterSent(replier.connection);
  } catch (error) {
    replier.failed(error);
  }
}

/** A reply from the cache, with a fresh verifier. */
export function sendOutcome(replier: Replier, xid: number, seal: Admitted["seal"], outcome: Uint8Array): void {
  sendPlain(replier, (out) => {
    if (seal === undefined) {
      writePlainVerifier(out, xid);
      out.writeBytes(outcome);
    } else {
      writeAcceptedHeader(out, xid);
      seal(out, (to) => to.writeBytes(outcome));
    }
  });
}

/** The call ends without an outcome that a repetition could get. */
export function forgetOutcome(replier: Replier, call: ServerCall): void {
  if (call.cacheEntry === undefined) return;
  replier.answering.delete(call.xid);
  replier.replyCache?.forget(call.cacheEntry);
}

// Step 8: the outcome without its seal is kept, so that every replay gets a fresh verifier. It is kept before it is sent.
function sendRemembered(replier: Replier, call: ServerCall): Promise<void> | undefined {
  let outcome: Uint8Array;
  try {
    outcome = encodeOutcome(replier, call);
  } catch (error) {
    return sendInstead(replier, call, error);
  }
  const stored = replier.replyCache?.store(call.cacheEntry, outcome);
  if (!(stored instanceof Promise)) {
    sendKept(replier, call, outcome);
    return undefined;
  }
  replier.flow.begin(outcome.length);
  stored
    .then(() => sendKept(replier, call, outcome))
    .catch((error) => {
      // The call ran, and its caller may not believe that a repetition will be recognised.
      replier.failed(error, call);
      replier.answering.delete(call.xid);
      sendRefusal(replier, call.xid, call.seal, { kind: "system-error" });
    })
    .then(() => replier.flow.end(outcome.length));
  return undefined;
}

function sendKept(replier: Replier, call: ServerCall, outcome: Uint8Array): void {
  replier.answering.delete(call.xid);
  if (!call.served.procedure.oneWay) sendOutcome(replier, call.xid, call.seal, outcome);
}

function encodeOutcome(replier: Replier, call: ServerCall): Uint8Array {
  const out = replier.scratch;
  out.reset();
  writeOutcome(out, call);
  if (!replier.connection.info.reliable) checkLength(call, replyHeader + out.offset);
  const outcome = out.toBytes();
  if (out.buffer.length > mostScratch) out.replaceBuffer(Buffer.allocUnsafeSlow(scratchSize));
  if (call.refusal === undefined) noteReply(call.served, outcome.length);
  return outcome;
}

/**
 * Writes a reply that is sent as a datagram, and stores its outcome from the buffer, if it is to be remembered: it is encoded once.
 * @throws TransportError TRANSPORT_MESSAGE_TOO_LONG
 */
export function writeDatagram(replier: Replier, out: XdrWriter, call: ServerCall): void {
  const start = out.offset;
  const spliced = out.splicedBytes;
  writeReply(out, call);
  const inBuffer = out.offset - start;
  checkLength(call, inBuffer + out.splicedBytes - spliced);
  const isWhole = out.splicedBytes === spliced && inBuffer <= replier.connection.info.maxMessage;
  if (call.cacheEntry === undefined || !isWhole) return;
  replier.replyCache?.storeCopy?.(call.cacheEntry, out.buffer, start + replyHeader, out.offset);
  call.cacheEntry = undefined;
}

function checkLength({ served, refusal }: ServerCall, bytes: number): void {
  if (bytes <= served.datagramReply || refusal !== undefined) return;
  const limit = `over UDP at most ${served.datagramReply} are sent (options.datagramReply of implement)`;
  throw new TransportError("TRANSPORT_MESSAGE_TOO_LONG", `the reply has ${bytes} bytes, and ${limit}`);
}

function sendPlain(replier: Replier, write: (out: XdrWriter) => void): boolean {
  try {
    if (!replier.connection.send(apply, write)) replier.congested();
    return true;
  } catch (error) {
    if (!isGone(error)) replier.failed(error);
    return false;
  }
}

function apply(out: XdrWriter, write: (out: XdrWriter) => void): void {
  write(out);
}

// The caller has disconnected: there is nobody to answer, and nothing is wrong.
function isGone(error: unknown): boolean {
  return error instanceof TransportError && error.code !== "TRANSPORT_MESSAGE_TOO_LONG";
}
