// Connections to the mailboxes that messages are sent to: one for each, opened by the first message. If there are too
// many, those unused for longest are closed. One on which a call waits is not: its message may wait for a receiver, and its end would be
// taken for that of the other mailbox.
import { waitAtMost } from "../base/wait.js";
import type { ClientWiring } from "../client/create-client.js";
import { type ClosableClient, channelOf, closeClient, createClientWith } from "../client/index.js";
import { sender, stubsOver } from "../client/stubs.js";
import type { CallOptions, Channel, ChannelCall } from "../rpc/call.js";
import { RpcTimeout } from "../rpc/errors.js";
import { ping } from "../rpc/null.js";
import { defaultDrain } from "../server/index.js";
import type { MemoryNetwork } from "../transport/memory.js";
import type { Encodable } from "../xdr/type.js";
import { MAIL_VERS, type mail_envelope } from "./mailbox.gen.js";
import { isNatsName } from "./nats-names.js";

/** A connection to another mailbox. */
export interface Correspondent {
  readonly client: ClosableClient<typeof MAIL_VERS.procedures>;
  /** Makes a call with options that need no check. */
  readonly send: (request: ChannelCall) => Promise<unknown>;
  /** The calls that wait for a reply. */
  waiting: number;
}

/** The most connections that a mailbox keeps open to others. */
export const defaultCorrespondents = 1_000;

/** Milliseconds after which a connection that does not answer is taken for dead. */
const patience = 5_000;

/** Milliseconds for messages without a reply to arrive before their connection is closed. */
const longestPosted = 30_000;

export class Correspondents {
  readonly #most: number;
  readonly #network: MemoryNetwork;
  readonly #wiring: ClientWiring;
  readonly #onNats: (url: string) => Channel;
  /** The open connections by URL; the one used last comes last. */
  readonly #open = new Map<string, Correspondent>();
  /** Connections over which messages without a reply were sent since the last call on them was answered. */
  readonly #posted = new Set<Correspondent>();
  /** Connections that are asked whether they are alive. */
  readonly #checked = new Set<Correspondent>();

  /** `wiring` reaches the names of a directory, `onNats` makes the channel to a name on NATS. */
  constructor(most: number, network: MemoryNetwork, wiring: ClientWiring, onNats: (url: string) => Channel) {
    this.#most = most;
    this.#network = network;
    this.#wiring = wiring;
    this.#onNats = onNats;
  }

  to(url: string): Correspondent {
    const known = this.#open.get(url);
    if (known !== undefined) {
      if (this.#open.size > 1) this.#moveToEnd(url, known);
      return known;
    }
    const client = this.#clientOf(url);
    const made = { client, send: sender(channelOf(client), []), waiting: 0 };
    this.#open.set(url, made);
    if (this.#open.size > this.#most) this.#closeOldest(made);
    return made;
  }

  #clientOf(url: string): ClosableClient<typeof MAIL_VERS.procedures> {
    if (isNatsName(url)) return stubsOver(MAIL_VERS, this.#onNats(url), { ownsChannel: true });
    const options = url.startsWith("memory:") ? { connection: { network: this.#network } } : {};
    return createClientWith(this.#wiring, MAIL_VERS, url, options);
  }

  /** A call has got its reply, or has failed. */
  settled(one: Correspondent): void {
    one.waiting--;
    if (this.#open.size > this.#most) this.#closeOldest();
  }

  /** Sends a message that has no reply. */
  post(to: Correspondent, envelope: Encodable<mail_envelope>, options: CallOptions): Promise<void> {
    this.#posted.add(to);
    const request = { program: MAIL_VERS, procedure: MAIL_VERS.procedures.post, args: [envelope], options };
    return to.send(request) as Promise<void>;
  }

  /**
   * Throws the error of a call. If it has timed out, the mailbox may be full, or the connection dead without a report: only then a ping has
   * no answer either, and the next call connects again.
   */
  failed(to: Correspondent, error: unknown): never {
    // Behind messages that wait on the connection nothing is answered.
    if (error instanceof RpcTimeout && !this.#posted.has(to) && !this.#checked.has(to)) {
      this.#checked.add(to);
      ping(channelOf(to.client), MAIL_VERS, { timeout: patience, background: true })
        .catch(() => {})
        .finally(() => this.#checked.delete(to));
    }
    throw error;
  }

  /** Waits for the calls in flight and until messages without a reply have arrived, then closes all connections. */
  async close(timeout: number): Promise<void> {
    const all = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(all.map((one) => this.#closeOne(one, timeout)));
  }

  async #closeOne(one: Correspondent, timeout: number): Promise<void> {
    const channel = channelOf(one.client);
    await waitAtMost(timeout, this.#finish(one));
    channel.destroy();
  }

  /** A call over the same connection is answered after all that was sent before it was read. */
  async #finish(one: Correspondent): Promise<void> {
    const { client } = one;
    if (this.#posted.delete(one)) await ping(channelOf(client), MAIL_VERS).catch(() => {});
    await closeClient(client);
  }

  #moveToEnd(url: string, one: Correspondent): void {
    this.#open.delete(url);
    this.#open.set(url, one);
  }

  /** Closes the connection that was unused for longest, and on which no call waits; never the one that is to be used. */
  #closeOldest(used?: Correspondent): void {
    for (const [url, one] of this.#open) {
      if (one === used || one.waiting > 0) continue;
      if (this.#posted.delete(one)) {
        // Until its messages have arrived, another connection could overtake them.
        one.waiting++;
        ping(channelOf(one.client), MAIL_VERS, { timeout: longestPosted, background: true })
          .catch(() => {})
          .finally(() => this.settled(one));
        return;
      }
      this.#open.delete(url);
      this.#closeOne(one, defaultDrain).catch(() => {
        // The connection was lost.
      });
      return;
    }
  }
}
