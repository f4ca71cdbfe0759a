// The room of a stream, as far as a sender knows. JetStream must not refuse a message of a replicated one (see decision 0017), so each sender looks
// how many the stream can take, stores a part of that, and looks again. Others have room for any number: JetStream refuses what is too much.
import { systemClock } from "../../base/clock.js";

/** Milliseconds for which a sender relies on what it has seen. */
const longest = 1_000;
/** The part of the room that a sender may use, because others have seen the same. */
const share = 1 / 16;

export class Room {
  #left = 0;
  #end = 0;

  /** Whether a message may be stored before the next look. */
  get isKnown(): boolean {
    return this.#left === Number.POSITIVE_INFINITY || (this.#left > 0 && systemClock.now() < this.#end);
  }

  /** There is room for this many messages of all senders. */
  found(messages: number): void {
    this.#left = Math.ceil(messages * share);
    this.#end = systemClock.now() + longest;
  }

  /** A message is published. */
  use(): void {
    this.#left--;
  }

  /** The stream may be of the other kind now. */
  forget(): void {
    this.#left = 0;
  }
}
