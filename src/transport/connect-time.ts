// How long connecting may take, and its error.
import { TransportError } from "./errors.js";

/** Milliseconds that one attempt to connect may take. */
export const defaultConnectTimeout = 10_000;

export function tooSlow(name: string, time: number, cause?: Error): TransportError {
  return new TransportError("TRANSPORT_TIMEOUT", `no connection to ${name} within ${Math.round(time)} ms`, { cause });
}
