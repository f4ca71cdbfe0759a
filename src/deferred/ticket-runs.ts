// Runs the calls of tickets, one at a time for each ticket, and records their ends.

import type { Clock } from "../base/clock.js";
import type { Progress } from "../rpc/call.js";
import type { Procedure } from "../rpc/program.js";
import { refuse } from "../server/index.js";
import type { Server } from "../server/server.js";
import { isSuccess, silent } from "../session/message.js";
import { ticket_state as State } from "./deferred.gen.js";
import { runTicket } from "./inner-call.js";
import type { TicketLog } from "./log.js";
import { sentProgress } from "./outcomes.js";
import type { Room } from "./room.js";
import type { DeferredStats } from "./stats.js";
import type { ServerTicket } from "./ticket.js";
import type { TicketTable } from "./ticket-table.js";

export interface RunParts {
  readonly server: Server;
  readonly clock: Clock;
  /** A date that never jumps, as the calendar may: a lease must not depend on that. */
  readonly date: () => number;
  readonly log: TicketLog | undefined;
  readonly room: Room;
  readonly kept: TicketTable;
  readonly stats: DeferredStats;
}

export class TicketRuns {
  readonly #parts: RunParts;

  constructor(parts: RunParts) {
    this.#parts = parts;
  }

  /** Never rejects. */
  async run(ticket: ServerTicket): Promise<void> {
    const { message, host } = ticket;
    if (message === undefined) return;
    const beganBefore = ticket.begun;
    let length = 0;
    this.#parts.room.started(host, this.#parts.clock.now());
    try {
      const reply = await runTicket(this.#parts.server, ticket, message, {
        beforeRun: (one, procedure) => this.#begin(one, procedure),
        progress: (one, progress) => this.#progress(one, progress),
      });
      length = reply.length;
      if (ticket.isOver) return;
      // A refusal says that the call did not run, which holds only for this time.
      if (beganBefore && !isSuccess(reply)) await this.#doubt(ticket);
      else await this.#done(ticket, reply);
    } catch {
      if (!ticket.isOver) await this.end(ticket, State.TICKET_IN_DOUBT);
    } finally {
      this.#parts.room.ended(host, length);
    }
  }

  async #done(ticket: ServerTicket, reply: Uint8Array): Promise<void> {
    const more = reply.length - (ticket.message?.length ?? 0);
    if (more <= 0 || this.#parts.room.hasRoomForReply(ticket.host, more))
      ticket.reply = reply as Uint8Array<ArrayBuffer>;
    else {
      this.#parts.stats.dropped++;
      ticket.reply = silent(reply) as Uint8Array<ArrayBuffer>;
    }
    this.#parts.stats.done++;
    await this.end(ticket, State.TICKET_DONE);
  }

  #doubt(ticket: ServerTicket): Promise<void> {
    this.#parts.stats.inDoubt++;
    return this.end(ticket, State.TICKET_IN_DOUBT);
  }

  /** Before the handler is called. */
  async #begin(ticket: ServerTicket, procedure: Procedure): Promise<void> {
    // It began in a process that was killed.
    if (ticket.begun && procedure.semantics !== "at-least-once") await this.#doubt(ticket);
    if (ticket.isOver) throw refuse("RPC_SYSTEM_ERR", notRun);
    ticket.begun = true;
    await this.#parts.log?.begun(ticket);
    this.#parts.stats.runs++;
  }

  #progress(ticket: ServerTicket, progress: Progress): void {
    if (ticket.isOver) return;
    ticket.progress = sentProgress(progress);
    ticket.progressNumber = (ticket.progressNumber + 1) >>> 0;
    ticket.news();
  }

  /** Resolves when the outcome is written; nobody is told before: after a crash the call would run again. */
  end(ticket: ServerTicket, state: State): Promise<void> {
    const before = (ticket.message?.length ?? 0) as number;
    ticket.state = state;
    ticket.ended = this.#parts.date();
    ticket.message = undefined;
    ticket.outer = undefined;
    this.#parts.room.add(ticket.host, 0, ticket.bytes - before, 1);
    this.#parts.kept.ended(ticket);
    ticket.ending = this.#parts.log?.ended(ticket).then(() => this.#told(ticket));
    if (ticket.ending === undefined) ticket.news();
    return ticket.ending ?? Promise.resolve();
  }

  #told(ticket: ServerTicket): void {
    ticket.ending = undefined;
    ticket.news();
  }
}

export const notRun = { mayHaveRun: false };
