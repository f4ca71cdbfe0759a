// Spreads connections over workers. While none is ready, they wait.
import type { Member } from "./member.js";
import type { SocketHandle } from "./socket-handles.js";

export class Spread {
  readonly #ready: () => readonly Member[];
  readonly #backlog: number;
  readonly #waiting: { readonly handle: SocketHandle; readonly message: unknown }[] = [];
  #turn = 0;
  #isClosed = false;

  /** `ready`: the workers that are. `backlog`: the most connections that wait. */
  constructor(ready: () => readonly Member[], backlog: number) {
    this.#ready = ready;
    this.#backlog = backlog;
  }

  /** @returns false if the connection was closed: too many wait, or the group has ended. */
  take(handle: SocketHandle, message: unknown): boolean {
    if (this.#giveAway(handle, message)) return true;
    if (this.#isClosed || this.#waiting.length >= this.#backlog) {
      handle.close();
      return false;
    }
    this.#waiting.push({ handle, message });
    return true;
  }

  /** A worker takes the connections that wait. */
  memberReady(): void {
    for (const { handle, message } of this.#waiting.splice(0)) this.take(handle, message);
  }

  /** Closes the connections that wait and those to come. */
  close(): void {
    this.#isClosed = true;
    for (const { handle } of this.#waiting.splice(0)) handle.close();
  }

  /** The worker with the fewest connections. Of several, the one that comes first after the last that was chosen. */
  #giveAway(handle: SocketHandle, message: unknown): boolean {
    const ready = this.#ready();
    const start = this.#turn++ % Math.max(1, ready.length);
    const inTurn = [...ready.slice(start), ...ready.slice(0, start)];
    inTurn.sort((one, other) => one.connections - other.connections);
    return inTurn.some((member) => member.handOver(handle, message));
  }
}
