// The stub data of the replies that one association receives, in fragments or whole.
import { Assembly, type Budget, wholeStub } from "./fragments.js";
import type { Pdu } from "./pdu.js";

/** Replies that are not complete may together take this multiple of the longest. */
const mostUnfinished = 2;

export class ReplyStubs {
  readonly #limit: number;
  readonly #whole: Budget;
  /** Fragments of replies that are not complete, by their calls. */
  readonly #parts = new Map<number, Assembly>();
  /** Shared by all of these. */
  readonly #budget: Budget;

  /** `limit`: the most bytes of one reply. */
  constructor(limit: number) {
    this.#limit = limit;
    this.#whole = { left: limit };
    this.#budget = { left: mostUnfinished * limit };
  }

  /** The number of replies that are not complete. */
  get unfinished(): number {
    return this.#parts.size;
  }

  /** @returns the stub data, with the last fragment; "too long" beyond the limit. @throws BadPdu */
  add(pdu: Pdu): Uint8Array | "too long" | undefined {
    let assembly = this.#parts.get(pdu.callId);
    if (assembly === undefined) {
      const whole = wholeStub(pdu, this.#whole);
      if (whole !== undefined) return whole;
      assembly = new Assembly(this.#budget, this.#limit);
      this.#parts.set(pdu.callId, assembly);
    }
    return assembly.add(pdu);
  }

  /** Forgets what has arrived of a reply. */
  drop(id: number): void {
    this.#parts.get(id)?.release();
    this.#parts.delete(id);
  }

  clear(): void {
    this.#parts.clear();
  }
}
