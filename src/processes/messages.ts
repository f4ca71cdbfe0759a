// The messages between the supervisor and its workers. They are cloned: `serialization: "advanced"` of child processes, or
// `postMessage` of threads.
import { serialize } from "node:v8";

/** Milliseconds that the workers of a supervisor that was killed have to finish their work. */
export const orphanDrain = 5_000;

/** A failure, as it is sent to the supervisor. */
export interface SentError {
  readonly message: string;
  readonly stack: string;
}

/** From the supervisor to a worker. */
export type ToWorker =
  | { readonly kind: "ping" }
  /** Finish what is under way within `drain` milliseconds, then end. */
  | { readonly kind: "leave"; readonly drain: number }
  /** A connection comes with it, and what `handOver` was given. */
  | { readonly kind: "connection"; readonly message: unknown }
  | { readonly kind: "message"; readonly message: unknown };

/** From a worker to the supervisor. */
export type ToSupervisor =
  | { readonly kind: "ready"; readonly about: unknown }
  | { readonly kind: "failed"; readonly error: SentError }
  | { readonly kind: "pong"; readonly memory: number }
  /** Calls that have been counted since the last message of this kind. */
  | { readonly kind: "counted"; readonly calls: number }
  /** Connections that have ended, less those that the worker has accepted itself. */
  | { readonly kind: "ended"; readonly connections: number }
  /** The worker was asked to end by a signal, and wants to be replaced first. */
  | { readonly kind: "replace" }
  /** A connection comes back, for another worker, with what `handOver` shall be given. */
  | { readonly kind: "back"; readonly message: unknown }
  | { readonly kind: "message"; readonly message: unknown };

/** An error as plain data. */
export function sentError(error: unknown): SentError {
  if (error instanceof Error) return { message: error.message, stack: error.stack ?? error.message };
  return { message: String(error), stack: String(error) };
}

/** A worker may get a message later, when there is nobody to report to. @throws TypeError if it cannot be cloned. */
export function checkMessage(message: unknown, kind: "process" | "thread" = "process"): void {
  try {
    if (kind === "thread") structuredClone(message);
    else serialize(message);
  } catch (cause) {
    throw new TypeError(`the message cannot be sent to a worker: ${(cause as Error).message}`, { cause });
  }
}
