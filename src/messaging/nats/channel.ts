// The way to a mailbox on NATS. Whether the mailbox is durable is found out with the first message, and again after it was not there.
import { systemClock } from "../../base/clock.js";
import { waitFor } from "../../base/wait.js";
import { createClientWith } from "../../client/create-client.js";
import { channelOf } from "../../client/index.js";
import type { Channel, ChannelCall } from "../../rpc/call.js";
import { RpcCancelled, RpcDisconnected, RpcTimeout } from "../../rpc/errors.js";
import type { Address } from "../../transport/address.js";
import { TransportError } from "../../transport/errors.js";
import type { Scheme } from "../../transport/schemes/scheme.js";
import { MAIL_VERS } from "../mailbox.gen.js";
import { parseNatsName } from "../nats-names.js";
import { KeptChannel } from "./kept-channel.js";
import { lostLink, type MailLink, type MailLinks } from "./links.js";
import { natsAddress, natsScheme } from "./scheme.js";
import { MailStream } from "./stream.js";

const defaultTimeout = 30_000;
/** Milliseconds to find out whether a mailbox is durable. */
const lookTime = 5_000;

interface Route {
  readonly name: string;
  readonly finding: Promise<Channel>;
  channel: Channel | undefined;
  /** Calls that wait for the channel: later ones must not overtake them. */
  waiting: number;
}

export class NatsChannel implements Channel {
  readonly remote: Address;
  readonly #links: MailLinks;
  readonly #name: string;
  readonly #bare: string;
  #route: Route | undefined;

  constructor(links: MailLinks, name: string) {
    this.#links = links;
    this.#name = name;
    this.#bare = parseNatsName(name).bare;
    this.remote = natsAddress(this.#bare);
  }

  async call(request: ChannelCall): Promise<unknown> {
    this.#route ??= this.#begin();
    const route = this.#route;
    const { channel, waiting } = route;
    try {
      return await (channel !== undefined && waiting === 0 ? channel.call(request) : callOver(route, request));
    } catch (error) {
      const wasNotThere = error instanceof RpcDisconnected && !error.mayHaveRun;
      if (wasNotThere && route.channel !== undefined && !(route.channel instanceof KeptChannel)) this.#drop(route);
      throw error;
    }
  }

  async close(): Promise<void> {
    await this.#route?.finding.then((channel) => channel.close()).catch(() => {});
  }

  destroy(reason?: Error): void {
    this.#route?.finding.then((channel) => channel.destroy(reason)).catch(() => {});
  }

  #begin(): Route {
    const route: Route = { name: this.#bare, finding: this.#find(), channel: undefined, waiting: 0 };
    route.finding.then(
      (channel) => {
        route.channel = channel;
      },
      () => this.#drop(route),
    );
    return route;
  }

  /** The next call finds out again how to send. */
  #drop(route: Route): void {
    if (this.#route !== route) return;
    this.#route = undefined;
    route.channel?.close();
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
    const facts = await stream.find(lookTime).catch((error: Error) => {
      const message = `NATS at ${mail.servers} did not say whether ${this.#bare} is durable: ${error.message}`;
      throw new RpcDisconnected(message, { mayHaveRun: false, cause: error });
    });
    if (facts === undefined) return conversation(natsScheme(this.#links, { check: refuseDurable }));
    return new KeptChannel(mail, stream, facts, this.#bare, conversation(natsScheme(this.#links)));
  }
}

/** A message over a conversation would not be kept. The next call finds out again how to send. */
async function refuseDurable(mail: MailLink, name: string): Promise<void> {
  const isDurable = await new MailStream(mail, name).exists(lookTime).catch(() => false);
  if (isDurable)
    throw new TransportError("TRANSPORT_CONNECT_FAILED", `${name} has become a durable mailbox: send again`);
}

async function callOver(route: Route, request: ChannelCall): Promise<unknown> {
  const { timeout = defaultTimeout, signal } = request.options;
  const end = systemClock.now() + timeout;
  const facts = { mayHaveRun: false };
  route.waiting++;
  try {
    const channel = await waitFor(route.finding, {
      timeout,
      signal,
      onTimeout: () => new RpcTimeout(`${route.name}: NATS did not answer within ${Math.ceil(timeout)} ms`, facts),
      onAbort: (cause) => new RpcCancelled("cancelled by the caller's signal", { ...facts, cause }),
    });
    const options = { ...request.options, timeout: Math.max(0, end - systemClock.now()) };
    // The call begins before `waiting` is less.
    return channel.call({ ...request, options });
  } finally {
    route.waiting--;
  }
}
