// Steps 7 to 9 of an incoming call: encode the outcome, remember it, seal and send it.
import type { Admitted, Answered, CallHeader } from "../rpc/auth.js";
import { AcceptStat, leavingStat, writePlainReplyHeader } from "../rpc/header.js";
import { type Denial, type Refusal, writeDenial, writeRefusal } from "../rpc/refusal.js";
import { writeAcceptedHeader } from "../rpc/served-header.js";
import { writeAuth } from "../rpc/write-auth.js";
import { TransportError } from "../transport/errors.js";
import type { XdrWriter } from "../xdr/writer.js";
import { resultError } from "./located.js";
import type { Reception } from "./reception.js";
import { noteReply, type ServerCall, writeOutcome, writePlainVerifier, writeReply } from "./server-call.js";

/**
 * The initial size, in bytes, of the writer for outcomes. If it has grown beyond `mostScratch`, its memory is released.
 */
export const scratchSize = 1_024;
const mostScratch = 65_536;

/** Bytes before the outcome: xid, message type, reply status, and an empty verifier. */
const replyHeader = 20;

/**
 * The reply to a call whose result or refusal is known. A result that cannot be sent becomes SYSTEM_ERR, after the error was
 * reported: then the promise resolves.
 */
export function sendReply(at: Reception, call: ServerCall): Promise<void> | undefined {
  if (call.cacheEntry !== undefined) {
    if (!isStoredWhenWritten(at, call)) return sendRemembered(at, call);
    if (at.answering.size > 0) at.answering.delete(call.xid);
  }
  if (call.served.procedure.oneWay) return undefined;
  try {
    if (!at.connection.send(at.writeReply, call)) at.congested();
  } catch (error) {
    if (!isGone(error)) return sendInstead(at, call, error);
  }
  if (call.cacheEntry === undefined) return undefined;
  // The reply was not written, or not in one piece.
  try {
    at.replyCache?.store(call.cacheEntry, encodeOutcome(at, call));
    return undefined;
  } catch (error) {
    return sendInstead(at, call, error);
  }
}

/** Reports that the reply could not be sent, and sends SYSTEM_ERR, unless it was a refusal itself. */
function sendInstead(at: Reception, call: ServerCall, error: unknown): Promise<void> | undefined {
  const report = (cause: unknown): void => {
    at.failed(cause, call);
    if (call.refusal !== undefined) {
      forgetOutcome(at, call);
      return;
    }
    call.refusal = { kind: "system-error" };
    sendReply(at, call);
  };
  const located = resultError(call, error);
  if (located === undefined) {
    report(error);
    return undefined;
  }
  const sent = located.then(report);
  at.flow.delay(sent);
  return sent;
}

function isStoredWhenWritten({ replyCache }: Reception, { served, seal }: ServerCall): boolean {
  if (served.procedure.oneWay || seal !== undefined) return false;
  return replyCache?.storeCopy !== undefined;
}

/** Refuses a call that was admitted, and reports it. */
export function refuseCall(
  at: Reception,
  header: CallHeader,
  admitted: { readonly seal?: Admitted["seal"] },
  reason: Refusal,
  cause?: unknown,
): void {
  tellRefused(at, header, reason, cause);
  sendRefusal(at, header.xid, admitted.seal, reason);
}

/** Denies a call, and reports it. */
export function denyCall(at: Reception, header: CallHeader, reason: Denial): void {
  tellRefused(at, header, reason, undefined);
  sendDenial(at, header.xid, reason);
}

function tellRefused(at: Reception, header: CallHeader, reason: Refusal | Denial, cause: unknown): void {
  const { xid, program, version, procedure } = header;
  const call = { remote: at.remote, xid, program, version, procedure, reason };
  at.refused(cause === undefined ? call : { ...call, cause });
}

/** Sends MSG_DENIED. */
export function sendDenial(at: Reception, xid: number, denial: Denial): void {
  sendPlain(at, (out) => writeDenial(out, xid, denial));
}

/** A call that was admitted but does not reach a procedure. */
export function sendRefusal(at: Reception, xid: number, seal: Admitted["seal"], refusal: Refusal): void {
  sendSealed(at, xid, seal, (to) => writeRefusal(to, refusal));
}

/** A reply that the flavour itself has created. */
export function sendAnswer(at: Reception, xid: number, answer: Answered): void {
  const isSent = sendPlain(at, (out) => {
    writeAcceptedHeader(out, xid);
    writeAuth(out, answer.verifier);
    out.writeWord(AcceptStat.SUCCESS);
    answer.writeResult(out);
  });
  if (isSent && answer.afterSent !== undefined) followUp(at, answer.afterSent);
}

async function followUp(at: Reception, afterSent: NonNullable<Answered["afterSent"]>): Promise<void> {
  try {
    await afterSent(at.connection);
  } catch (error) {
    at.failed(error);
  }
}

/** A reply from the cache, with a fresh verifier. */
export function sendOutcome(at: Reception, xid: number, seal: Admitted["seal"], outcome: Uint8Array): void {
  sendSealed(at, xid, seal, (to) => to.writeBytes(outcome));
}

function sendSealed(at: Reception, xid: number, seal: Admitted["seal"], write: (to: XdrWriter) => void): void {
  sendPlain(at, (out) => {
    if (seal === undefined) {
      writePlainVerifier(out, xid);
      write(out);
    } else {
      writeAcceptedHeader(out, xid);
      seal(out, write);
    }
  });
}

/** The call ends without an outcome that a repetition could get. */
export function forgetOutcome(at: Reception, call: ServerCall): void {
  if (call.cacheEntry === undefined) return;
  at.answering.delete(call.xid);
  at.replyCache?.forget(call.cacheEntry);
}

// Step 8: the outcome without its seal is kept, so that every replay gets a fresh verifier. It is kept before it is sent.
function sendRemembered(at: Reception, call: ServerCall): Promise<void> | undefined {
  let outcome: Uint8Array;
  try {
    outcome = encodeOutcome(at, call);
  } catch (error) {
    return sendInstead(at, call, error);
  }
  const stored = at.replyCache?.store(call.cacheEntry, outcome);
  if (!(stored instanceof Promise)) {
    sendKept(at, call, outcome);
    return undefined;
  }
  at.flow.begin(outcome.length);
  stored
    .then(() => sendKept(at, call, outcome))
    .catch((error) => {
      // The call ran, and its caller may not believe that a repetition will be recognised.
      at.failed(error, call);
      at.answering.delete(call.xid);
      sendRefusal(at, call.xid, call.seal, { kind: "system-error" });
    })
    .then(() => at.flow.end(outcome.length));
  return undefined;
}

function sendKept(at: Reception, call: ServerCall, outcome: Uint8Array): void {
  at.answering.delete(call.xid);
  if (!call.served.procedure.oneWay) sendOutcome(at, call.xid, call.seal, outcome);
}

function encodeOutcome(at: Reception, call: ServerCall): Uint8Array {
  const out = at.scratch;
  out.reset();
  writeOutcome(out, call);
  if (!at.connection.info.reliable) checkLength(call, replyHeader + out.offset);
  const outcome = out.toBytes();
  if (out.buffer.length > mostScratch) out.replaceBuffer(Buffer.allocUnsafeSlow(scratchSize));
  if (call.refusal === undefined) noteReply(call.served, outcome.length);
  return outcome;
}

/**
 * Writes a reply that is sent as a datagram, or is to be remembered. Its outcome is stored from the buffer, so that it is encoded once.
 * @throws TransportError TRANSPORT_MESSAGE_TOO_LONG
 */
export function writeKept(at: Reception, out: XdrWriter, call: ServerCall): void {
  const start = out.offset;
  const spliced = out.splicedBytes;
  writeReply(out, call);
  const inBuffer = out.offset - start;
  const { reliable, maxMessage } = at.connection.info;
  if (!reliable) checkLength(call, inBuffer + out.splicedBytes - spliced);
  const isWhole = out.splicedBytes === spliced && inBuffer <= maxMessage;
  if (call.cacheEntry === undefined || !isWhole) return;
  at.replyCache?.storeCopy?.(call.cacheEntry, out.buffer, start + replyHeader, out.offset);
  call.cacheEntry = undefined;
}

function checkLength({ served, refusal }: ServerCall, bytes: number): void {
  if (bytes <= served.datagramReply || refusal !== undefined) return;
  const limit = `${served.datagramReply} (options.datagramReply of implement)`;
  throw new TransportError("TRANSPORT_MESSAGE_TOO_LONG", `the reply has ${bytes} bytes, and the limit is ${limit}`);
}

/**
 * No further call runs on this connection, and all that have run were answered: its client may repeat the others elsewhere. The
 * transaction id is far from those that a client may have chosen next.
 */
export function sendLeaving(at: Reception): void {
  const { xid } = at.message;
  const { info, isHandedOver } = at.connection;
  if (at.isMute || isHandedOver || xid === 0 || !info.reliable) return;
  at.isMute = true;
  sendPlain(at, (out) => writePlainReplyHeader(out, xid ^ 0x8000_0000, leavingStat));
}

function sendPlain(at: Reception, write: (out: XdrWriter) => void): boolean {
  try {
    if (!at.connection.send(apply, write)) at.congested();
    return true;
  } catch (error) {
    if (!isGone(error)) at.failed(error);
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
