// Values that do not fit their NDR type, and bytes that are not NDR.
import { BrandedError } from "../../base/brand.js";
import type { PathStep } from "../../xdr/errors.js";
import { formatPath } from "../../xdr/path.js";

/** The kind of rule that was broken. docs/reference/errors.md explains each. */
export type NdrErrorCode =
  /** The bytes ended before the value did. */
  | "NDR_TOO_SHORT"
  /** Bytes were left over after the value. */
  | "NDR_TRAILING_BYTES"
  /** A number is outside the range of its type, or a discriminant or enum member is not defined. */
  | "NDR_OUT_OF_RANGE"
  /** A number, or the size of an array or string, is outside of the attribute `range` of its type. */
  | "NDR_INVALID_BOUND"
  /** An array or string has another length than its size_is, length_is or fixed size requires. */
  | "NDR_BAD_LENGTH"
  /** A string is not well-formed, contains a NUL, or does not end with one. */
  | "NDR_BAD_TEXT"
  /** A null reference pointer, or a full pointer to a value of another type. */
  | "NDR_BAD_POINTER"
  /** A JavaScript value has the wrong type for its NDR type. */
  | "NDR_WRONG_TYPE"
  /** A limit of ours (elements, bytes) would be exceeded. */
  | "NDR_LIMIT";

/**
 * A value that cannot be encoded, or bytes that cannot be decoded, in NDR. The message names the field: `points[3].x`.
 * @example
 * try {
 *   encodeNdr({ kind: "short" }, 40_000);
 * } catch (error) {
 *   if (error instanceof NdrError) console.log(error.code); // NDR_OUT_OF_RANGE
 * }
 */
export class NdrError extends BrandedError {
  /** The class's name as text: `instanceof` compares it across two copies of the package. */
  static override readonly kind: string = "NdrError";
  /** Stable: compare it with `===`. Each code is explained in docs/reference/errors.md. */
  readonly code: NdrErrorCode;
  /** The rule that was broken, without the path. */
  readonly rule: string;
  /** The path from the outermost value to the field. Empty if the outermost value is wrong. */
  readonly path: readonly PathStep[];
  /** The offset in the decoded bytes. Undefined when encoding. */
  readonly offset: number | undefined;

  /** Makes an error of the value at `path`. */
  constructor(code: NdrErrorCode, rule: string, path: readonly PathStep[] = [], offset?: number) {
    const place = formatPath(undefined, path);
    super(place === "" ? rule : `${place}: ${rule}`);
    this.code = code;
    this.rule = rule;
    this.path = path;
    this.offset = offset;
  }
}
