// How much of a server's limits each host uses: tickets, and the bytes of their messages and replies.
import { timesFree } from "../transport/budget.js";
import type { DeferredLimits } from "./limits.js";

/** The part of one host. */
interface Held {
  tickets: number;
  /** The number of its tickets that have ended. */
  outcomes: number;
  bytes: number;
  /** Its calls that run. */
  running: number;
  /** The bytes of a typical reply, from those that it had so far. Undefined until the first one. */
  typicalReply: number | undefined;
  /** When its last call started. */
  started: number;
}

/** Calls of a host that start at once before its first reply, and the milliseconds until each further one. */
const mostUnknown = 8;
export const unknownInterval = 10;

/** With fewer calls at once, one host may have them all. */
const fewCalls = 16;

/** The tickets and bytes of one server's deferred calls. One host cannot use up what others need. */
export class Room {
  /** Tickets whose clients do not have the outcome. */
  tickets = 0;
  /** Bytes of messages and replies. */
  bytes = 0;
  /** Calls that run. */
  running = 0;
  readonly #hosts = new Map<string, Held>();
  readonly #limits: DeferredLimits;

  constructor(limits: DeferredLimits) {
    this.#limits = limits;
  }

  /** Whether a host may have one more ticket, whose message has `bytes`. */
  hasRoomFor(host: string, bytes: number): boolean {
    const { tickets, ticketsPerHost } = this.#limits;
    const own = this.#hosts.get(host)?.tickets ?? 0;
    if (this.tickets >= tickets || own >= ticketsPerHost) return false;
    return (own === 0 || own < timesFree * (tickets - this.tickets - 1)) && this.#fits(host, bytes);
  }

  /** Whether a reply may be kept. */
  hasRoomForReply(host: string, bytes: number): boolean {
    return bytes === 0 || this.#fits(host, bytes);
  }

  /**
   * Whether one more call of a host may start: it leaves places to other hosts, and the replies that are expected of all its running calls
   * fit. "soon": it may start in a moment.
   */
  mayStart(host: string, now: number): boolean | "soon" {
    const { running: most } = this.#limits;
    if (this.running >= most) return false;
    const { running, outcomes, typicalReply, started } = this.#of(host);
    // There is nothing to wait for: the reply is dropped if it does not fit.
    if (running === 0 && outcomes === 0) return true;
    const leavesPlaces = most < fewCalls || running < timesFree * (most - this.running - 1);
    if (!leavesPlaces || !this.#fits(host, (running + 1) * (typicalReply ?? 0))) return false;
    return typicalReply !== undefined || running < mostUnknown || now - started >= unknownInterval || "soon";
  }

  /** `outcomes` are those of the tickets that have ended. Negative numbers take away. */
  add(host: string, tickets: number, bytes: number, outcomes = 0): void {
    const held = this.#of(host);
    held.tickets += tickets;
    held.outcomes += outcomes;
    held.bytes += bytes;
    this.tickets += tickets;
    this.bytes += bytes;
    this.#forget(host, held);
  }

  started(host: string, now: number): void {
    const held = this.#of(host);
    this.running++;
    held.running++;
    held.started = now;
  }

  /** `reply` is the number of its bytes. A host whose replies get shorter is believed little by little. */
  ended(host: string, reply: number): void {
    const held = this.#of(host);
    this.running--;
    held.running--;
    const { typicalReply = reply } = held;
    held.typicalReply = Math.max(reply, typicalReply - (typicalReply - reply) / 8);
    this.#forget(host, held);
  }

  /** A host may hold at most `timesFree` times the bytes that are free then. */
  #fits(host: string, more: number): boolean {
    const free = this.#limits.bytes - this.bytes - more;
    return (this.#hosts.get(host)?.bytes ?? 0) + more <= timesFree * free;
  }

  #of(host: string): Held {
    let held = this.#hosts.get(host);
    if (held === undefined) {
      held = { tickets: 0, outcomes: 0, bytes: 0, running: 0, typicalReply: undefined, started: 0 };
      this.#hosts.set(host, held);
    }
    return held;
  }

  #forget(host: string, held: Held): void {
    if (held.tickets === 0 && held.bytes === 0 && held.running === 0) this.#hosts.delete(host);
  }
}
