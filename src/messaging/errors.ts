// Why a mailbox could not be opened, or did not take or give a message.
import { quote } from "../base/quote.js";
import { RpcCancelled, RpcError, RpcTimeout } from "../rpc/errors.js";
import { mail_stat } from "./mailbox.gen.js";

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
 * A mailbox did not accept a message, or was closed. `mayHaveRun` is false: no process received the
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

/** `mayHaveRun`: the answer is about one copy of the message, and others may have arrived. */
export function throwUnlessTaken(stat: mail_stat, to: string, mayHaveRun: boolean): void {
  const name = quote(to);
  const facts = { mayHaveRun };
  switch (stat) {
    case mail_stat.MAIL_OK:
      return;
    case mail_stat.MAIL_FULL:
      throw new MailboxError(
        "MAILBOX_FULL",
        `the mailbox ${name} has no room: send again later, or let send wait`,
        facts,
      );
    case mail_stat.MAIL_NOT_READABLE:
      throw new MailboxError("MAILBOX_NOT_READABLE", `the mailbox ${name} receives messages of another type`, facts);
    default:
      throw new MailboxError("MAILBOX_CLOSED", `the mailbox ${name} was closed before the message was received`, facts);
  }
}

export function nothingReceived(name: string, timeout: number): RpcTimeout {
  const message = `no message came to the mailbox ${quote(name)} within ${Math.ceil(timeout)} ms (options.timeout)`;
  return new RpcTimeout(message, { mayHaveRun: false });
}

export function receiveCancelled(reason: unknown): RpcCancelled {
  return new RpcCancelled("receive was aborted (options.signal)", { mayHaveRun: false, cause: reason });
}

export function mailboxClosed(name: string): MailboxError {
  return new MailboxError("MAILBOX_CLOSED", `the mailbox ${quote(name)} is closed`);
}
