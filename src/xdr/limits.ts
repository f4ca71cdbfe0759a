// Limits on the cost of one decode or encode, regardless of the bytes.

/** Limits of one decode. The bounds in the interface file also apply; the smaller one counts. */
export interface XdrLimits {
  /** The deepest nesting of recursive types. Linked lists are not nested. */
  readonly depth: number;
  /** The most bytes in one opaque or string. */
  readonly bytes: number;
  /** The most array elements, list entries and values of recursive types in one decode, all together. */
  readonly elements: number;
}

/** The default limits of a decode. */
export const defaultLimits: XdrLimits = Object.freeze({
  depth: 200,
  bytes: 0x7fff_ffff,
  elements: 16_777_216,
});

/** An array element that takes no bytes on the wire counts as this many of `limits.elements`. */
export const emptyElementWeight = 256;
