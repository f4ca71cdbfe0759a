// The one error class of this room. It names the broken rule, and the position in the value or the bytes.
import { BrandedError } from "../base/brand.js";

/** One step into a value: a field or arm by name, an element by index. */
export type PathStep = string | number;

/** The kind of rule that was broken. Stable: programs may switch on it. */
export type XdrErrorCode =
  /** The bytes ended before the value did. */
  | "XDR_TOO_SHORT"
  /** Bytes were left over after the value. */
  | "XDR_TRAILING_BYTES"
  /** A value is outside the range of its type (int, unsigned int, hyper, bool, enum, union discriminant). */
  | "XDR_OUT_OF_RANGE"
  /** An opaque, string, array or list is longer than its bound, or not exactly its fixed length. */
  | "XDR_BAD_LENGTH"
  /** A padding byte is not zero (RFC 4506 section 3). */
  | "XDR_BAD_PADDING"
  /** A string is not well-formed UTF-8, or a JavaScript string has a lone surrogate. */
  | "XDR_BAD_TEXT"
  /** A JavaScript value has the wrong type for its XDR type (for example a string instead of a struct). */
  | "XDR_WRONG_TYPE"
  /** One of our own limits (depth, length, elements) would be exceeded. */
  | "XDR_LIMIT";

/**
 * A value that cannot be encoded, or bytes that cannot be decoded. The message names the field: `args.dirs[3].name`.
 * @example
 * try {
 *   encode(numbers, { a: 1, b: 2 ** 31 });
 * } catch (error) {
 *   if (error instanceof XdrError) console.log(error.code, error.path); // XDR_OUT_OF_RANGE [ 'b' ]
 * }
 */
export class XdrError extends BrandedError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "XdrError";
  /** Stable: compare it with `===`. Each code is explained in docs/reference/errors.md. */
  readonly code: XdrErrorCode;
  /** The rule that was broken, without the path. */
  readonly rule: string;
  /**
   * The path from the outermost value to the field. Empty if the outermost value is wrong, or the position is unknown.
   */
  readonly path: readonly PathStep[];
  /** The offset in the decoded bytes. Undefined when encoding. */
  readonly offset: number | undefined;

  /** Makes an error of the value at `path`. The message begins with `place`: the path as text, see `formatPath`. */
  constructor(
    code: XdrErrorCode,
    rule: string,
    {
      place,
      path = [],
      offset,
    }: {
      readonly place?: string | undefined;
      readonly path?: readonly PathStep[];
      readonly offset?: number | undefined;
    } = {},
  ) {
    super(place ? `${place}: ${rule}` : rule);
    this.code = code;
    this.rule = rule;
    this.path = [...path];
    this.offset = offset;
  }
}
