// The error for a name that another process has.
import { TransportError } from "../../transport/errors.js";

export function nameTaken(name: string): TransportError {
  return new TransportError("TRANSPORT_LISTEN_FAILED", `${name}: another process has this name`);
}

export function isNameTaken(error: unknown): boolean {
  return error instanceof TransportError && error.code === "TRANSPORT_LISTEN_FAILED";
}
