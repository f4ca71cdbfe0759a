// Handles a receiver that throws, although it must not.
import { TransportError } from "./errors.js";

/** The error with which a connection is destroyed after its receiver threw `cause`. */
export function receiverThrew(cause: unknown): TransportError {
  const what = cause instanceof Error ? cause.message : String(cause);
  return new TransportError("TRANSPORT_CLOSED", `the receiver of this connection threw: ${what}`, { cause });
}
