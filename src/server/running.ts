// Steps 5 and 6 of an incoming call: the arguments, the interceptors and the implementation.
import { systemClock } from "../base/clock.js";
import { isWatched, publishEnd, type ServerCallEvent, serverCall } from "../peer/diagnostics.js";
import type { Admitted, CallHeader } from "../rpc/auth.js";
import type { Call } from "../rpc/call.js";
import { intercept } from "../rpc/intercept.js";
import type { CallMessage } from "../rpc/served-header.js";
import { TransportError } from "../transport/errors.js";
import { XdrError } from "../xdr/errors.js";
import type { XdrReader } from "../xdr/reader.js";
import { partsOf } from "../xdr/weight.js";
import type { ServerBudget } from "./budget.js";
import { chosenReply } from "./chosen-reply.js";
import { argumentError } from "./located.js";
import { invoke, type ServedProcedure } from "./programs.js";
import type { Reception } from "./reception.js";
import { forgetOutcome, refuseCall, sendDenial, sendReply } from "./replies.js";
import { ServerCall } from "./server-call.js";
import { isSilence } from "./silence.js";

// Step 5.
export function decode(
  at: Reception,
  header: CallMessage,
  served: ServedProcedure,
  admitted: Admitted,
  from: XdrReader,
  cacheEntry: unknown,
): void {
  const overLimit = at.flow.refusal(from.left);
  if (overLimit !== undefined) {
    if (cacheEntry !== undefined) at.replyCache?.forget(cacheEntry);
    const cause = overLimitError(overLimit);
    at.overLimit(cause);
    refuseCall(at, header, admitted, { kind: "system-error" }, cause);
    return;
  }
  let args: readonly unknown[];
  const argsAt = from.offset;
  const { elementWeight } = served;
  const elements = Math.min(from.elementsLeft, served.mostElements);
  from.elementsLeft = elements;
  try {
    args = served.procedure.args.decode(from);
    from.finish();
  } catch (error) {
    if (cacheEntry !== undefined) at.replyCache?.forget(cacheEntry);
    if (from.elementsLeft < 0) refuseArguments(at, header, admitted, tooManyElements(elements, error));
    else {
      const bytes = from.end - argsAt;
      // The next message replaces the header.
      const { xid, program, version, procedure } = header;
      const sent = argumentError(served, from, argsAt, error).then((cause) =>
        refuseArguments(at, { xid, program, version, procedure }, admitted, cause),
      );
      at.flow.delay(sent, bytes);
    }
    return;
  }
  const call = new ServerCall(at, header.xid, served, args, admitted);
  call.heldBytes = from.offset - argsAt + (elements - from.elementsLeft) * elementWeight;
  call.cacheEntry = cacheEntry;
  if (!served.isAsync || at.flow.budget?.gate?.holds(at, call) !== true) run(at, call);
}

function refuseArguments(at: Reception, header: CallHeader, admitted: Admitted, cause: unknown): void {
  refuseCall(at, header, admitted, { kind: "garbage-arguments" }, cause);
}

function tooManyElements(most: number, error: unknown): unknown {
  if (!(error instanceof XdrError)) return error;
  const message = `args: more than ${most} elements take too much memory (limits.decodedBytes, xdrLimits.elements)`;
  return new XdrError(error.code, message, { offset: error.offset });
}

// Step 6.
function run(at: Reception, call: ServerCall): void {
  if (!isWatched(serverCall)) {
    runPlainly(at, call);
    return;
  }
  const { program, procedure, args, remote, identity, xid } = call;
  call.event = { program, procedure, args, remote, identity, xid, started: systemClock.now() };
  serverCall.start.runStores(call.event, () => runPlainly(at, call));
}

// The result of a plain function is sent at once, without a promise.
function runPlainly(at: Reception, call: ServerCall): void {
  const { served } = call;
  let outcome: unknown;
  try {
    outcome = served.interceptors.length === 0 ? enter(call, call.args, call) : intercepted(call);
  } catch (error) {
    threw(at, call, error);
    return;
  }
  if (!isThenable(outcome)) {
    answer(at, call, outcome);
    return;
  }
  served.isAsync = true;
  const { budget } = at.flow;
  if (budget !== undefined) budget.gateLoaded ??= loadGate(budget);
  const { heldBytes } = call;
  const { typicalReply } = served;
  at.flow.begin(heldBytes, typicalReply);
  if (call.cacheEntry !== undefined) at.answering.add(call.xid);
  Promise.resolve(outcome).then(
    (result) => finish(at, call, typicalReply, () => answerLater(at, call, result)),
    (error) => finish(at, call, typicalReply, () => threw(at, call, error)),
  );
}

// Until then no call waits. If it cannot be loaded, the next call tries again.
async function loadGate(budget: ServerBudget): Promise<void> {
  try {
    const { Starts } = await import("./starts.js");
    budget.gate = new Starts(budget, { run, partsOf, systemClock });
  } catch {
    budget.gateLoaded = undefined;
  }
}

function enter(call: ServerCall, args: readonly unknown[], seen: Call): unknown {
  call.entered = true;
  return invoke(call.served, args, seen);
}

function intercepted(call: ServerCall): Promise<unknown> {
  return intercept(call.served.interceptors, async (seen) => {
    // Its caller may have been told that it did not run.
    if (call.answered) throw new Error("next was called after the end of the call");
    return enter(call, seen.args, seen);
  })(call.asPlain());
}

function finish(at: Reception, call: ServerCall, expected: number, reply: () => void): void {
  try {
    reply();
  } catch (error) {
    at.failed(error, call);
  }
  at.flow.end(call.heldBytes, expected);
}

/** A result that came too late to limit it by not reading: too many of them at once are dropped. */
function answerLater(at: Reception, call: ServerCall, result: unknown): void {
  const why = at.flow.lateRefusal(call.served.typicalReply);
  if (why === undefined) answer(at, call, result);
  else threw(at, call, overLimitError(why), true);
}

function answer(at: Reception, call: ServerCall, result: unknown): void {
  forget(at, call);
  // A function whose result is void may return any value.
  call.result = call.procedure.result.shape.kind === "void" ? undefined : result;
  const { event } = call;
  const later = sendReply(at, call);
  if (event === undefined) return;
  if (later === undefined) publishOutcome(call, event);
  else later.then(() => publishOutcome(call, event));
}

function threw(at: Reception, call: ServerCall, error: unknown, isOverLimit = false): void {
  forget(at, call);
  refuseFor(at, call, error, isOverLimit);
  if (call.event === undefined) return;
  call.event.error = error ?? new Error("the handler threw nothing");
  publishOutcome(call, call.event);
}

// If the result could not be encoded, the error was stored.
function publishOutcome(call: ServerCall, event: ServerCallEvent): void {
  if (event.error === undefined) event.result = call.result;
  publishEnd(serverCall, event);
}

function refuseFor(at: Reception, call: ServerCall, error: unknown, isOverLimit: boolean): void {
  if (isSilence(error)) {
    at.isMute = true;
    forgetOutcome(at, call);
    return;
  }
  const chosen = chosenReply(error, call.entered);
  if (isOverLimit) at.overLimit(error as TransportError);
  else if (chosen === undefined) at.failed(error, call);
  const reason = chosen ?? ({ kind: "system-error" } as const);
  const { xid, program, procedure } = call;
  const header = { xid, program: program.number, version: program.version, procedure: procedure.number };
  at.refused({ remote: at.remote, ...header, reason, cause: error });
  if (reason.kind === "auth-error" || reason.kind === "rpc-mismatch") {
    forgetOutcome(at, call);
    sendDenial(at, call.xid, reason);
    return;
  }
  call.refusal = reason;
  sendReply(at, call);
}

function overLimitError(why: string): TransportError {
  return new TransportError("TRANSPORT_OUT_OF_MEMORY", `a call was refused: ${why}`);
}

// From here on, the end of the connection need not be reported to the call.
function forget(at: Reception, call: ServerCall): void {
  call.answered = true;
  call.ended?.();
  if (at.watched.size > 0) at.watched.delete(call);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === "object" && value !== null && typeof (value as { then?: unknown }).then === "function";
}
