// Connections to the mailboxes that messages are sent to: one for each, opened by the first message. Those that were not
// used for longest are closed when there are too many.
import { type ClosableClient, closeClient, createClientWith } from "../client/index.js";
import type { MemoryNetwork } from "../transport/memory.js";
import { MAIL_VERS } from "./mailbox.gen.js";

export type Correspondent = ClosableClient<typeof MAIL_VERS.procedures>;

/** The most connections that a mailbox keeps open to others. */
export const defaultCorrespondents = 1_000;

export class Correspondents {
  readonly #most: number;
  readonly #network: MemoryNetwork;
  /** By URL; the one that was used last stands at the end. */
  readonly #open = new Map<string, Correspondent>();
  #closed = false;

  constructor(most: number, network: MemoryNetwork) {
    this.#most = most;
    this.#network = network;
  }

  to(url: string): Correspondent {
    const known = this.#open.get(url);
    if (known !== undefined) {
      if (this.#open.size > 1) this.#moveToEnd(url, known);
      return known;
    }
    const made = createClientWith(
      {},
      MAIL_VERS,
      url,
      url.startsWith("memory:") ? { connection: { network: this.#network } } : {},
    );
    if (this.#closed) return made;
    this.#open.set(url, made);
    if (this.#open.size > this.#most) this.#closeOldest();
    return made;
  }

  /** Waits for the calls in flight, then closes all connections. */
  async close(): Promise<void> {
    this.#closed = true;
    const clients = [...this.#open.values()];
    this.#open.clear();
    await Promise.allSettled(clients.map((client) => closeClient(client)));
  }

  #moveToEnd(url: string, client: Correspondent): void {
    this.#open.delete(url);
    this.#open.set(url, client);
  }

  /** Its calls in flight are finished first. */
  #closeOldest(): void {
    const [oldest] = this.#open;
    if (oldest === undefined) return;
    this.#open.delete(oldest[0]);
    closeClient(oldest[1]).catch(() => {
      // The connection was lost; its calls have failed.
    });
  }
}
