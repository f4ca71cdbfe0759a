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

  /** Makes an error of the value at `path`. The message begins with `root` and the path. */
  constructor(
    code: XdrErrorCode,
    rule: string,
    {
      root,
      path = [],
      offset,
    }: {
      readonly root?: string | undefined;
      readonly path?: readonly PathStep[];
      readonly offset?: number | undefined;
    } = {},
  ) {
    const place = formatPath(root, path);
    super(place === "" ? rule : `${place}: ${rule}`);
    this.code = code;
    this.rule = rule;
    this.path = [...path];
    this.offset = offset;
  }
}

/** Paths with more than twice this many steps are shortened in the middle. */
const stepsPrinted = 12;

/**
 * Formats a path as TypeScript would write it: `args.dirs[3].name`.
 * @example
 * console.log(formatPath("args", ["dirs", 3, "name"])); // args.dirs[3].name
 */
export function formatPath(root: string | undefined, path: readonly PathStep[]): string {
  if (path.length > 2 * stepsPrinted) {
    return `${formatPath(root, path.slice(0, stepsPrinted))}…${formatPath(undefined, path.slice(-stepsPrinted))}`;
  }
  let text = root ?? "";
  for (const step of path) {
    if (typeof step === "number") text += `[${step}]`;
    else text += text === "" ? step : `.${step}`;
  }
  return text;
}

/** Prepends `step` to the path of an error. Other errors pass unchanged. */
export function addStep(error: unknown, step: PathStep): unknown {
  if (!(error instanceof XdrError)) return error;
  // No caller has seen the error yet: changing it avoids a stack trace for every level.
  (error.path as PathStep[]).unshift(step);
  error.message = `${formatPath(undefined, error.path)}: ${error.rule}`;
  return error;
}
