// The calls and bytes of all connections of a server. At the limit of bytes, the connection that holds most is closed.

/** One connection, with the bytes that are released when it ends: unfinished calls, and results that it has not read. */
export interface LoadHolder {
  readonly held: number;
  cutOff(why: Error): void;
}

/** Operations that run at a time on one server. */
const mostCalls = 16_384;

export class ServerLoad {
  calls = 0;
  bytes = 0;
  readonly #most: number;
  readonly #holders = new Set<LoadHolder>();

  constructor(most: number) {
    this.#most = most;
  }

  join(holder: LoadHolder): void {
    this.#holders.add(holder);
  }

  leave(holder: LoadHolder): void {
    this.#holders.delete(holder);
  }

  /** Whether one more operation may run, with arguments of `bytes`. Connections that hold much give way. */
  hasRoomFor(bytes: number): boolean {
    this.#relieve(bytes);
    return this.calls < mostCalls && this.bytes + bytes <= this.#most;
  }

  /** Adds bytes; a negative number takes them away. */
  add(bytes: number): void {
    this.bytes += bytes;
    if (bytes > 0) this.#relieve(0);
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
