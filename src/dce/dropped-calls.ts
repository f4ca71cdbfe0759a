// Calls of one association that were refused or given up before their last fragment: the rest of them is skipped.

/** The most that are remembered, the latest ones. */
const most = 1_000;

export class DroppedCalls {
  readonly #ids = new Set<number>();

  add(callId: number): void {
    this.#ids.add(callId);
    if (this.#ids.size <= most) return;
    for (const oldest of this.#ids) {
      this.#ids.delete(oldest);
      return;
    }
  }

  /** Whether a fragment is the rest of such a call. After the last one it is forgotten. */
  skips(callId: number, isLast: boolean): boolean {
    return isLast ? this.#ids.delete(callId) : this.#ids.has(callId);
  }
}
