// The slots of one session, each made when it is first used: a session that has made no call costs its server next to nothing.
import type { Slot, Slots } from "./session.js";

/** Slots without a call. */
export class LazySlots implements Slots {
  readonly length: number;
  readonly #made: (Slot | undefined)[] = [];

  constructor(length: number) {
    this.length = length;
  }

  at(number: number): Slot | undefined {
    return this.#made[number] ?? this.#make(number);
  }

  #make(number: number): Slot | undefined {
    if (!(number >= 0 && number < this.length)) return undefined;
    // In order, because an array with gaps is slower to read.
    while (this.#made.length < number) this.#made.push(undefined);
    const slot = { sequence: 0, fingerprint: { length: 0, crc: 0 }, reply: undefined, running: undefined };
    this.#made[number] = slot;
    return slot;
  }

  *[Symbol.iterator](): Iterator<Slot> {
    for (const slot of this.#made) if (slot !== undefined) yield slot;
  }
}
