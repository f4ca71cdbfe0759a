// A mailbox whose `sendSync` and `receiveSync` block the thread. The mailbox itself is in a worker thread, so that it also
// receives while its owner computes or waits.
import { checkOptions } from "../base/check-options.js";
import { PartnerThread } from "../machine/partner-thread.js";
import { RpcCancelled, RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import { TransportError, type TransportErrorCode } from "../transport/errors.js";
import { decode, encode } from "../xdr/index.js";
import type { XdrType } from "../xdr/type.js";
import { MailboxError, type MailboxErrorCode } from "./errors.js";
import {
  checkMailboxOptions,
  type MailboxOptions,
  type ReceiveOptions,
  receiveOptions,
  type SendOptions,
  sendOptions,
} from "./mailbox-options.js";
import type { Received } from "./message-queue.js";
import { mailboxUrl } from "./names.js";
import type { MailboxAnswer, MailboxCommand, MailboxFault } from "./thread-messages.js";

/** Options of `openMailboxSync`. */
export type SyncMailboxOptions<T, Input = T> = Omit<MailboxOptions<T, Input>, "onError" | "durable">;
/** Options of `sendSync`. A signal could not be aborted while the thread waits. */
export type SyncSendOptions = Omit<SendOptions, "signal">;
/** Options of `receiveSync`. */
export type SyncReceiveOptions = Omit<ReceiveOptions, "signal">;

const { signal: _, ...syncSendOptions } = sendOptions;
const { signal: __, ...syncReceiveOptions } = receiveOptions;

/**
 * Opens a mailbox for code that blocks its thread. Names are those of `openMailbox`, except `memory:`, because no code of this thread can answer
 * while it is blocked. Returns once others can send to the mailbox.
 * @throws MailboxError MAILBOX_BAD_NAME. TransportError TRANSPORT_LISTEN_FAILED if another process has the name. TypeError for a
 * wrong option.
 * @example
 * using adder = openMailboxSync("tcp://127.0.0.1:0", { type: numbers });
 * using user = openMailboxSync("tcp://127.0.0.1:0", { type: numbers });
 * user.sendSync({ a: 1, b: 2 }, adder.url);
 * const { from, message } = adder.receiveSync();
 * console.log(message.a + message.b, from === user.url); // 3 true
 */
export function openMailboxSync<T, Input = T>(
  name: string,
  options: SyncMailboxOptions<T, Input>,
): SyncMailbox<T, Input> {
  checkMailboxOptions(options);
  if ("durable" in options)
    throw new TypeError("options.durable is for openMailbox: this mailbox has no way to acknowledge");
  refuseMemory(name);
  return new SyncMailbox(name, options);
}

function refuseMemory(name: string): void {
  if (!name.startsWith("memory:")) return;
  const message = `${name} is in this thread, which waits: give another kind of name`;
  throw new MailboxError("MAILBOX_BAD_NAME", message);
}

/** Milliseconds that the thread may take to start and to open the mailbox. */
const openTime = 60_000;

/**
 * A mailbox that blocks the thread. `openMailboxSync` makes one; `using` or `close` ends it.
 * @example
 * using inbox = openMailboxSync("tcp://127.0.0.1:0", { type: numbers });
 * console.log(inbox.tryReceive()); // undefined
 */
export class SyncMailbox<T, Input = T> {
  readonly #type: XdrType<T, Input>;
  readonly #thread = new PartnerThread(new URL("./mailbox-thread.js", import.meta.url));
  #unread: number | undefined;
  /** The name under which others of this user reach the mailbox, or its URL. */
  readonly name: string;
  /** The address that the mailbox listens on. */
  readonly url: string;

  /** @internal */
  constructor(name: string, options: SyncMailboxOptions<T, Input>) {
    const { type, ...rest } = options;
    this.#type = type;
    try {
      const opened = this.#ask({ kind: "open", name, options: rest });
      this.name = opened.kind === "opened" ? opened.name : name;
      this.url = opened.kind === "opened" ? opened.url : name;
    } catch (error) {
      this.#thread.close();
      throw error;
    }
  }

  /**
   * Sends a message to another mailbox, and blocks the thread as long as `await send(...)` would wait: see `SendOptions.until`.
   * @throws the errors of `Mailbox.send`, and MailboxError MAILBOX_CLOSED if this mailbox is closed.
   */
  sendSync(message: Input, to: string, options: SyncSendOptions = {}): void {
    checkOptions(syncSendOptions, options);
    refuseMemory(mailboxUrl(to));
    this.#ask({ kind: "send", bytes: encode(this.#type, message, { root: "message" }), to, options });
  }

  /**
   * Blocks the thread until there is a message: of any sender, or of `from`.
   * @throws RpcTimeout; MailboxError MAILBOX_CLOSED if this mailbox is closed, MAILBOX_NOT_READABLE for a message of another type, which
   * is then dropped.
   */
  receiveSync(options: SyncReceiveOptions = {}): Received<T> {
    checkOptions(syncReceiveOptions, options);
    return this.#received(this.#ask({ kind: "receive", options })) as Received<T>;
  }

  /** Returns a message that has already arrived, or undefined. @throws MailboxError as `receiveSync`. */
  tryReceive(options: { readonly from?: string } = {}): Received<T> | undefined {
    checkOptions({ from: "text" }, options);
    return this.#received(this.#ask({ kind: "try", options }));
  }

  /** Closes the mailbox after the messages that it is sending were sent. @returns the number of messages that were not received. */
  close(): number {
    if (this.#unread !== undefined) return this.#unread;
    const answer = this.#ask({ kind: "close" });
    this.#unread = answer.kind === "closed" ? answer.unread : 0;
    this.#thread.close();
    return this.#unread;
  }

  /** The same as `close()`. */
  [Symbol.dispose](): void {
    this.close();
  }

  #received(answer: MailboxAnswer): Received<T> | undefined {
    if (answer.kind !== "message") return undefined;
    const { from, bytes } = answer;
    try {
      return { from, message: decode(this.#type, bytes) };
    } catch (cause) {
      const message = `a message of ${from || "an unnamed sender"} is of another type: ${(cause as Error).message}`;
      throw new MailboxError("MAILBOX_NOT_READABLE", message, { cause });
    }
  }

  /** The thread answers each command once, and in order. */
  #ask(command: MailboxCommand): MailboxAnswer {
    if (this.#unread !== undefined) throw new MailboxError("MAILBOX_CLOSED", `the mailbox ${this.name} is closed`);
    this.#thread.post(command);
    const answer = this.#thread.next(command.kind === "open" ? openTime : undefined) as MailboxAnswer | undefined;
    if (answer === undefined) throw new TransportError("TRANSPORT_TIMEOUT", "the thread of the mailbox did not start");
    if (answer.kind === "failed") throw errorOf(answer.fault);
    return answer;
  }
}

/** The thread's error as one of this thread. */
function errorOf({ kind, message, code, mayHaveRun }: MailboxFault): Error {
  const options = { mayHaveRun };
  switch (kind) {
    case "MailboxError":
      return new MailboxError(code as MailboxErrorCode, message, options);
    case "TransportError":
      return new TransportError(code as TransportErrorCode, message);
    case "RpcTimeout":
      return new RpcTimeout(message, options);
    case "RpcDisconnected":
      return new RpcDisconnected(message, options);
    case "RpcCancelled":
      return new RpcCancelled(message, options);
    case "TypeError":
      return new TypeError(message);
    default:
      return new RpcError(code, message, options);
  }
}
