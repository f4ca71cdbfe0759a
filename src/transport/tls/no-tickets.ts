// Session tickets off. A session that is resumed has the certificate that was checked when it began, which may have been replaced
// since; and libnfs fails at tickets. Node has no option for their number: its function for ticket keys is asked for each ticket instead.
import type { SecureContext } from "node:tls";
import { randomBytes } from "../../base/random-bytes.js";

/** The part of Node's own context that is used; all versions from 20 to 26 have it. */
interface NativeContext {
  onticketkeycallback?: (name: Buffer, iv: Buffer, isNew: boolean) => readonly unknown[];
  enableTicketKeyCallback?(): void;
  setOptions(options: number): void;
}

/** SSL_OP_NO_TICKET of OpenSSL. */
const noTicket = 0x4000;
/** Bytes of each part of a key; Node ends the process if one is missing. */
const partLength = 16;

/**
 * The answer for each ticket: 0, "there is no key" (SSL_CTX_set_tlsext_ticket_key_cb(3)), so that OpenSSL sends no ticket and takes none. The
 * parts of the key behind it are not used.
 */
const noKey: readonly unknown[] = [0, ...Array.from({ length: 4 }, () => randomBytes(partLength))];

/** Returns the context, which then sends no tickets. If this Node lacks the function for that, it sends tickets that no server accepts. */
export function withoutTickets(context: SecureContext): SecureContext {
  const native = context.context as NativeContext;
  if (typeof native.enableTicketKeyCallback === "function") {
    native.onticketkeycallback = () => noKey;
    native.enableTicketKeyCallback();
  } else {
    native.setOptions(noTicket);
  }
  return context;
}
