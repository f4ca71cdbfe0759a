// Errors that the server's owner does not handle: each kind is reported once, as a process warning.
import type { CallPlace } from "../rpc/errors.js";
import { TransportError } from "../transport/errors.js";

/** The most kinds of errors that one server reports, so that a caller cannot fill the log. */
export const mostReportedKinds = 100;
/** The most kinds of errors that one procedure reports, so that one that fails in many ways leaves room for others. */
export const mostReportedKindsPerProcedure = 10;

/** The `name` and `code` of every warning of this kind. */
export const warningType = "LupineWarning";
export type WarningCode = "LUPINE_HANDLER_FAILED" | "LUPINE_SERVER_ERROR" | "LUPINE_TROUBLE" | "LUPINE_ACCEPT";

/**
 * Reports errors by `process.emitWarning`. Errors are of the same kind if they come from the same procedure and have
 * the same name, code and message, ignoring numbers and addresses. Only the first of a kind is reported.
 */
export class UnhandledErrors {
  readonly #seen = new Set<string>();
  readonly #counts = new Map<string, number>();

  /** Never throws. `place` is the call that failed, if the error belongs to one. */
  report(error: unknown, place?: CallPlace): void {
    const where = place === undefined ? "" : `${place.program} ${place.version} ${place.procedure}`;
    const kind = `${where} ${kindOf(error)}`;
    const count = this.#counts.get(where) ?? 0;
    if (this.#seen.has(kind) || this.#seen.size >= mostReportedKinds || count >= mostReportedKindsPerProcedure) return;
    this.#seen.add(kind);
    this.#counts.set(where, count + 1);
    if (place === undefined) warn("LUPINE_SERVER_ERROR", `${headline(error)}. ${advice}`, error);
    else warn("LUPINE_HANDLER_FAILED", `${failedCall(place)}: ${headline(error)}. ${advice}`, error);
  }
}

const advice = "Further errors of this kind are not reported; new Server({ onError }) gets every one.";

function failedCall({ procedure, program, version, peer }: CallPlace): string {
  return `${procedure} of ${program} version ${version} failed, called by ${peer}`;
}

/** A warning of the process, with the error's stack as its detail. Never throws. */
export function warn(code: WarningCode, message: string, error?: unknown): void {
  const detail = detailOf(error);
  try {
    process.emitWarning(message, { type: warningType, code, ...(detail === undefined ? {} : { detail }) });
  } catch {
    // Other runtimes have no `process`.
  }
}

function headline(error: unknown): string {
  if (!(error instanceof Error)) return `it threw ${safely(() => String(error))}, which is not an Error`;
  return safely(() => `${error.name}: ${error.message}`);
}

// The stack of a network error shows only Node's internals.
function detailOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || error instanceof TransportError) return undefined;
  return safely(() => String(error.stack));
}

function kindOf(error: unknown): string {
  const { code = "" } = (error ?? {}) as { code?: unknown };
  return safely(() => `${String(code)} ${withoutNumbers(headline(error)).slice(0, 200)}`);
}

/** Errors of the same kind differ in the caller's address. */
function withoutNumbers(text: string): string {
  return text
    .slice(0, 1000)
    .replace(/\b(tcp|udp):\/\/[^\s,;]*/g, "$1:")
    .replace(/\d+/g, "0");
}

// A thrown value may have getters that throw.
function safely(read: () => string): string {
  try {
    return read();
  } catch {
    return "an error that cannot be read";
  }
}
