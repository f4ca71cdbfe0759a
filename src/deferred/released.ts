// Tickets whose clients have the outcome. Only the ids are kept, so that late copies of their submissions do not run.
import type { ServerTicket } from "./ticket.js";

/** The ids of released tickets. At the limit, the host that has most of them loses its oldest ones. */
export class ReleasedTickets {
  readonly #most: number;
  readonly #forget: (ticket: ServerTicket) => void;
  readonly #hosts = new Map<string, Set<ServerTicket>>();
  #size = 0;

  /** `forget` is called for each ticket that is not kept any more. */
  constructor(most: number, forget: (ticket: ServerTicket) => void) {
    this.#most = most;
    this.#forget = forget;
  }

  add(ticket: ServerTicket): void {
    const own = this.#hosts.get(ticket.host);
    if (own === undefined) this.#hosts.set(ticket.host, new Set([ticket]));
    else own.add(ticket);
    if (++this.#size > this.#most) this.#makeRoom();
  }

  /** Forgets those that ended before a date. */
  expire(before: number): void {
    for (const [host, own] of this.#hosts) {
      for (const ticket of own) {
        if (ticket.ended >= before) break;
        this.#remove(host, own, ticket);
      }
    }
  }

  #makeRoom(): void {
    let most: [string, Set<ServerTicket>] | undefined;
    for (const one of this.#hosts) if (one[1].size > (most?.[1].size ?? 0)) most = one;
    if (most === undefined) return;
    const [host, own] = most;
    // An eighth at once, so that the search is not needed for each.
    let left = Math.ceil(own.size / 8);
    for (const ticket of own) {
      if (left-- === 0) return;
      this.#remove(host, own, ticket);
    }
  }

  #remove(host: string, own: Set<ServerTicket>, ticket: ServerTicket): void {
    own.delete(ticket);
    if (own.size === 0) this.#hosts.delete(host);
    this.#size--;
    this.#forget(ticket);
  }
}
