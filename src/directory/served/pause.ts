// A wait that can be ended early.
import type { Clock } from "../../base/clock.js";
import { pause } from "../../base/wait.js";

export class Pause {
  readonly #clock: Clock;
  #end = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Resolves after this many milliseconds (false), or when it is ended early (true). Only one at a time. `background`:
   * does not keep the process alive.
   */
  async wait(milliseconds: number, background = false): Promise<boolean> {
    this.#end = new AbortController();
    const { signal } = this.#end;
    await pause(milliseconds, { signal, background, clock: this.#clock });
    return signal.aborted;
  }

  end(): void {
    this.#end.abort("ended"); // Reuse one reason: the default reason is an error with a new stack each time.
  }
}
