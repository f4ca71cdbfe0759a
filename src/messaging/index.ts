// "lupine/messaging": send and receive between processes.
export { defaultCorrespondents } from "./correspondents.js";
export { MailboxError, type MailboxErrorCode } from "./errors.js";
export {
  defaultMailboxLimits,
  type Mailbox,
  type MailboxOptions,
  openMailbox,
  type ReceiveOptions,
  type SendOptions,
} from "./mailbox.js";
export type { Received } from "./message-queue.js";
export { mailboxUrl } from "./names.js";
