// The position in a value while it is encoded or decoded. Values behind pointers come later: they remember their position.
import type { PathStep } from "../../xdr/errors.js";

/** The position of a value behind a pointer. */
export interface TrailMark {
  readonly before: TrailMark | undefined;
  readonly steps: readonly PathStep[];
}

export class Trail {
  #before: TrailMark | undefined;
  #steps: PathStep[] = [];

  enter(step: PathStep): void {
    this.#steps.push(step);
  }

  leave(): void {
    this.#steps.pop();
  }

  mark(): TrailMark {
    return { before: this.#before, steps: this.#steps.slice() };
  }

  /** Continues at a value behind a pointer. */
  continueAt(mark: TrailMark): void {
    this.#before = mark;
    this.#steps = [];
  }

  /** Continues after the values behind pointers. */
  return(mark: TrailMark): void {
    this.#before = mark.before;
    this.#steps = [...mark.steps];
  }

  /** The whole path, from the outermost value. */
  path(): PathStep[] {
    const parts: (readonly PathStep[])[] = [this.#steps];
    for (let mark = this.#before; mark !== undefined; mark = mark.before) parts.push(mark.steps);
    return parts.reverse().flat();
  }
}
