// Opens durable mailboxes. Their code, and the client of NATS, are loaded with the first one.
import type { DurableMailbox, DurableMailboxOptions } from "./durable-mailbox.js";

/**
 * Opens a durable mailbox on NATS: `nats://HOST:4222/printer` is the mailbox `printer`, whose messages JetStream keeps, although no process
 * has it open, until they are handled and acknowledged. Several processes may open it: each message goes to one of them. Makes it if it
 * does not exist. Needs the package `@nats-io/transport-node`.
 * @throws MailboxError MAILBOX_BAD_NAME; DirectoryError DIRECTORY_ENGINE_MISSING; RpcDisconnected, RpcTimeout; TypeError.
 * @example
 * const receive = async () => {
 *   await using printer = await openDurableMailbox("nats://10.0.0.1:4222/printer", { type: numbers });
 *   const { message, acknowledge } = await printer.receive();
 *   console.log(message.a);
 *   await acknowledge();
 * };
 * console.log(typeof receive); // function
 */
export async function openDurableMailbox<T, Input = T>(
  url: string,
  options: DurableMailboxOptions<T, Input>,
): Promise<DurableMailbox<T, Input>> {
  const { open } = await import("./durable-mailbox.js");
  return open(url, options);
}
