// Decodes the messages of a mailbox, within a limit of memory: anybody may send them.
import { decode } from "../xdr/index.js";
import { defaultLimits } from "../xdr/limits.js";
import { XdrReader } from "../xdr/reader.js";
import type { XdrType } from "../xdr/type.js";
import { elementWeight } from "../xdr/weight.js";

/** The most memory that one message takes. */
const mostDecoded = 64 * 1024 * 1024;
/** The weight of an element if the type has no arrays. */
const lightElement = 8;
/** A message whose elements take more than this many times its bytes, and more than `fewBytes`, is kept as bytes. */
const mostGrowth = 2;
const fewBytes = 256;

/** A message as it was read. */
export interface ReadMessage<T> {
  readonly message: T;
  /** True: it takes many times the memory of its bytes, so that one that waits is kept as bytes. */
  readonly isLarge: boolean;
}

export class MessageReader<T> {
  readonly #type: XdrType<T, never>;
  readonly #elementWeight: number;
  readonly #limits: typeof defaultLimits;

  constructor(type: XdrType<T, never>) {
    this.#type = type;
    this.#elementWeight = elementWeight(type.shape);
    const elements = Math.min(defaultLimits.elements, Math.floor(mostDecoded / this.#elementWeight));
    this.#limits = { ...defaultLimits, elements };
  }

  /** @throws XdrError if the bytes are no value of the type, or it would take too much memory. */
  read(bytes: Uint8Array): ReadMessage<T> {
    const limits = this.#limits;
    if (this.#elementWeight <= lightElement) return { message: decode(this.#type, bytes), isLarge: false };
    const from = new XdrReader(bytes, { limits });
    try {
      const message = this.#type.decode(from);
      from.finish();
      const taken = (limits.elements - from.elementsLeft) * this.#elementWeight;
      return { message, isLarge: taken > fewBytes && taken > bytes.length * mostGrowth };
    } catch {
      // Fails again, with the path of the fault.
      return { message: decode(this.#type, bytes, { limits }), isLarge: false };
    }
  }
}
