// Work for many, such as the answers to all watchers of a path: a bounded part of it in each turn of the event loop, so that other calls
// are served in between.

/** One step of a job. @returns what it has cost; undefined if nothing was left to do. */
export type Step = () => number | undefined;

export class InTurns {
  readonly #most: number;
  readonly #jobs = new Set<Step>();
  #isScheduled = false;

  /** In each turn steps are made until they have cost `most`. */
  constructor(most: number) {
    this.#most = most;
  }

  /** Begins in the next turn. Jobs take turns. */
  add(job: Step): { stop(): void } {
    this.#jobs.add(job);
    this.#schedule();
    return { stop: () => this.#jobs.delete(job) };
  }

  #schedule(): void {
    if (this.#isScheduled || this.#jobs.size === 0) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#work();
      this.#schedule();
    });
  }

  #work(): void {
    let cost = 0;
    // A job that is added again is reached again, after the others.
    for (const job of this.#jobs) {
      this.#jobs.delete(job);
      const step = job();
      if (step === undefined) continue;
      this.#jobs.add(job);
      cost += step;
      if (cost >= this.#most) return;
    }
  }
}
