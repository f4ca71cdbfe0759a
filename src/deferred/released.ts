// Tickets whose clients have the outcome. Only the ids are kept, so that late copies of their submissions do not run.

/** The rest of a ticket whose client has the outcome: its key and host, and the date of its end in milliseconds since 1970. */
export class ReleasedTicket {
  readonly key: string;
  readonly host: string;
  ended: number;

  constructor({ key, host, ended }: { readonly key: string; readonly host: string; readonly ended: number }) {
    this.key = key;
    this.host = host;
    this.ended = ended;
  }
}

/** The ids of released tickets. At the limit, the host that has most of them loses its oldest ones. */
export class ReleasedTickets {
  readonly #most: number;
  readonly #forget: (key: string) => void;
  readonly #byKey = new Map<string, ReleasedTicket>();
  readonly #hosts = new Map<string, Set<ReleasedTicket>>();

  /** `forget` is called for each ticket that is not kept any more. */
  constructor(most: number, forget: (key: string) => void) {
    this.#most = most;
    this.#forget = forget;
  }

  get size(): number {
    return this.#byKey.size;
  }

  has(key: string): boolean {
    return this.#byKey.has(key);
  }

  add(ticket: ReleasedTicket): void {
    this.#byKey.set(ticket.key, ticket);
    const own = this.#hosts.get(ticket.host);
    if (own === undefined) this.#hosts.set(ticket.host, new Set([ticket]));
    else own.add(ticket);
    if (this.size > this.#most) this.#makeRoom();
  }

  /** Forgets those that ended before a date. */
  expire(before: number): void {
    for (const own of this.#hosts.values()) {
      for (const ticket of own) {
        if (ticket.ended >= before) break;
        this.#remove(own, ticket);
      }
    }
  }

  #makeRoom(): void {
    let most: Set<ReleasedTicket> | undefined;
    for (const own of this.#hosts.values()) if (own.size > (most?.size ?? 0)) most = own;
    if (most === undefined) return;
    // An eighth at once, so that the search is not needed for each.
    let left = Math.ceil(most.size / 8);
    for (const ticket of most) {
      if (left-- === 0) return;
      this.#remove(most, ticket);
    }
  }

  #remove(own: Set<ReleasedTicket>, ticket: ReleasedTicket): void {
    own.delete(ticket);
    if (own.size === 0) this.#hosts.delete(ticket.host);
    this.#byKey.delete(ticket.key);
    this.#forget(ticket.key);
  }
}
