// Limits on what one decode (or encode) may cost, whatever the bytes say.

/** Limits of one decode. Every bound in the interface file holds as well; the smaller wins. */
export interface XdrLimits {
  /** How deep recursive types may nest. Linked lists are loops and do not count. */
  readonly depth: number;
  /** The most bytes that one opaque or string may have. */
  readonly bytes: number;
  /** The most array elements and list entries that one decode may make, all arrays together. */
  readonly elements: number;
}

/** The limits where none are given. */
export const defaultLimits: XdrLimits = Object.freeze({
  depth: 200,
  bytes: 0x7fff_ffff,
  elements: 16_777_216,
});

/** An array element that takes no bytes on the wire counts as this many of `limits.elements`. */
export const emptyElementWeight = 256;
