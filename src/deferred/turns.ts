// Whose call runs next: as many at once as there is room for (room.ts), in turns over the hosts, so that one host with many calls does
// not delay another.
import type { Clock, Timer } from "../base/clock.js";
import { unknownInterval } from "./room.js";
import type { ServerTicket } from "./ticket.js";

export interface TurnParts {
  run(ticket: ServerTicket): Promise<void>;
  /** Whether one more call of a host may start. "soon": ask again in a moment. */
  mayStart(host: string): boolean | "soon";
  readonly clock: Clock;
}

/** The calls that wait and those that run. */
export class Turns {
  readonly #parts: TurnParts;
  /** The waiting tickets of each host. The host that comes first has its turn, and then goes to the end. */
  readonly #waiting = new Map<string, Set<ServerTicket>>();
  #running = 0;
  #stopped = false;
  #whenIdle: (() => void)[] = [];
  #scheduled = false;
  #timer: Timer | undefined;

  constructor(parts: TurnParts) {
    this.#parts = parts;
  }

  get running(): number {
    return this.#running;
  }

  /** The call runs when it is its turn, not before this turn of the event loop has ended. */
  add(ticket: ServerTicket): void {
    const own = this.#waiting.get(ticket.host);
    if (own === undefined) this.#waiting.set(ticket.host, new Set([ticket]));
    else own.add(ticket);
    this.pumpSoon();
  }

  /** Starts what may start, after this turn of the event loop. */
  pumpSoon(): void {
    if (this.#scheduled || this.#waiting.size === 0) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#pump();
    });
  }

  remove(ticket: ServerTicket): void {
    const own = this.#waiting.get(ticket.host);
    if (own?.delete(ticket) && own.size === 0) this.#waiting.delete(ticket.host);
  }

  /** True after `stop`. */
  get stopped(): boolean {
    return this.#stopped;
  }

  /** No further call begins. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when no call runs. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #pump(): void {
    while (!this.#stopped) {
      const ticket = this.#next();
      if (ticket === undefined) return;
      this.#running++;
      this.#parts.run(ticket).then(() => {
        this.#running--;
        if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
        this.#pump();
      });
    }
  }

  #pumpLater(): void {
    this.#timer ??= this.#parts.clock
      .setTimeout(() => {
        this.#timer = undefined;
        this.#pump();
      }, unknownInterval)
      .unref();
  }

  #next(): ServerTicket | undefined {
    for (const [host, own] of this.#waiting) {
      const [first] = own;
      if (first === undefined) continue;
      const may = this.#parts.mayStart(host);
      if (may === "soon") this.#pumpLater();
      if (may !== true) continue;
      own.delete(first);
      this.#waiting.delete(host);
      if (own.size > 0) this.#waiting.set(host, own);
      return first;
    }
    return undefined;
  }
}
