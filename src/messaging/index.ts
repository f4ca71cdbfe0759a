// "lupine/messaging": mailboxes, which send messages to other processes and receive them.
export { defaultCorrespondents } from "./correspondents.js";
export { MailboxError, type MailboxErrorCode } from "./errors.js";
export type { Mailbox } from "./mailbox.js";
export { defaultMailboxLimits, type MailboxOptions, type ReceiveOptions, type SendOptions } from "./mailbox-options.js";
export type { Received } from "./message-queue.js";
export { mailboxUrl } from "./names.js";
export { openMailbox } from "./open-mailbox.js";
export {
  openMailboxSync,
  type SyncMailbox,
  type SyncMailboxOptions,
  type SyncReceiveOptions,
  type SyncSendOptions,
} from "./sync-mailbox.js";
