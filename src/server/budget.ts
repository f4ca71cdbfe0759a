// What all connections of a server may hold together: calls that run, their arguments, replies that wait to leave.
import { TransportError } from "../transport/errors.js";

/** One connection's part. */
export interface Holder {
  /** Bytes that end with the connection: replies that wait to leave. */
  readonly queued: number;
  /** Ends the connection, and gives back `queued` at once. */
  cutOff(why: TransportError): void;
}

/** What the calls of one server use now. The object is live. */
export interface Usage {
  /** Calls whose handler has not ended. */
  readonly calls: number;
  /** Bytes of decoded arguments, and of replies that wait to be sent. */
  readonly bytes: number;
}

/** From here on a connection's share gets smaller, so that the last part is left for those that hold little. */
const plenty = 0.5;
/** Of what is left, a connection may take this part. */
const shareOfRest = 1 / 8;

export class Budget implements Usage {
  calls = 0;
  bytes = 0;
  readonly mostCalls: number;
  readonly mostBytes: number;
  readonly #holders = new Set<Holder>();

  constructor(mostCalls: number, mostBytes: number) {
    this.mostCalls = mostCalls;
    this.mostBytes = mostBytes;
  }

  join(holder: Holder): void {
    this.#holders.add(holder);
  }

  leave(holder: Holder): void {
    this.#holders.delete(holder);
  }

  /** No connection's share is smaller than its own limits. */
  get hasPlenty(): boolean {
    return this.calls <= this.mostCalls * plenty && this.bytes <= this.mostBytes * plenty;
  }

  /** The most calls that a connection may have running before it is not read, `most` while there is plenty. */
  callsFor(most: number): number {
    return shareOf(most, this.calls, this.mostCalls);
  }

  /** The most bytes that a connection may hold before it is not read. */
  bytesFor(most: number): number {
    return shareOf(most, this.bytes, this.mostBytes);
  }

  /** Room for a call whose message has `bytes`: large ones leave the last eighth to the others. */
  hasRoomFor(bytes: number): boolean {
    if (this.calls >= 2 * this.mostCalls) return false;
    return this.bytes + bytes <= (bytes > smallMessage ? (this.mostBytes * 7) / 8 : this.mostBytes);
  }

  /** Disconnects the connections with the most queued replies until the total is within the limit. */
  relieve(): void {
    while (this.bytes > this.mostBytes) {
      const largest = this.#largest();
      if (largest === undefined) return;
      const message = `${largest.queued} bytes of replies wait for this client to read, more than any other's, and all together hold more than ${this.mostBytes} (limits.totalBytes)`;
      largest.cutOff(new TransportError("TRANSPORT_OUT_OF_MEMORY", message));
    }
  }

  #largest(): Holder | undefined {
    let largest: Holder | undefined;
    for (const holder of this.#holders) {
      if (holder.queued > (largest?.queued ?? 0)) largest = holder;
    }
    return largest;
  }
}

const smallMessage = 64 * 1024;

function shareOf(most: number, held: number, all: number): number {
  if (held <= all * plenty) return most;
  return Math.min(most, Math.max(0, (all - held) * shareOfRest));
}
