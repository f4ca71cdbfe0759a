// The server's side of deferred calls: accepts, cancels and forgets them. ticket.ts has the state of each, ticket-runs.ts runs them,
// notices.ts sends the news.

import { type Clock, systemClock } from "../base/clock.js";
import { linkSignals } from "../base/link-signals.js";
import { randomBytes } from "../base/random-bytes.js";
import { pause, waitAtMost } from "../base/wait.js";
import type { IncomingCall } from "../rpc/call.js";
import { refuse } from "../server/index.js";
import type { Server } from "../server/server.js";
import { sameFingerprint } from "../session/fingerprint.js";
import { carriesCalls, programOf } from "../session/message.js";
import { hostOf, ownerOf } from "../session/owner.js";
import { callPrint } from "./call-message.js";
import {
  type deferred_server,
  type fetch_request,
  ticket_state as State,
  type submission,
  type ticket_outcome,
} from "./deferred.gen.js";
import type { DeferredLimits } from "./limits.js";
import type { TicketLog } from "./log.js";
import { fetchedOutcome } from "./outcomes.js";
import { RecipientBook } from "./recipients.js";
import { Room } from "./room.js";
import { type DeferredStats, noDeferredCalls } from "./stats.js";
import { keyOf, ServerTicket } from "./ticket.js";
import { notRun, TicketRuns } from "./ticket-runs.js";
import { TicketTable } from "./ticket-table.js";
import { Turns } from "./turns.js";

/** The longest wait of DEFERRED_FETCH and DEFERRED_WATCH, in milliseconds. */
const longestWait = 60_000;

export interface DeferredParts {
  readonly limits: DeferredLimits;
  readonly clock: Clock | undefined;
  readonly log: TicketLog | undefined;
}

/**
 * The deferred calls of one server. `serveDeferred` makes it.
 * @example
 * await using server = new Server().implement(ADD_VERS, { add: ({ a, b }) => a + b });
 * const deferred = serveDeferred(server, { running: 8 });
 * console.log(deferred.size, deferred.running, deferred.stats.accepted); // 0 0 0
 */
export class DeferredCalls {
  /** Counts from the start of the server. */
  readonly stats: DeferredStats = { ...noDeferredCalls };
  readonly #server: Server;
  readonly #limits: DeferredLimits;
  readonly #clock: Clock;
  readonly #date: () => number;
  readonly #log: TicketLog | undefined;
  readonly #instance: Uint8Array<ArrayBuffer>;
  readonly #room: Room;
  readonly #kept: TicketTable;
  readonly #runs: TicketRuns;
  readonly #turns: Turns;
  readonly #recipients: RecipientBook;
  readonly #closed = new AbortController();

  /** Made by `serveDeferred`, which also puts it into the server. */
  constructor(server: Server, { limits, clock = systemClock, log }: DeferredParts) {
    this.#server = server;
    this.#limits = limits;
    this.#clock = clock;
    const dateAtZero = clock.date() - clock.now();
    this.#date = () => dateAtZero + clock.now();
    this.#log = log;
    this.#room = new Room(limits);
    this.#kept = new TicketTable(limits, this.#room, log, () => this.#turns.pumpSoon());
    const { stats } = this;
    this.#runs = new TicketRuns({ server, clock, date: this.#date, log, room: this.#room, kept: this.#kept, stats });
    this.#turns = new Turns({
      run: (ticket) => this.#runs.run(ticket),
      mayStart: (host) => this.#room.mayStart(host, clock.now()),
      clock,
    });
    const onTooLong = (error: unknown): void => server.reportError(error);
    this.#recipients = new RecipientBook({ clock, closed: this.#closed.signal, onTooLong });
    this.#instance = log?.kept.instance ?? (randomBytes(8) as Uint8Array<ArrayBuffer>);
    for (const ticket of log?.kept.released ?? []) this.#kept.addReleased(this.#inThePast(ticket));
    for (const ticket of log?.kept.tickets ?? []) this.#restore(this.#inThePast(ticket));
    server.onClosing((drain) => this.#close(drain));
  }

  /** The number of tickets whose outcome has not reached the client yet. */
  get size(): number {
    return this.#room.tickets;
  }

  /** The number of calls that run. */
  get running(): number {
    return this.#turns.running;
  }

  /** Bytes of messages and replies that are kept. */
  get bytes(): number {
    return this.#room.bytes;
  }

  /** The calendar may have been set back since a ticket of the log ended: its lease begins now. */
  #inThePast<T extends { ended: number }>(ticket: T): T {
    ticket.ended = Math.min(ticket.ended, this.#date());
    return ticket;
  }

  /** @internal */
  open(): deferred_server {
    const lease = Math.min(Math.ceil(this.#limits.lease), Number.MAX_SAFE_INTEGER);
    return { instance: this.#instance, lease: BigInt(lease) };
  }

  /** @internal Accepts a call. Resolves when its ticket is safe; it runs afterwards. */
  async submit(args: submission, call: IncomingCall): Promise<State> {
    const program = programOf(args.message);
    if (program === undefined || carriesCalls(program)) throw refuse("RPC_GARBAGE_ARGS", notRun);
    const recipient = this.#recipients.check(args.tell, call);
    if (!this.#instance.every((byte, at) => byte === args.instance[at])) return State.TICKET_RESTARTED;
    const key = keyOf(args.id);
    const known = this.#kept.get(key);
    const print = callPrint(args.message);
    if (known !== undefined) return await this.#submittedAgain(known, print, recipient.tell, call);
    if (this.#kept.wasReleased(key)) return this.#copied(State.TICKET_UNKNOWN);
    this.#kept.expire(this.#date());
    const host = limitedHostOf(call);
    const hasRoom = this.#room.hasRoomFor(host, args.message.length) && this.#log?.failing !== true;
    // Without a log it would never run.
    const isClosing = this.#closed.signal.aborted || (this.#turns.stopped && this.#log === undefined);
    if (!hasRoom || isClosing) return this.#refused();
    const owner = ownerOf(call.identity);
    const { id, message } = args;
    const { remote: caller } = call;
    const ticket = new ServerTicket({
      id,
      owner,
      host,
      caller,
      fingerprint: print,
      program: recipient.program,
      message,
    });
    ticket.outer = call;
    ticket.tell = recipient.tell;
    this.#kept.add(ticket);
    ticket.accepting = this.#accept(ticket);
    return ticket.accepting;
  }

  async #accept(ticket: ServerTicket): Promise<State> {
    try {
      await this.#log?.accepted(ticket);
    } catch {
      // It may have been cancelled and released meanwhile.
      if (!ticket.released) this.#kept.drop(ticket);
      return this.#refused();
    }
    this.stats.accepted++;
    ticket.accepting = undefined;
    this.#turns.add(ticket);
    return State.TICKET_ACCEPTED;
  }

  /** @internal Returns the outcome or, after a wait, the progress. */
  async fetch({ id, wait, seen }: fetch_request, call: IncomingCall): Promise<ticket_outcome> {
    this.#kept.expire(this.#date());
    const ticket = this.#find(id, call);
    if (ticket === undefined) return { state: State.TICKET_UNKNOWN };
    if (ticket.told === State.TICKET_ACCEPTED && ticket.progressNumber <= seen && wait > 0) {
      await this.#wait(ticket, Math.min(wait, longestWait), call.signal);
    }
    return ticket.released ? { state: State.TICKET_UNKNOWN } : fetchedOutcome(ticket, call, this.#server);
  }

  /** @internal */
  async cancel(id: Uint8Array, call: IncomingCall): Promise<State> {
    const ticket = this.#find(id, call);
    if (ticket === undefined) return State.TICKET_UNKNOWN;
    if (!ticket.isOver) {
      this.#turns.remove(ticket);
      this.stats.cancelled++;
      this.#runs.end(ticket, ticket.begun ? State.TICKET_STOPPED : State.TICKET_CANCELLED);
      ticket.abort(new Error("the client has cancelled this call"));
    }
    await ticket.ending;
    return ticket.state;
  }

  /** @internal The client has received these outcomes, so they need not be kept. */
  release(ids: readonly Uint8Array[], call: IncomingCall): void {
    for (const id of ids) {
      const ticket = this.#find(id, call);
      if (ticket?.isOver) this.#kept.release(ticket);
    }
  }

  /**
   * @internal From now on the news of these tickets go over the connection of this call, and still to a program that the client had
   * named: one that listens takes no calls over its connection.
   */
  attach(ids: readonly Uint8Array[], call: IncomingCall): State[] {
    const overConnection = this.#recipients.connectionOf(call);
    return ids.map((id) => {
      const ticket = this.#find(id, call);
      if (ticket === undefined) return State.TICKET_UNKNOWN;
      const toProgram = ticket.program && this.#recipients.programOf(ticket.caller, ticket.program);
      this.#tellAt(ticket, (news) => {
        overConnection?.(news);
        toProgram?.(news);
      });
      return ticket.told;
    });
  }

  #tellAt(ticket: ServerTicket, tell: NonNullable<ServerTicket["tell"]>): void {
    ticket.tell = tell;
    if (ticket.told !== State.TICKET_ACCEPTED || ticket.progressNumber > 0) tell(ticket);
  }

  /** @internal */
  watch(wait: number, { signal }: IncomingCall): Promise<void> {
    return this.#pause(Math.min(wait, longestWait), signal);
  }

  #restore(ticket: ServerTicket): void {
    const print = ticket.message && callPrint(ticket.message);
    this.#kept.add(ticket);
    if (ticket.program !== undefined) ticket.tell = this.#recipients.programOf(ticket.caller, ticket.program);
    if (ticket.isOver) {
      this.#kept.ended(ticket);
      ticket.tell?.(ticket);
    } else if (print === undefined || !sameFingerprint(print, ticket.fingerprint)) {
      this.#runs.end(ticket, State.TICKET_IN_DOUBT);
    } else this.#turns.add(ticket);
  }

  /** The copy may come over another connection, so the news go there, too late ones included. */
  async #submittedAgain(
    ticket: ServerTicket,
    print: ServerTicket["fingerprint"],
    tell: ServerTicket["tell"],
    call: IncomingCall,
  ): Promise<State> {
    if (ticket.owner !== ownerOf(call.identity) || !sameFingerprint(ticket.fingerprint, print)) {
      return State.TICKET_FALSE_RETRY;
    }
    const state = this.#copied(State.TICKET_ACCEPTED);
    if (tell !== undefined) this.#tellAt(ticket, tell);
    return ticket.accepting ?? state;
  }

  #copied(state: State): State {
    this.stats.copies++;
    return state;
  }

  #wait(ticket: ServerTicket, milliseconds: number, signal: AbortSignal): Promise<void> {
    return ticket.nextNews((news) => this.#pause(milliseconds, news, signal));
  }

  /** Ends early with one of the signals, or with the server. */
  async #pause(milliseconds: number, ...signals: readonly AbortSignal[]): Promise<void> {
    const linked = linkSignals(...signals, this.#closed.signal);
    await pause(milliseconds, { clock: this.#clock, background: true, signal: linked.signal });
    linked.release();
  }

  #find(id: Uint8Array, call: IncomingCall): ServerTicket | undefined {
    const ticket = this.#kept.get(keyOf(id));
    return ticket?.owner === ownerOf(call.identity) ? ticket : undefined;
  }

  #refused(): State {
    this.stats.refused++;
    return State.TICKET_REFUSED;
  }

  /** Begins no further call, and waits for those that run. With a log, the others run after the next start. */
  async #close(drain: number): Promise<void> {
    this.#turns.stop();
    await waitAtMost(drain, this.#turns.idle(), this.#clock);
    this.#closed.abort(new Error("the server is closing"));
    for (const ticket of this.#kept.tickets()) ticket.abort(this.#closed.signal.reason);
    await this.#recipients.close();
  }
}

/** All callers over UDP count as one host, because anybody can forge the source of a datagram. */
const limitedHostOf = (call: IncomingCall): string => (call.remote.kind === "udp" ? "udp" : hostOf(call));
