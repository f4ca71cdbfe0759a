// Whose call runs next: a bounded number at once, in turns over the hosts, so that one host with many calls does not delay another.
import type { ServerTicket } from "./ticket.js";

/** The calls that wait and those that run. */
export class Turns {
  readonly #most: number;
  readonly #run: (ticket: ServerTicket) => Promise<void>;
  /** The waiting tickets of each host. The host that comes first has its turn, and then goes to the end. */
  readonly #waiting = new Map<string, Set<ServerTicket>>();
  #running = 0;
  #stopped = false;
  #whenIdle: (() => void)[] = [];
  #scheduled = false;

  constructor(most: number, run: (ticket: ServerTicket) => Promise<void>) {
    this.#most = most;
    this.#run = run;
  }

  get running(): number {
    return this.#running;
  }

  /** The call runs when it is its turn, not before this turn of the event loop has ended. */
  add(ticket: ServerTicket): void {
    const own = this.#waiting.get(ticket.host);
    if (own === undefined) this.#waiting.set(ticket.host, new Set([ticket]));
    else own.add(ticket);
    if (this.#scheduled) return;
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

  /** No further call begins. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when no call runs. */
  async idle(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => this.#whenIdle.push(resolve));
  }

  #pump(): void {
    while (!this.#stopped && this.#running < this.#most) {
      const ticket = this.#next();
      if (ticket === undefined) return;
      this.#running++;
      this.#run(ticket).then(() => {
        this.#running--;
        if (this.#running === 0) for (const resolve of this.#whenIdle.splice(0)) resolve();
        this.#pump();
      });
    }
  }

  #next(): ServerTicket | undefined {
    for (const [host, own] of this.#waiting) {
      const [first] = own;
      if (first === undefined) continue;
      own.delete(first);
      this.#waiting.delete(host);
      if (own.size > 0) this.#waiting.set(host, own);
      return first;
    }
    return undefined;
  }
}
