// Detects that this process was not running for a while: suspended, swapped out, or busy. Timers that became due
// meanwhile fire at once, before the received data is read.

import { type Clock, systemClock, type Timer } from "../../base/clock.js";

/** Milliseconds between two beats, and by how much a beat may be late. */
const beat = 100;
const latest = 400;

export class Standstill {
  readonly #calm: number;
  readonly #clock: Clock;
  #timer: Timer | undefined;
  #last: number;
  #until = 0;

  /** Returns true for `calm` milliseconds after a standstill. Does not keep the process alive. */
  constructor(calm: number, clock: Clock = systemClock) {
    this.#calm = calm;
    this.#clock = clock;
    this.#last = clock.now();
    this.#arm();
  }

  get recovering(): boolean {
    const now = this.#clock.now();
    this.#look(now);
    return now < this.#until;
  }

  stop(): void {
    this.#clock.clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#timer = this.#clock.setTimeout(() => this.#beat(), beat);
    this.#timer.unref();
  }

  #beat(): void {
    const now = this.#clock.now();
    this.#look(now);
    this.#last = now;
    this.#arm();
  }

  #look(now: number): void {
    if (now - this.#last > beat + latest) this.#until = now + this.#calm;
  }
}
