// Step 4 of an incoming call: whether it has come before. A copy of a call that runs joins it, a copy of one that has run
// gets its reply, and only a new call proceeds to step 5.
import type { Admitted } from "../rpc/auth.js";
import type { CallMessage } from "../rpc/served-header.js";
import { XdrReader } from "../xdr/reader.js";
import { checksum } from "./caller-key.js";
import type { RepeatedCall } from "./options.js";
import type { ServedProcedure } from "./programs.js";
import type { Reception } from "./reception.js";
import { refuseCall, sendOutcome } from "./replies.js";
import type { ReplyCache, ReplyVerdict, RunningCall } from "./reply-cache.js";
import { decode } from "./running.js";

/** How a repeated call was recognised. */
export type Repetition = RepeatedCall["kind"];

export function recognise(
  at: Reception,
  header: CallMessage,
  served: ServedProcedure,
  admitted: Admitted,
  from: XdrReader,
): void {
  const cache = at.replyCache;
  if (cache === undefined || !served.runsOnce) {
    decode(at, header, served, admitted, from, undefined);
    return;
  }
  const entry = cache.beginNew?.(at.callers.keyOf(admitted.identity), header, from) ?? 0;
  if (entry !== 0) {
    decode(at, header, served, admitted, from, entry);
    return;
  }
  const verdict = ask(cache, at, header, served, admitted, from);
  if (!("then" in verdict)) {
    follow(at, header, served, admitted, from, verdict);
    return;
  }
  continueAfter(
    verdict,
    at,
    header,
    from,
    (later, own, kept) => follow(at, own, served, admitted, kept, later),
    (error, own) => refuseFor(at, own, admitted, error),
  );
}

/**
 * Continues a call after a decision that takes time. The received bytes and the header are only lent: the call keeps
 * copies meanwhile, and its bytes count as held.
 */
export function continueAfter<T>(
  decision: Promise<T>,
  at: Reception,
  header: CallMessage,
  from: XdrReader,
  decided: (decision: T, header: CallMessage, from: XdrReader) => void,
  failed: (error: unknown, header: CallMessage) => void,
): void {
  const own = { ...header };
  const kept = detached(from);
  const held = kept.left;
  at.flow.begin(held);
  decision
    .then((later) => decided(later, own, kept))
    .catch((error) => failed(error, own))
    .then(() => at.flow.end(held));
}

/** A reader of a copy of the remaining bytes. */
function detached(from: XdrReader): XdrReader {
  const { limits, lenient } = from;
  const rest = Uint8Array.from(from.buffer.subarray(from.offset, from.end));
  return new XdrReader(rest, lenient === undefined ? { limits } : { limits, lenient });
}

function ask(
  cache: ReplyCache,
  at: Reception,
  { xid, program, version, procedure }: CallMessage,
  served: ServedProcedure,
  admitted: Admitted,
  from: XdrReader,
): ReplyVerdict | Promise<ReplyVerdict> {
  return cache.begin({
    caller: at.callers.keyOf(admitted.identity),
    xid,
    program,
    version,
    procedure,
    length: from.left,
    checksum: checksum(from.view, from.offset, from.end),
    oneWay: served.procedure.oneWay === true,
  });
}

function follow(
  at: Reception,
  header: CallMessage,
  served: ServedProcedure,
  admitted: Admitted,
  from: XdrReader,
  verdict: ReplyVerdict,
): void {
  switch (verdict.kind) {
    case "new":
      decode(at, header, served, admitted, from, verdict.entry);
      return;
    case "running":
      at.repeated(header, "join");
      if (served.procedure.oneWay !== true) join(at, header, admitted, verdict);
      return;
    case "done":
      at.repeated(header, "replay");
      if (served.procedure.oneWay !== true) sendOutcome(at, header.xid, admitted.seal, verdict.outcome);
      return;
    case "false-retry":
      at.repeated(header, "false-retry");
      refuseCall(at, header, admitted, { kind: "system-error" }, falseRetry(header));
      return;
  }
}

// The running call's reply answers all copies that came over its connection, because they have one xid. A copy that
// came over another connection of the caller gets its own reply.
function join(at: Reception, { xid }: CallMessage, { seal }: Admitted, { outcome }: RunningCall): void {
  if (at.answering.has(xid)) return;
  at.answering.add(xid);
  at.flow.begin();
  Promise.resolve(outcome)
    .then((bytes) => {
      if (bytes === undefined) at.isMute = true;
      else sendOutcome(at, xid, seal, bytes);
    })
    .catch((error) => at.failed(error))
    .then(() => {
      at.answering.delete(xid);
      at.flow.end();
    });
}

function refuseFor(at: Reception, header: CallMessage, admitted: Admitted, error: unknown): void {
  at.failed(error);
  refuseCall(at, header, admitted, { kind: "system-error" }, error);
}

function falseRetry({ xid }: CallMessage): Error {
  return new Error(
    `transaction id ${xid} was used a moment ago by the same caller for the same procedure with other arguments`,
  );
}
