// Waits for what a supervisor reports.
import type { ProcessEvent } from "./events.js";

/** Keeps events, and waits for one. */
export class Events<E extends { readonly kind: string } = ProcessEvent> {
  readonly all: E[] = [];
  #waiting: (() => void)[] = [];

  readonly note = (event: E): void => {
    this.all.push(event);
    for (const wake of this.#waiting.splice(0)) wake();
  };

  /** The kinds, in their order. */
  get kinds(): string[] {
    return this.all.map(({ kind }) => kind);
  }

  /** Resolves when `count` events of this kind have come. */
  async until<K extends E["kind"]>(kind: K, count = 1): Promise<Extract<E, { kind: K }>> {
    for (;;) {
      const found = this.all.filter((one): one is Extract<E, { kind: K }> => one.kind === kind);
      const wanted = found[count - 1];
      if (wanted !== undefined) return wanted;
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }
}

/** A module of these lines, as a URL. */
export function moduleOf(...lines: string[]): string {
  return `data:text/javascript,${encodeURIComponent(lines.join("\n"))}`;
}
