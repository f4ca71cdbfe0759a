// Tells one client of its tickets, by calls of TICKETS_VERS: over its connection, or to a program of its own.
import { type Backoff, backoffDelay } from "../base/backoff.js";
import type { Clock } from "../base/clock.js";
import { pause } from "../base/wait.js";
import { ticket_state as State, type ticket_news } from "./deferred.gen.js";
import { newsOf, withoutResult } from "./outcomes.js";
import type { ServerTicket } from "./ticket.js";

/** The most calls that are made to one client at the same time. */
const mostAtOnce = 16;

/** The waits before a program that could not be reached is called again. */
const backoff: Backoff = { first: 1_000, factor: 2, most: 60_000, jitter: 0.2 };

/** The client, as notices see it. */
export interface Recipient {
  done(news: ticket_news): Promise<unknown>;
  progress(news: ticket_news): Promise<unknown>;
}

export interface NoticeOptions {
  /** Undefined: after a failure nothing more is sent, because the connection is lost. */
  readonly repeat?: { readonly clock: Clock; readonly signal: AbortSignal };
  /** Called for an outcome that is too long to be sent: the client gets SYSTEM_ERR. */
  readonly onTooLong?: (error: unknown) => void;
  /** Called when nothing is left to send. */
  readonly onIdle?: () => void;
}

/** The notices to one client. Of each ticket only the latest news are sent, and the next ones after the client has answered. */
export class Notices {
  readonly #to: Recipient;
  readonly #options: NoticeOptions;
  /** Tickets with news, in their order. */
  readonly #waiting = new Set<ServerTicket>();
  readonly #sending = new Set<ServerTicket>();
  #failures = 0;
  #pausing = false;
  #lost = false;

  constructor(to: Recipient, options: NoticeOptions = {}) {
    this.#to = to;
    this.#options = options;
  }

  /** Tickets with news that are not being sent. */
  get waiting(): number {
    return this.#waiting.size;
  }

  /** Tells the client of this ticket, as soon as it is its turn. One that was released has no news any more. */
  add(ticket: ServerTicket): void {
    if (this.#lost) return;
    if (ticket.released) return void this.#waiting.delete(ticket);
    this.#waiting.add(ticket);
    this.#pump();
  }

  #pump(): void {
    for (const ticket of this.#waiting) {
      if (this.#pausing || this.#sending.size >= mostAtOnce) return;
      if (this.#sending.has(ticket)) continue;
      this.#waiting.delete(ticket);
      if (!ticket.released) this.#send(ticket);
    }
    if (this.#sending.size === 0 && this.#waiting.size === 0) this.#options.onIdle?.();
  }

  async #send(ticket: ServerTicket): Promise<void> {
    this.#sending.add(ticket);
    try {
      await (ticket.told !== State.TICKET_ACCEPTED ? this.#sendOutcome(ticket) : this.#to.progress(newsOf(ticket)));
      this.#failures = 0;
    } catch {
      this.#failed(ticket);
    }
    this.#sending.delete(ticket);
    this.#pump();
  }

  async #sendOutcome(ticket: ServerTicket): Promise<void> {
    const news = newsOf(ticket);
    try {
      await this.#to.done(news);
    } catch (error) {
      const { code } = error as { readonly code?: string };
      if (code !== "RPC_CANT_ENCODE_ARGS" || ticket.reply === undefined) throw error;
      // The reply is longer than this connection takes, which is as good as before.
      this.#options.onTooLong?.(error);
      await this.#to.done({ ...news, outcome: withoutResult(ticket.reply) });
    }
  }

  #failed(ticket: ServerTicket): void {
    const { repeat } = this.#options;
    if (repeat === undefined) {
      this.#lost = true;
      this.#waiting.clear();
      return;
    }
    this.#waiting.add(ticket);
    if (this.#pausing) return;
    this.#pausing = true;
    const { clock, signal } = repeat;
    pause(backoffDelay(backoff, ++this.#failures, clock.random()), { clock, signal, background: true }).then(() => {
      this.#pausing = false;
      if (signal.aborted) this.#waiting.clear();
      this.#pump();
    });
  }
}
