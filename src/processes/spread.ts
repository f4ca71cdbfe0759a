// Spreads connections over workers. Connections wait while no worker is ready, and while each ready worker is being sent its most
// connections at a time.
import { processDescriptors } from "../transport/descriptors.js";
import type { SocketHandle } from "./socket-handles.js";

/** A worker, as this file sees it. */
export interface Taker {
  readonly connections: number;
  /** @returns false if it cannot take it now. */
  handOver(handle: SocketHandle, message: unknown): boolean;
}

/** The most connections that wait for workers that are ready, but slow. */
const mostWaiting = 4_096;

interface Waiting {
  readonly handle: SocketHandle;
  readonly message: unknown;
}

export class Spread {
  readonly #ready: () => readonly Taker[];
  readonly #backlog: number;
  readonly #scarcity: () => unknown;
  readonly #waiting = new Set<Waiting>();
  #turn = 0;
  #isClosed = false;
  #leave: (() => void) | undefined;

  /**
   * `ready`: returns the workers that are ready. `backlog`: the most connections that wait while no worker is ready. `scarcity` reports whether few file
   * descriptors are left, by default of this process.
   */
  constructor(ready: () => readonly Taker[], backlog: number, scarcity?: () => unknown) {
    this.#ready = ready;
    this.#backlog = backlog;
    this.#scarcity = scarcity ?? (() => processDescriptors.scarcity());
  }

  /** The number of connections that wait. */
  get size(): number {
    return this.#waiting.size;
  }

  /** @returns false if the connection was closed: too many wait while no worker is ready, or the group has ended. */
  take(handle: SocketHandle, message: unknown): boolean {
    this.#leave ??= processDescriptors.join(this);
    if (this.#waiting.size === 0 && this.#giveAway(handle, message)) return true;
    const mayWait = this.#ready().length > 0 ? mostWaiting : this.#backlog;
    if (this.#isClosed || (mayWait === this.#backlog && this.#waiting.size >= mayWait)) {
      handle.close();
      return false;
    }
    this.#waiting.add({ handle, message });
    // The workers are too slow: the connection that has waited longest is closed.
    if (this.#waiting.size > mayWait || this.#scarcity() !== undefined) this.release();
    this.pump();
    return true;
  }

  /** Workers take connections that wait, the first one first. Called when a worker is ready, and when a connection has reached one. */
  pump(): void {
    for (const one of this.#waiting) {
      if (!this.#giveAway(one.handle, one.message)) return;
      this.#waiting.delete(one);
    }
  }

  /** Closes the connection that has waited longest. @returns false if none waits. */
  release(): boolean {
    for (const one of this.#waiting) {
      this.#waiting.delete(one);
      one.handle.close();
      return true;
    }
    return false;
  }

  /** Nothing has to be done: Node accepts again later. */
  exhausted(): void {}

  /** Closes the connections that wait and those to come. */
  close(): void {
    this.#isClosed = true;
    this.#leave?.();
    while (this.release());
  }

  /** Hands a connection to the worker that has fewest; to workers that have equally many in turn. @returns false if none takes it. */
  #giveAway(handle: SocketHandle, message: unknown): boolean {
    const ready = this.#ready();
    const start = this.#turn++ % Math.max(1, ready.length);
    const inTurn = [...ready.slice(start), ...ready.slice(0, start)];
    inTurn.sort((one, other) => one.connections - other.connections);
    return inTurn.some((member) => member.handOver(handle, message));
  }
}
