// The way to a mailbox on NATS. Whether the mailbox is durable is found out with the first message, and again after it was not there.
import { createClientWith } from "../../client/create-client.js";
import { channelOf } from "../../client/index.js";
import type { Channel, ChannelCall } from "../../rpc/call.js";
import { RpcDisconnected } from "../../rpc/errors.js";
import type { Address } from "../../transport/address.js";
import { TransportError } from "../../transport/errors.js";
import type { Scheme } from "../../transport/schemes/scheme.js";
import { MAIL_VERS } from "../mailbox.gen.js";
import { parseNatsName } from "../nats-names.js";
import { KeptChannel } from "./kept-channel.js";
import { lostLink, type MailLink, type MailLinks } from "./links.js";
import { natsAddress, natsScheme } from "./scheme.js";
import { MailStream } from "./stream.js";

/** Milliseconds to find out whether a mailbox is durable. */
const lookTime = 5_000;

export class NatsChannel implements Channel {
  readonly remote: Address;
  readonly #links: MailLinks;
  readonly #name: string;
  readonly #bare: string;
  #route: Promise<Channel> | undefined;

  constructor(links: MailLinks, name: string) {
    this.#links = links;
    this.#name = name;
    this.#bare = parseNatsName(name).bare;
    this.remote = natsAddress(this.#bare);
  }

  async call(request: ChannelCall): Promise<unknown> {
    this.#route ??= this.#find();
    const route = this.#route;
    try {
      return await route.then((channel) => channel.call(request));
    } catch (error) {
      const found = await route.catch(() => undefined);
      const wasNotThere = error instanceof RpcDisconnected && !error.mayHaveRun;
      const mayBeAnother = found === undefined || (wasNotThere && !(found instanceof KeptChannel));
      if (mayBeAnother && this.#route === route) {
        this.#route = undefined;
        found?.close();
      }
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#route?.then((channel) => channel.close()).catch(() => {});
  }

  destroy(reason?: Error): void {
    this.#route?.then((channel) => channel.destroy(reason)).catch(() => {});
  }

  async #find(): Promise<Channel> {
    const mail = await this.#links
      .to(this.#name, undefined)
      .catch((error: { readonly code?: string; readonly message: string }) => {
        if (error.code !== "DIRECTORY_UNREACHABLE") throw error;
        throw new RpcDisconnected(error.message, { mayHaveRun: false, cause: error });
      });
    if (mail.link.isClosed()) throw lostLink(mail.servers, false);
    const stream = new MailStream(mail, this.#bare);
    const conversation = (scheme: Scheme): Channel =>
      channelOf(createClientWith({}, MAIL_VERS, this.#bare, { connection: { schemes: [scheme] } }));
    const isDurable = await stream.exists(lookTime).catch((error: Error) => {
      const message = `NATS at ${mail.servers} did not say whether ${this.#bare} is durable: ${error.message}`;
      throw new RpcDisconnected(message, { mayHaveRun: false, cause: error });
    });
    if (!isDurable) return conversation(natsScheme(this.#links, refuseDurable));
    return new KeptChannel(mail, stream, this.#bare, conversation(natsScheme(this.#links)));
  }
}

/** A message over a conversation would not be kept. The next call finds out again how to send. */
async function refuseDurable(mail: MailLink, name: string): Promise<void> {
  const isDurable = await new MailStream(mail, name).exists(lookTime).catch(() => false);
  if (isDurable)
    throw new TransportError("TRANSPORT_CONNECT_FAILED", `${name} has become a durable mailbox: send again`);
}
