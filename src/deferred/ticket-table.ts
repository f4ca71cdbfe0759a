// The tickets that a server keeps: those whose clients do not have the outcome, and the ids of released ones.
import type { DeferredLimits } from "./limits.js";
import type { TicketLog } from "./log.js";
import { ReleasedTicket, ReleasedTickets } from "./released.js";
import type { Room } from "./room.js";
import type { ServerTicket } from "./ticket.js";

export class TicketTable {
  readonly #lease: number;
  readonly #room: Room;
  readonly #log: TicketLog | undefined;
  readonly #madeRoom: () => void;
  readonly #tickets = new Map<string, ServerTicket>();
  /** Outcomes that nobody has taken, in the order of their ends. */
  readonly #ended = new Set<ServerTicket>();
  readonly #released: ReleasedTickets;

  /** `madeRoom` is called when a ticket was dropped, so that another may start. */
  constructor({ lease, tickets }: DeferredLimits, room: Room, log: TicketLog | undefined, madeRoom: () => void) {
    this.#lease = lease;
    this.#room = room;
    this.#log = log;
    this.#madeRoom = madeRoom;
    this.#released = new ReleasedTickets(2 * tickets, (key) => log?.forgotten(key));
  }

  get(key: string): ServerTicket | undefined {
    return this.#tickets.get(key);
  }

  /** All tickets whose clients do not have the outcome. */
  tickets(): Iterable<ServerTicket> {
    return this.#tickets.values();
  }

  add(ticket: ServerTicket): void {
    this.#tickets.set(ticket.key, ticket);
    this.#room.add(ticket.host, 1, ticket.bytes, ticket.isOver ? 1 : 0);
  }

  /** The ticket has an outcome, which is dropped after the lease. */
  ended(ticket: ServerTicket): void {
    this.#ended.add(ticket);
  }

  /** Whether the client of this ticket has received its outcome. */
  wasReleased(key: string): boolean {
    return this.#released.has(key);
  }

  /** A ticket that was released before the server started. */
  addReleased(ticket: ReleasedTicket): void {
    this.#released.add(ticket);
  }

  /** The client has received the outcome. */
  release(ticket: ServerTicket): void {
    this.drop(ticket);
    ticket.reply = undefined;
    ticket.progress = undefined;
    ticket.tell = undefined;
    const kept = new ReleasedTicket(ticket);
    this.#log?.released(kept);
    this.#released.add(kept);
  }

  /** The ticket does not count any more, and makes room for others. */
  drop(ticket: ServerTicket): void {
    this.#tickets.delete(ticket.key);
    this.#room.add(ticket.host, -1, -ticket.bytes, ticket.isOver ? -1 : 0);
    ticket.released = true;
    ticket.tell?.(ticket);
    this.#ended.delete(ticket);
    this.#madeRoom();
  }

  /** Drops outcomes that were not taken in time, and the ids of tickets that have ended long ago. `now`: the date in milliseconds. */
  expire(now: number): void {
    const before = now - this.#lease;
    for (const ticket of this.#ended) {
      if (ticket.ended >= before) break;
      this.drop(ticket);
      this.#log?.forgotten(ticket.key);
    }
    this.#released.expire(before);
  }
}
