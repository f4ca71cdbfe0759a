// Converts errors of NATS and JetStream to DirectoryErrors.
import { DirectoryError } from "../errors.js";
import { hasNoResponders, JetStreamError, jetStreamCodes } from "./jetstream.js";
import type { NatsPackage } from "./packages.js";

/** "again": a retry may succeed soon. "no bucket": it may succeed once the bucket exists. Otherwise the error to report. */
export type NextStep = "again" | "no bucket" | DirectoryError;

/** Servers reply with 503 while they elect a leader or start. Full stores do so, too, with their own error numbers. */
const full = new Set([10_002, 10_023, 10_026, 10_028, 10_047, 10_054, 10_077, 10_109, 10_122]);
const notEnabled = new Set([10_039, 10_076]);

export function judge(error: unknown, name: string, nats: NatsPackage, hasJetStream: boolean): NextStep {
  if (error instanceof DirectoryError) return error;
  const why = causes(error);
  const denied = why.find((one) => one instanceof nats.PermissionViolationError);
  if (denied !== undefined) {
    const { operation, subject } = denied as InstanceType<NatsPackage["PermissionViolationError"]>;
    const what = operation === "publish" ? "publish to" : "subscribe to";
    return refused(name, `this user may not ${what} ${subject}; add it to its permissions`, error);
  }
  const unknown = why.find((one) => isOneOf(one, nats.AuthorizationError, nats.UserAuthenticationExpiredError));
  if (unknown !== undefined) {
    return refused(name, `${unknown.message}; the URL needs a user, a token or ?creds= that the server knows`, error);
  }
  if (!hasJetStream && hasNoResponders(error, nats)) {
    return refused(name, "JetStream is not enabled; start it with: nats-server -js", error);
  }
  return error instanceof JetStreamError ? judgeAnswer(error, name) : "again";
}

function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}

function isOneOf(error: Error, ...classes: NatsPackage["NoRespondersError"][]): boolean {
  return classes.some((one) => error instanceof one);
}

function judgeAnswer(error: JetStreamError, name: string): NextStep {
  const { code, status, message } = error;
  if (code === jetStreamCodes.streamNotFound) return "no bucket";
  if (full.has(code)) return refused(name, `it is full: ${message}`, error);
  if (notEnabled.has(code)) return refused(name, `${message}; enable JetStream for the account`, error);
  return status === 503 ? "again" : refused(name, message, error);
}

function refused(name: string, why: string, cause: unknown): DirectoryError {
  return new DirectoryError("DIRECTORY_REFUSED", `${name} refuses: ${why}`, { cause });
}
