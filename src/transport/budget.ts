// The memory budget of a process's connections: running calls, their arguments, messages that wait to be sent.
// One total for all servers and clients; a budget for each of them, so that none takes the room of the others.

/** In a shared total a budget accepts new calls until it holds this multiple of the free part. Alone: four fifths of the total. */
const timesFree = 4;

export const defaultTotalCalls = 32_768;
export const defaultTotalBytes = 192 * 1024 * 1024;

/** A server's part, of whose connections some can be cut off. */
export interface Relievable {
  readonly bytes: number;
  /** Its connection with the most queued replies. */
  largest(): Holder | undefined;
}

/** One connection's part of a server's budget. */
export interface Holder {
  /** Bytes that end with the connection: replies that wait to leave. */
  readonly queued: number;
  /** Ends the connection, and gives back `queued` at once. */
  cutOff(why: Error): void;
}

/** A limit that one budget has for itself, or that several share. */
export class Total {
  calls = 0;
  bytes = 0;
  readonly mostCalls: number;
  readonly mostBytes: number;
  /** Others may come and want their part. */
  readonly isShared: boolean;
  /** Those with connections that can be cut off. */
  readonly relievable = new Set<Relievable>();

  constructor(mostCalls: number, mostBytes: number, isShared = false) {
    this.mostCalls = mostCalls;
    this.mostBytes = mostBytes;
    this.isShared = isShared;
  }
}

/** The total of this process, which every server and client uses that has no limit of its own. */
export const processTotal: Total = /* @__PURE__ */ new Total(defaultTotalCalls, defaultTotalBytes, true);

/** The share of one server, or of one client's connection. */
export class Budget {
  calls = 0;
  bytes = 0;
  readonly total: Total;

  constructor(total: Total) {
    this.total = total;
  }

  /** So many more calls run and bytes are held; fewer, below 0. */
  add(calls: number, bytes: number): void {
    this.calls += calls;
    this.bytes += bytes;
    this.total.calls += calls;
    this.total.bytes += bytes;
  }

  /** Bytes that it may take; below 0 where it holds more than its part. */
  get freeBytes(): number {
    const { bytes, mostBytes } = this.total;
    return this.freeFor(this.bytes, mostBytes - bytes);
  }

  /** A budget of a shared total ends at `timesFree` times what is then free: so much is left until there. */
  protected freeFor(held: number, free: number): number {
    return this.total.isShared ? (timesFree * free - held) / (timesFree + 1) : free;
  }
}
