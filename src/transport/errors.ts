// The one error class of this room: for a connection that failed or could not be made.

import { BrandedError } from "../base/brand.js";
import { messageOf } from "../base/show.js";

/** The code of a TransportError. docs/reference/errors.md explains each. */
export type TransportErrorCode =
  | "TRANSPORT_CONNECT_FAILED"
  | "TRANSPORT_LISTEN_FAILED"
  | "TRANSPORT_CLOSED"
  | "TRANSPORT_RESET"
  | "TRANSPORT_REFUSED"
  | "TRANSPORT_TIMEOUT"
  | "TRANSPORT_MESSAGE_TOO_LONG"
  | "TRANSPORT_TOO_MANY_FRAGMENTS"
  | "TRANSPORT_FOREIGN_PROTOCOL"
  | "TRANSPORT_OUT_OF_MEMORY"
  | "TRANSPORT_BAD_ADDRESS"
  | "TRANSPORT_TLS_NOT_OFFERED"
  | "TRANSPORT_TLS_FAILED"
  | "TRANSPORT_NOT_LOCAL"
  | "TRANSPORT_TOO_MANY_CONNECTIONS";

/**
 * An error of a transport: an address that is malformed or cannot be opened, or a peer that broke the rules of its
 * transport. Calls that fail for it have it as their `cause`.
 * @example
 * try {
 *   createClient(ADD_VERS, "tcp://:bad");
 * } catch (error) {
 *   if (error instanceof TransportError) console.log(error.code); // TRANSPORT_BAD_ADDRESS
 * }
 */
export class TransportError extends BrandedError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "TransportError";
  /** Stable: compare it with `===`. Each code is explained in docs/reference/errors.md. */
  readonly code: TransportErrorCode;
  /** Makes an error with this code and message; `options.cause` is the error of the system. */
  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}

/** The error with which a connection is destroyed after its receiver threw `cause`, although it must not throw. */
export function receiverThrew(cause: unknown): TransportError {
  return new TransportError("TRANSPORT_CLOSED", `the receiver of this connection threw: ${messageOf(cause)}`, {
    cause,
  });
}

/** Whether an error is of a message that was too long to send, or longer than `limits.record`, for which a connection is closed. */
export function isTooLong(error: unknown): boolean {
  for (let one = error; one instanceof Error; one = one.cause) {
    if ((one as { readonly code?: string }).code === "TRANSPORT_MESSAGE_TOO_LONG") return true;
  }
  return false;
}
