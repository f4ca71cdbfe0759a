// The calls and bytes of all connections of a server. At the limit of bytes, the connection that holds most is closed. Operations that run
// cannot be taken back, so each host may have only a share of what is free.
import { timesFree } from "../transport/budget.js";

/** One connection, with the bytes that are released when it ends: unfinished calls, and results that it has not read. */
export interface LoadHolder {
  readonly held: number;
  cutOff(why: Error): void;
}

/** Operations that run at a time on one server. */
const mostOperations = 16_384;

/** The operations that run for one host, also those of connections that have ended. */
interface Running {
  calls: number;
  bytes: number;
}

export class ServerLoad {
  bytes = 0;
  readonly #most: number;
  readonly #mostCalls: number;
  readonly #holders = new Set<LoadHolder>();
  readonly #all: Running = { calls: 0, bytes: 0 };
  readonly #hosts = new Map<string, Running>();

  constructor(most: number, mostCalls = mostOperations) {
    this.#most = most;
    this.#mostCalls = mostCalls;
  }

  join(holder: LoadHolder): void {
    this.#holders.add(holder);
  }

  leave(holder: LoadHolder): void {
    this.#holders.delete(holder);
  }

  /**
   * Whether one more operation of a host may run, with arguments of `bytes`. Connections that hold much give way. A host may have at most
   * `timesFree` times what is free then.
   */
  hasRoomFor(host: string, bytes: number): boolean {
    const own = this.#hosts.get(host);
    const calls = this.#mostCalls - this.#all.calls - 1;
    const free = this.#most - this.#all.bytes - bytes;
    if (calls < 0 || free < 0) return false;
    if (own !== undefined && (own.calls >= timesFree * calls || own.bytes + bytes > timesFree * free)) return false;
    this.#relieve(bytes);
    return true;
  }

  /** An operation begins, with arguments of `bytes`. */
  began(host: string, bytes: number): void {
    const own = this.#hosts.get(host) ?? { calls: 0, bytes: 0 };
    this.#hosts.set(host, own);
    this.#count(own, 1, bytes);
  }

  /** It has ended. */
  ended(host: string, bytes: number): void {
    const own = this.#hosts.get(host) as Running;
    this.#count(own, -1, -bytes);
    if (own.calls === 0) this.#hosts.delete(host);
  }

  /** Adds bytes; a negative number takes them away. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (bytes > 0) this.#relieve(0);
  }

  #count(own: Running, calls: number, bytes: number): void {
    for (const one of [own, this.#all]) {
      one.calls += calls;
      one.bytes += bytes;
    }
    this.add(bytes);
  }

  #relieve(more: number): void {
    while (this.bytes + more > this.#most) {
      let largest: LoadHolder | undefined;
      for (const holder of this.#holders) if (holder.held > (largest?.held ?? 0)) largest = holder;
      if (largest === undefined) return;
      const why = `it holds ${largest.held} bytes, more than any other connection, and all together ${this.bytes} of ${this.#most} (maxBytes)`;
      largest.cutOff(new Error(why));
    }
  }
}
