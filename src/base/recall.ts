// Cancels a copy of a call. A channel observes its call's signal; an AbortController for each call would cost more than
// the call.

/** The part of an AbortSignal that channels use. It may have many listeners and fires once. */
export class Recall {
  aborted = false;
  reason: unknown;
  /** Nearly always there is one at a time, for which a list would take memory with each call. */
  #first: (() => void) | undefined;
  #others: (() => void)[] | undefined;

  /** The signal for a call's options. */
  get signal(): AbortSignal {
    return this as unknown as AbortSignal;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    if (this.#first === undefined) this.#first = listener;
    else this.#others = [...(this.#others ?? []), listener];
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    if (this.#first === listener) this.#first = undefined;
    else this.#others = this.#others?.filter((one) => one !== listener);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    // As an AbortSignal, it does not call those that another one has removed.
    for (const listener of [this.#first, ...(this.#others ?? [])]) {
      if (listener === undefined || !this.#has(listener)) continue;
      this.removeEventListener("abort", listener);
      listener();
    }
  }

  #has(listener: () => void): boolean {
    return this.#first === listener || this.#others?.includes(listener) === true;
  }
}
