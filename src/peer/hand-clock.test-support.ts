// Time for tests.
import type { Clock } from "./deadlines.js";

/** A clock that stands still until it is told to go on. */
export class HandClock implements Clock {
  time = 12_345;
  timers = new Map<object, { at: number; ring: () => void; holds: boolean }>();

  now(): number {
    return this.time;
  }

  setTimeout(ring: () => void, milliseconds: number): unknown {
    const timer = {};
    this.timers.set(timer, { at: this.time + milliseconds, ring, holds: true });
    return timer;
  }

  clearTimeout(timer: unknown): void {
    this.timers.delete(timer as object);
  }

  hold(timer: unknown, hold: boolean): void {
    const set = this.timers.get(timer as object);
    if (set !== undefined) set.holds = hold;
  }

  /** Whether any timer keeps the process alive. */
  get holds(): boolean {
    return [...this.timers.values()].some(({ holds }) => holds);
  }

  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    for (;;) {
      const due = [...this.timers].filter(([, { at }]) => at <= end).sort(([, a], [, b]) => a.at - b.at)[0];
      if (due === undefined) break;
      this.timers.delete(due[0]);
      this.time = Math.max(this.time, due[1].at);
      due[1].ring();
    }
    this.time = end;
  }
}
