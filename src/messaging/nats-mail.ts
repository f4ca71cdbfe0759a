// The part of a mailbox that is on NATS. The code for it is loaded with the first such name.
import { waitAtMost } from "../base/wait.js";
import { DeferredChannel } from "../client/deferred-channel.js";
import type { Channel } from "../rpc/call.js";
import type { Server } from "../server/index.js";
import { defaultMailboxLimits, type MailboxOptions } from "./mailbox-options.js";
import type { KeptMessages, KeptReceiver } from "./nats/kept-messages.js";
import type { MailLinks } from "./nats/links.js";
import { parseNatsName } from "./nats-names.js";

export interface NatsMailEvents {
  /** Called for messages that were dropped, and while messages cannot be received. Must not throw. */
  readonly failed: (error: Error) => void;
  /** Another process has got the mailbox's name while the connection to NATS was lost. */
  readonly taken: (error: Error) => void;
}

export class NatsMail {
  readonly #events: NatsMailEvents;
  #links: Promise<MailLinks> | undefined;
  #kept: KeptMessages | undefined;

  constructor(events: NatsMailEvents) {
    this.#events = events;
  }

  /** A channel to a mailbox on NATS. */
  channel(url: string): Channel {
    return new DeferredChannel({ kind: "memory", name: parseNatsName(url).bare }, async () => {
      const links = await this.#open();
      const { NatsChannel } = await import("./nats/open.js");
      return new NatsChannel(links, url);
    });
  }

  /**
   * Lets a server receive under a name.
   * @throws DirectoryError if NATS cannot be reached. TransportError TRANSPORT_LISTEN_FAILED if another process has the name.
   */
  async listen(server: Server, url: string, isDurable: boolean): Promise<void> {
    const links = await this.#open();
    const { listenOptions, refuseKept } = await import("./nats/open.js");
    // With the login of this name; others to the same servers use the same connection.
    await links.to(url, undefined);
    if (!isDurable) await refuseKept(links, parseNatsName(url).bare);
    await server.listen(parseNatsName(url).bare, listenOptions(links, this.#events.taken));
  }

  /** Gives what JetStream keeps for the mailbox to `deliver`. @throws DirectoryError. */
  async keep(
    url: string,
    { messages = defaultMailboxLimits.messages }: Pick<MailboxOptions<unknown>, "messages">,
    deliver: KeptReceiver["deliver"],
  ): Promise<void> {
    const { receiveKept } = await import("./nats/open.js");
    const { bare } = parseNatsName(url);
    this.#kept = await receiveKept(await this.#open(), bare, messages, { deliver, ...this.#events });
  }

  /** Receives no more; what was received can be acknowledged until `close`. */
  stop(): void {
    this.#kept?.stop();
  }

  /** Waits at most `drain` milliseconds each for acknowledgments in flight, and for NATS. */
  async close(drain: number): Promise<void> {
    if (this.#kept !== undefined) await waitAtMost(drain, this.#kept.close());
    const links = await this.#links;
    if (links !== undefined) await waitAtMost(drain, links.close());
  }

  #open(): Promise<MailLinks> {
    this.#links ??= import("./nats/open.js").then(
      (nats) => new nats.MailLinks(),
      (error) => {
        this.#links = undefined;
        throw error;
      },
    );
    return this.#links;
  }
}
