// Finds the position of an error. Codecs do not track paths; after a failure, the value is walked again.
import { type PathStep, XdrError } from "./errors.js";
import { defaultLimits, type XdrLimits } from "./limits.js";
import { errorAt } from "./path.js";
import { XdrReader } from "./reader.js";
import type { Shape } from "./shape.js";
import { Walk } from "./walk.js";
import { XdrWriter } from "./writer.js";

/** The start of paths, and the origin of offsets. */
interface Origin {
  readonly root: string | undefined;
  readonly start: number;
}

/**
 * Adds the path to an error of an encoder.
 * @param root The start of the path, for example "args".
 * @example
 * const value = { a: 1, b: 2 ** 31 };
 * try {
 *   numbers.encode(new XdrWriter(), value);
 * } catch (error) {
 *   console.log(locateEncodeError(numbers.shape, value, error, "args").path); // [ 'b' ]
 * }
 */
export function locateEncodeError(
  shape: Shape,
  value: unknown,
  error: unknown,
  root?: string,
  limits: XdrLimits = defaultLimits,
): XdrError {
  const walk = new Walk(new XdrWriter({ limits, splice: true }), error);
  return located(walk.path, () => walk.named(shape, value), error, { root, start: 0 });
}

/**
 * Adds the path to an error from decoding `bytes[start, end)`, and its offset counted from `start`.
 * @param root The start of the path, for example "result".
 * @param lenient Whether the decoder was lenient.
 * @example
 * const bytes = new Uint8Array([0, 0, 0, 1, 0, 0]);
 * try {
 *   numbers.decode(new XdrReader(bytes));
 * } catch (error) {
 *   const { path, offset } = locateDecodeError(numbers.shape, bytes, 0, bytes.length, error);
 *   console.log(path, offset); // [ 'b' ] 4
 * }
 */
export function locateDecodeError(
  shape: Shape,
  bytes: Uint8Array,
  start: number,
  end: number,
  error: unknown,
  limits: XdrLimits = defaultLimits,
  root?: string,
  lenient = false,
): XdrError {
  const reader = new XdrReader(bytes, { limits, lenient: lenient ? () => undefined : undefined });
  reader.reset(bytes, start, end);
  const walk = new Walk(reader, error);
  const again = () => {
    walk.named(shape);
    reader.finish();
  };
  return located(walk.path, again, error, { root, start });
}

// The error of the walk has the path. If the walk finds no error (which would be a bug), the original error is kept.
function located(path: readonly PathStep[], again: () => void, error: unknown, from: Origin): XdrError {
  try {
    again();
  } catch (found) {
    if (found instanceof XdrError) return placed(found, path, from);
  }
  if (error instanceof XdrError) return placed(error, [], from);
  // A stack overflow because the depth limit is too high, or a getter of the value that throws.
  const known =
    error instanceof RangeError
      ? errorAt("XDR_LIMIT", "nested too deeply for the stack; lower limits.depth", from)
      : errorAt("XDR_WRONG_TYPE", `the value cannot be read: ${(error as Error)?.message}`, from);
  known.cause = error;
  return known;
}

function placed({ code, rule, offset }: XdrError, path: readonly PathStep[], { root, start }: Origin): XdrError {
  return errorAt(code, rule, { root, path, offset: offset === undefined ? offset : offset - start });
}
