// A wait that can be ended before its time.
import type { Clock } from "../../base/clock.js";
import { pause } from "../../base/wait.js";

export class Pause {
  readonly #clock: Clock;
  #end = new AbortController();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after this many milliseconds (false), or when it is ended (true). One at a time. `background`: lets the process end. */
  async wait(milliseconds: number, background = false): Promise<boolean> {
    this.#end = new AbortController();
    const { signal } = this.#end;
    await pause(milliseconds, { signal, background, clock: this.#clock });
    return signal.aborted;
  }

  end(): void {
    this.#end.abort("ended"); // A reason of its own: the default one is made with a stack, each time.
  }
}
