// Finds where an error happened. Generated codecs are straight-line and know no paths; when one fails, the work is done
// again by the interpreted codec, which does.
import { type PathStep, XdrError } from "./errors.js";
import { fromShape } from "./interpret.js";
import { defaultLimits, type XdrLimits } from "./limits.js";
import { XdrReader } from "./reader.js";
import type { Shape } from "./shape.js";
import { XdrWriter } from "./writer.js";

/**
 * The error with its path, for something that an encoder threw.
 * @param root What the path starts with: "args", say.
 */
export function locateEncodeError(
  shape: Shape,
  value: unknown,
  error: unknown,
  root?: string,
  limits: XdrLimits = defaultLimits,
): XdrError {
  const place = failureOf(() => fromShape(shape).encode(new XdrWriter({ limits }), value));
  return rooted(place, error, root, 0);
}

/**
 * The error with its path, and its offset counted from `start`, for something that decoding `bytes[start, end)` threw.
 * @param root What the path starts with: "result", say.
 * @param lenient Whether the decoder was lenient.
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
  const reader = new XdrReader(bytes, lenient ? { limits, lenient: () => undefined } : { limits });
  reader.reset(bytes, start, end);
  const place = failureOf(() => {
    fromShape(shape).decode(reader);
    reader.finish();
  });
  return rooted(place, error, root, start);
}

function failureOf(work: () => void): unknown {
  try {
    work();
    return undefined;
  } catch (error) {
    return error;
  }
}

// The interpreted codec's own error is the better one; without it (which would be a disagreement) the first is kept.
function rooted(place: unknown, error: unknown, root: string | undefined, start: number): XdrError {
  const known = place instanceof XdrError ? place : error;
  if (known instanceof XdrError) return withRoot(known, root, start);
  // A stack overflow under a depth limit set too high, or a getter of the value's own that throws.
  const located =
    known instanceof RangeError
      ? new XdrError("XDR_LIMIT", "nested too deeply for the stack; lower limits.depth", rootOf(root))
      : new XdrError("XDR_WRONG_TYPE", `the value cannot be read: ${messageOf(known)}`, rootOf(root));
  located.cause = known;
  return located;
}

function withRoot(error: XdrError, root: string | undefined, start: number): XdrError {
  if (root === undefined && start === 0) return error;
  const where: { root?: string; path: readonly PathStep[]; offset?: number } = { ...rootOf(root), path: error.path };
  if (error.offset !== undefined) where.offset = error.offset - start;
  return new XdrError(error.code, error.rule, where);
}

function rootOf(root: string | undefined): { root?: string } {
  return root === undefined ? {} : { root };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : "it threw something that is no error";
}
