// Decodes the messages of a mailbox, within a limit of memory: anybody may send them.
import { decode } from "../xdr/index.js";
import { defaultLimits } from "../xdr/limits.js";
import type { XdrType } from "../xdr/type.js";
import { elementWeight } from "../xdr/weight.js";

/** The most memory that one message takes, and that a byte of it can take. */
const mostDecoded = 64 * 1024 * 1024;
const mostGrowth = 16;

/** Shorter messages are decoded at once. */
const shortMessage = 65_536;
/** The weight of an element if the type has no arrays. */
const lightElement = 8;

export class MessageReader<T> {
  readonly #type: XdrType<T, never>;
  readonly #elementWeight: number;

  constructor(type: XdrType<T, never>) {
    this.#type = type;
    this.#elementWeight = elementWeight(type.shape);
  }

  /** @throws XdrError if the bytes are no value of the type, or it would take too much memory. */
  read(bytes: Uint8Array): T {
    if (bytes.length * mostGrowth <= mostDecoded) return decode(this.#type, bytes);
    const elements = Math.min(defaultLimits.elements, Math.floor(mostDecoded / this.#elementWeight));
    return decode(this.#type, bytes, { limits: { ...defaultLimits, elements } });
  }

  /** Whether the value may take many times the memory of its bytes, so that a message that waits is kept as bytes. */
  mayGrow(bytes: Uint8Array): boolean {
    return bytes.length > shortMessage && this.#elementWeight > lightElement;
  }
}
