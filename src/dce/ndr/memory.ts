// The memory of decoded values, estimated on the high side: a short message can announce millions of objects.

/** The most bytes that the values of one call take. */
export const mostDecoded = 64 * 1024 * 1024;

/** A budget of bytes. */
export interface Memory {
  left: number;
}

/** Bytes of an element of an array, a text, an object without its fields, a field, and a value behind a pointer. */
export const weights = { element: 8, text: 32, object: 56, field: 16, pointee: 160 } as const;
