// The calls and bytes of all connections of a server. At the limit of bytes, the connection that holds most is closed. Operations that run
// cannot be taken back, so each host may have only a share of what is free.
import { HostShares } from "../transport/host-shares.js";

/** One connection, with the bytes that are released when it ends: unfinished calls, and results that it has not read. */
export interface LoadHolder {
  readonly held: number;
  cutOff(why: Error): void;
}

/** Operations that run at a time on one server. */
const mostOperations = 16_384;

export class ServerLoad {
  bytes = 0;
  readonly #most: number;
  readonly #holders = new Set<LoadHolder>();
  /** The operations that run for each host, also those of connections that have ended, and the bytes of their arguments. */
  readonly #calls: HostShares;
  readonly #arguments: HostShares;

  constructor(most: number, mostCalls = mostOperations) {
    this.#most = most;
    this.#calls = new HostShares(mostCalls);
    this.#arguments = new HostShares(most);
  }

  join(holder: LoadHolder): void {
    this.#holders.add(holder);
  }

  leave(holder: LoadHolder): void {
    this.#holders.delete(holder);
  }

  /** Whether one more operation of a host may run, with arguments of `bytes`. Connections that hold much give way. */
  hasRoomFor(host: string, bytes: number): boolean {
    if (!this.#calls.hasRoomFor(host) || !this.#arguments.hasRoomFor(host, bytes)) return false;
    this.#relieve(bytes);
    return true;
  }

  /** An operation begins, with arguments of `bytes`. */
  began(host: string, bytes: number): void {
    this.#count(host, 1, bytes);
  }

  /** It has ended. */
  ended(host: string, bytes: number): void {
    this.#count(host, -1, -bytes);
  }

  /** Adds bytes; a negative number takes them away. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (bytes > 0) this.#relieve(0);
  }

  #count(host: string, calls: number, bytes: number): void {
    this.#calls.add(host, calls);
    this.#arguments.add(host, bytes);
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
