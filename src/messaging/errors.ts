// Why a mailbox could not be opened, or did not take or give a message.
import { RpcError } from "../rpc/errors.js";

/** The code of a MailboxError. docs/reference/errors.md explains each. */
export type MailboxErrorCode =
  /** The name is not a mailbox name, or the address cannot be one of a mailbox. */
  | "MAILBOX_BAD_NAME"
  /** The mailbox has no room, and the sender did not want to wait. */
  | "MAILBOX_FULL"
  /** The mailbox was closed before the message was received. */
  | "MAILBOX_CLOSED"
  /** The message is not of the type that the mailbox receives. */
  | "MAILBOX_NOT_READABLE";

/**
 * A message that a mailbox did not take, or a mailbox that was closed. `mayHaveRun` is false: no process received the
 * message. Over UDP it is true for an answer of the mailbox, because another copy of the message may have arrived. Errors of the connection are RpcError's other classes.
 * @example
 * const inbox = await openMailbox("memory:closed-soon", { type: numbers });
 * const waiting = inbox.receive().catch((error) => error.code);
 * await inbox.close();
 * console.log(await waiting); // MAILBOX_CLOSED
 */
export class MailboxError extends RpcError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "MailboxError";
  /** Stable: compare it with `===`. Each code is explained in docs/reference/errors.md. */
  declare readonly code: MailboxErrorCode;

  /** Makes an error with this code and message. Default: `mayHaveRun` is false. */
  constructor(code: MailboxErrorCode, message: string, options: ErrorOptions & { readonly mayHaveRun?: boolean } = {}) {
    super(code, message, { mayHaveRun: false, ...options });
  }
}
