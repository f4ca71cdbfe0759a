// The one error of this room: what became of a connection, or of the attempt to have one.

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
  | "TRANSPORT_NOT_LOCAL"
  | "TRANSPORT_TOO_MANY_CONNECTIONS";

/** The transport failed, or the peer broke its rules. */
export class TransportError extends Error {
  override readonly name = "TransportError";
  readonly code: TransportErrorCode;
  constructor(code: TransportErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }
}
