// The messages between a mailbox that blocks and its thread.
import type { MailboxOptions, ReceiveOptions, SendOptions } from "./mailbox-options.js";

export type MailboxCommand =
  | {
      readonly kind: "open";
      readonly name: string;
      readonly options: Omit<MailboxOptions<unknown>, "type" | "onError">;
    }
  | { readonly kind: "send"; readonly bytes: Uint8Array; readonly to: string; readonly options: SendOptions }
  | { readonly kind: "receive"; readonly options: ReceiveOptions }
  | { readonly kind: "try"; readonly options: { readonly from?: string } }
  | { readonly kind: "close" };

export type MailboxAnswer =
  | { readonly kind: "opened"; readonly name: string; readonly url: string }
  | { readonly kind: "sent" | "none" }
  | { readonly kind: "message"; readonly from: string; readonly bytes: Uint8Array }
  | { readonly kind: "closed"; readonly unread: number }
  | { readonly kind: "failed"; readonly fault: MailboxFault };

/** An error of the thread, as plain data. */
export interface MailboxFault {
  /** The name of its class. */
  readonly kind: string;
  readonly message: string;
  readonly code: string;
  readonly mayHaveRun: boolean;
}
