// One message as fragments, out and in (C706 section 12.6.2).
import { callHeaderSize, Flag, makePdu, type Pdu, PduType, stubOf } from "./pdu.js";

/** Splits stub data into PDUs of at most `most` bytes. `word` is the context, and `operation` the opnum of a request. */
export function fragmentsOf(
  head: { readonly type: number; readonly flags: number; readonly callId: number; readonly little: boolean },
  context: number,
  operation: number,
  stub: Uint8Array,
  most: number,
): Uint8Array[] {
  const room = (most - callHeaderSize) & ~7;
  const isWhole = stub.length <= room;
  const pdus: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < stub.length; at += room) {
    const part = isWhole ? stub : stub.subarray(at, at + room);
    const position = (at === 0 ? Flag.first : 0) | (at + room >= stub.length ? Flag.last : 0);
    pdus.push(
      makePdu({ ...head, flags: head.flags | position }, callHeaderSize + part.length, (view, bytes) => {
        view.setUint32(16, stub.length - at, head.little);
        view.setUint16(20, context, head.little);
        // A response has a count of cancels here, which is 0.
        if (head.type === PduType.request) view.setUint16(22, operation, head.little);
        bytes.set(part, callHeaderSize);
      }),
    );
  }
  return pdus;
}

/** The bytes that one association may keep for messages that are not complete. */
export interface Budget {
  left: number;
}

/** Smaller fragments count as this many bytes: an object is kept for each. */
const leastCounted = 512;

/** The stub data of a message of one fragment, which is whole at once; undefined if there are more. @throws BadPdu */
export function wholeStub(pdu: Pdu, budget: Budget): Uint8Array | "too long" | undefined {
  if ((pdu.flags & inOne) !== inOne) return undefined;
  const stub = stubOf(pdu);
  return stub.length > budget.left ? "too long" : stub;
}

const inOne = Flag.first | Flag.last;

/** The fragments of one message, until the last one has arrived. */
export class Assembly {
  #parts: Uint8Array[] = [];
  #counted = 0;
  readonly #budget: Budget;
  readonly #most: number;

  /** `most` limits this message; others share the budget. */
  constructor(budget: Budget, most: number = Number.POSITIVE_INFINITY) {
    this.#budget = budget;
    this.#most = most;
  }

  /** @returns the whole stub data, with the last fragment; "too long" beyond a limit. @throws BadPdu */
  add(pdu: Pdu): Uint8Array | "too long" | undefined {
    const stub = stubOf(pdu);
    const isLast = (pdu.flags & Flag.last) !== 0;
    const counted = isLast ? stub.length : Math.max(leastCounted, stub.length);
    this.#counted += counted;
    this.#budget.left -= counted;
    if (this.#budget.left < 0 || this.#counted > this.#most) return "too long";
    // A copy: fragments outlive the chunk that they came in.
    if (stub.length > 0) this.#parts.push(isLast ? stub : stub.slice());
    if (!isLast) return undefined;
    const whole = Buffer.concat(this.#parts);
    this.release();
    return whole;
  }

  /** Gives the bytes back that it had kept. */
  release(): void {
    this.#budget.left += this.#counted;
    this.#counted = 0;
    this.#parts = [];
  }
}
