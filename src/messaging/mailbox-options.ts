// The options of mailboxes, and the tables that check them.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { quote } from "../base/quote.js";
import { isServiceTarget } from "../client/service-target.js";
import type { Directory } from "../directory/index.js";
import type { Accept } from "../server/index.js";
import type { XdrType } from "../xdr/type.js";
import { MailboxError } from "./errors.js";
import { nameOf } from "./names.js";
import { isNatsName } from "./nats-names.js";

/** The most messages and bytes of one sender that wait in a mailbox by default. */
export const defaultMailboxLimits = { messages: 10_000, bytes: 16 * 2 ** 20 } as const;

/** Options of `openMailbox`. */
export interface MailboxOptions<T, Input = T> {
  /** The type of the messages that are received and sent: a codec that `lupine gen` made from a .x file. */
  readonly type: XdrType<T, Input>;
  /**
   * The most messages of one sender in the mailbox, at least 1. The next `send` then waits, or fails with MAILBOX_FULL. All senders together
   * have at most 1.5625 times as many. Default 10,000.
   */
  readonly messages?: number;
  /** The most bytes of one sender's messages in the mailbox: as for `messages`. A single message may be larger. Default 16 MiB. */
  readonly bytes?: number;
  /**
   * The address of a mailbox whose name is in a directory (`dir:/mail/printer`): `tcp://0.0.0.0:0` or `udp://...`, with `accept`, for
   * other machines. Default `tcp://127.0.0.1:0`.
   */
  readonly listen?: string;
  /**
   * The directory of `dir:` names without a host: its URL, or an open one. Default: the environment variable LUPINE_DIRECTORY, else the
   * directory server of this machine.
   */
  readonly directory?: Directory | string;
  /**
   * True, for a mailbox on NATS: JetStream stores each message until `done` is called for it, even while the mailbox is not open in any process.
   * `messages` is then the limit of all senders together, and the option `bytes` is refused. Default false.
   */
  readonly durable?: boolean;
  /** Which machines may send. Default: as for `server.listen`, which warns if the address is not loopback. Not for names on NATS. */
  readonly accept?: Accept;
  /**
   * The most connections to other mailboxes; the one unused for longest is closed for a new one. Those on which a call of `send` or `ended`
   * waits stay open, also beyond this number. Default 1,000.
   */
  readonly correspondents?: number;
  /** Called for errors of connections. Default: `process.emitWarning`. */
  readonly onError?: (error: unknown) => void;
}

/** Options of `send`. */
export interface SendOptions {
  /**
   * When `send` resolves:
   * - `"sent"`: the message was passed to the transport. Whether it arrives is unknown. The fastest choice.
   * - `"queued"`: it is in the mailbox of the receiver. The default.
   * - `"delivered"`: a process has received it. This is the blocking send.
   */
  readonly until?: "sent" | "queued" | "delivered";
  /** False: do not wait for room in a full mailbox, but fail with MAILBOX_FULL. Only with `"queued"`. Default true. */
  readonly wait?: boolean;
  /** Milliseconds until `send` fails with RpcTimeout; Infinity for no limit. Default 30,000; for "delivered" Infinity. */
  readonly timeout?: number;
  /** Ends the wait with RpcCancelled. Default: none. */
  readonly signal?: AbortSignal;
}

/** Options of `receive`. */
export interface ReceiveOptions {
  /** Receives only messages of this sender; messages of other senders stay in the mailbox, in their order. Default: any sender. */
  readonly from?: string;
  /** Milliseconds until `receive` fails with RpcTimeout. Default: no limit. */
  readonly timeout?: number;
  /** Ends the wait with RpcCancelled. No message is lost. Default: none. */
  readonly signal?: AbortSignal;
}

const mailboxOptions: OptionTable<MailboxOptions<unknown>> = {
  type: "object",
  messages: "count",
  bytes: "count",
  listen: "text",
  directory: "any",
  durable: "flag",
  accept: ["local", "network"],
  correspondents: "count",
  onError: "function",
};
export const sendOptions: OptionTable<SendOptions> = {
  until: ["sent", "queued", "delivered"],
  wait: "flag",
  timeout: "time",
  signal: "signal",
};
export const receiveOptions: OptionTable<ReceiveOptions> = { from: "text", timeout: "time", signal: "signal" };

/** @throws TypeError for a wrong option, and without a type. */
export function checkMailboxOptions(options: { readonly type?: unknown }): void {
  checkOptions(mailboxOptions, options);
  if (options?.type === undefined) throw new TypeError("options.type is missing: give the type of the messages");
}

/** @throws TypeError for an option that has no effect on a mailbox of this kind. @throws MailboxError MAILBOX_BAD_NAME for tls:. */
export function checkOptionsFor(url: string, name: string, options: Omit<MailboxOptions<unknown>, "type">): void {
  const { durable, accept, listen } = options;
  const refuse = (option: string, advice: string): never => {
    throw new TypeError(`options.${option} does not apply to ${quote(nameOf(name))}: ${advice}`);
  };
  if (url.startsWith("tls:")) {
    const advice = "a mailbox has no TLS of its own; use tcp://host:port, or nats+tls://host:4222/subject";
    throw new MailboxError("MAILBOX_BAD_NAME", `${quote(name)} cannot be opened: ${advice}`);
  }
  if (durable && !isNatsName(url)) refuse("durable", "give a name on NATS, nats://host:4222/subject");
  if (durable && options.messages === 0) refuse("messages: 0", "a durable mailbox needs room, 1 or more");
  if (durable && options.bytes !== undefined)
    refuse("bytes", "JetStream counts the messages of a durable mailbox (options.messages)");
  if (options.messages === 0) throw new TypeError("options.messages is 0: a mailbox has room for at least 1 message");
  if (listen !== undefined && !isServiceTarget(url))
    refuse("listen", "it is for names in a directory, dir:/mail/printer");
  if (accept !== undefined && isNatsName(url)) refuse("accept", "the permissions of NATS decide who may send");
}
