// A mailbox on NATS: what mailbox.ts loads with the first name of this kind.
import { hasNoResponders } from "../../directory/nats/jetstream.js";
import type { ServerListenOptions } from "../../server/index.js";
import { TransportError } from "../../transport/errors.js";
import { KeptMessages, type KeptReceiver } from "./kept-messages.js";
import type { MailLinks } from "./links.js";
import { isNameTaken } from "./name-taken.js";
import { natsScheme } from "./scheme.js";
import { MailStream } from "./stream.js";

export { NatsChannel } from "./channel.js";
export { MailLinks } from "./links.js";

/** Options with which a server listens under a NATS name. */
export function listenOptions(links: MailLinks, taken: (error: Error) => void): ServerListenOptions {
  return { schemes: [natsScheme(links, { taken })] };
}

/** Milliseconds to find out whether a mailbox is durable. */
const lookTime = 5_000;

/**
 * Senders store messages for a durable mailbox, which one that is not durable would never receive.
 * @throws TransportError TRANSPORT_LISTEN_FAILED.
 */
export async function refuseKept(links: MailLinks, bare: string): Promise<void> {
  const stream = new MailStream(await links.to(bare, undefined), bare);
  if (!(await stream.exists(lookTime))) return;
  const advice = `open it with durable: true, or delete its stream: nats stream rm ${stream.name}`;
  throw new TransportError("TRANSPORT_LISTEN_FAILED", `${bare} is a durable mailbox: ${advice}`);
}

/** Makes the stream of a durable mailbox, which holds at most `messages`, and receives what it keeps. */
export async function receiveKept(
  links: MailLinks,
  bare: string,
  messages: number,
  receiver: KeptReceiver,
): Promise<KeptMessages> {
  const mail = await links.to(bare, undefined);
  const stream = new MailStream(mail, bare);
  try {
    const kept = new KeptMessages(mail, stream, bare, messages, receiver);
    await kept.begin();
    return kept;
  } catch (cause) {
    if (isNameTaken(cause)) throw cause;
    const why = hasNoResponders(cause, mail.nats)
      ? "JetStream is not enabled; start it with: nats-server -js"
      : (cause as Error).message;
    const { DirectoryError } = await import("../../directory/index.js");
    throw new DirectoryError(
      "DIRECTORY_REFUSED",
      `${bare} cannot be durable: NATS at ${mail.servers} refuses: ${why}`,
      { cause },
    );
  }
}
