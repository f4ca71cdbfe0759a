// The number of bytes that a value takes on the wire (RFC 4506 section 4), at least and at most.

/**
 * A size in bytes. `most` is infinite for a type without a length limit; `least` is infinite for a type that has no
 * finite value.
 */
export interface WireSize {
  /** The fewest bytes that a value takes. */
  readonly least: number;
  /** The most bytes that a value takes. */
  readonly most: number;
}

export const ENDLESS = Number.POSITIVE_INFINITY;
const UNBOUNDED = 0xffff_ffff;

/** A size that all values have. */
export function exactly(bytes: number): WireSize {
  return { least: bytes, most: bytes };
}

/**
 * The size of a count with up to `bound` elements after it. The bound of `<>` counts as no limit.
 * @param element the size of one element in bytes. @param round rounds the size of all elements.
 */
export function atMost(bound: number, element: number, round = (bytes: number): number => bytes): WireSize {
  if (bound === 0) return exactly(4);
  return { least: 4, most: bound === UNBOUNDED ? ENDLESS : 4 + round(bound * element) };
}

/** A length with its padding (RFC 4506 section 3). */
export function padded(length: number): number {
  return length + ((4 - (length % 4)) % 4);
}
