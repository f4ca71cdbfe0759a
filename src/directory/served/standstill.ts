// Tells whether this process stood still a moment ago: suspended, swapped out, or busy. What was due meanwhile rings at
// once then, before what came meanwhile is read.

/** Milliseconds between two beats, and by how much one may be late. */
const beat = 100;
const latest = 400;

export class Standstill {
  readonly #calm: number;
  readonly #timer: NodeJS.Timeout;
  #last = performance.now();
  #until = 0;

  /** For `calm` milliseconds after a standstill it is said to be recovering. Keeps no process alive. */
  constructor(calm: number) {
    this.#calm = calm;
    this.#timer = setInterval(() => this.#beat(), beat);
    this.#timer.unref();
  }

  get recovering(): boolean {
    this.#look(performance.now());
    return performance.now() < this.#until;
  }

  stop(): void {
    clearInterval(this.#timer);
  }

  #beat(): void {
    const now = performance.now();
    this.#look(now);
    this.#last = now;
  }

  #look(now: number): void {
    if (now - this.#last > beat + latest) this.#until = now + this.#calm;
  }
}
