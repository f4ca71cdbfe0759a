// The calls that a reply log knows, with their replies, and which of them make room for others.
import { LinkedList, type Place } from "../base/linked-list.js";

/** A host holds much if it has more than the bytes of all divided by this. */
const muchShare = 64;

/** One call that is remembered. */
export interface Kept {
  readonly id: string;
  /** Its caller's host, for limits. */
  readonly host: string;
  /** The length of its arguments in bytes. */
  readonly length: number;
  readonly checksum: number;
  /** Undefined while it runs, and after it if the process ended meanwhile. */
  outcome: Uint8Array | undefined;
  /** When it is dropped, in milliseconds of the clock; Infinity while it runs. */
  until: number;
}

export interface Bounds {
  readonly entries: number;
  readonly bytes: number;
}

/** Approximate bytes of a call besides its reply. */
const callBytes = 300;

/** Calls that have ended, in the order in which they did. */
class Ended {
  readonly list = new LinkedList<Kept>();
  readonly places = new Map<Kept, Place<Kept>>();
  bytes = 0;

  add(one: Kept): void {
    this.places.set(one, this.list.add(one));
    this.bytes += sizeOf(one);
  }

  remove(one: Kept): void {
    const place = this.places.get(one);
    if (place === undefined) return;
    this.places.delete(one);
    this.list.remove(place);
    this.bytes -= sizeOf(one);
  }
}

/** The calls by their names, and those that have ended in the order in which they did, for each host and in all. */
export class KeptCalls {
  readonly #calls = new Map<string, Kept>();
  readonly #ended = new Ended();
  readonly #hosts = new Map<string, Ended>();
  /** The host with the most bytes, as far as known: no host that got a reply since has more. */
  #fullest = new Ended();

  get(id: string): Kept | undefined {
    return this.#calls.get(id);
  }

  add(one: Kept): void {
    this.#calls.set(one.id, one);
  }

  /** The call has ended. Its outcome and `until` are set. */
  end(one: Kept): void {
    let host = this.#hosts.get(one.host);
    if (host === undefined) {
      host = new Ended();
      this.#hosts.set(one.host, host);
    }
    host.add(one);
    this.#ended.add(one);
    if (host.bytes >= this.#fullest.bytes) this.#fullest = host;
  }

  remove(one: Kept): void {
    this.#calls.delete(one.id);
    this.#ended.remove(one);
    const host = this.#hosts.get(one.host);
    host?.remove(one);
    if (host?.bytes === 0) this.#hosts.delete(one.host);
  }

  /**
   * Drops replies that are too old. At a limit, the host that holds most loses its oldest reply, so that others keep theirs; if none
   * holds much, the oldest of all goes: forged addresses must not drive out new replies to others.
   */
  makeRoom({ entries, bytes }: Bounds, now: number): void {
    for (let { oldest } = this.#ended.list; oldest !== undefined; oldest = this.#ended.list.oldest) {
      if (oldest.until <= now) this.remove(oldest);
      else if (this.#ended.places.size > entries || this.#ended.bytes > bytes)
        this.remove(this.#oldestOfFullest() ?? oldest);
      else return;
    }
  }

  all(): Iterable<Kept> {
    return this.#calls.values();
  }

  /** Undefined if no host holds much. */
  #oldestOfFullest(): Kept | undefined {
    if (this.#fullest.bytes === 0) {
      for (const host of this.#hosts.values()) if (host.bytes > this.#fullest.bytes) this.#fullest = host;
    }
    return this.#fullest.bytes * muchShare > this.#ended.bytes ? this.#fullest.list.oldest : undefined;
  }
}

function sizeOf({ outcome }: Kept): number {
  return callBytes + (outcome?.length ?? 0);
}
