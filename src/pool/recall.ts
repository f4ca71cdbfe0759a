// Cancels a copy of a call. A channel observes its call's signal; an AbortController for each call would cost more than
// the call.

/** The part of an AbortSignal that channels use. It may have many listeners and fires once. */
export class Recall {
  aborted = false;
  reason: unknown;
  #listeners: (() => void)[] | undefined;

  /** The signal for a call's options. */
  get signal(): AbortSignal {
    return this as unknown as AbortSignal;
  }

  addEventListener(_type: "abort", listener: () => void): void {
    this.#listeners ??= [];
    this.#listeners.push(listener);
  }

  removeEventListener(_type: "abort", listener: () => void): void {
    const at = this.#listeners?.indexOf(listener) ?? -1;
    if (at >= 0) this.#listeners?.splice(at, 1);
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason;
  }

  abort(reason: unknown): void {
    if (this.aborted) return;
    this.aborted = true;
    this.reason = reason;
    for (const listener of this.#listeners?.splice(0) ?? []) listener();
  }
}
