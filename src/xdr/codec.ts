// Values to bytes and back in one call, with errors that say where. The doors for users; peers use their own cursors.
import type { XdrLimits } from "./limits.js";
import { locateDecodeError, locateEncodeError } from "./locate.js";
import { type Forgiven, XdrReader } from "./reader.js";
import type { XdrType } from "./type.js";
import { XdrWriter } from "./writer.js";

export interface EncodeOptions {
  readonly limits?: XdrLimits;
  /** What paths in error messages start with: "args", say. */
  readonly root?: string;
}

export interface DecodeOptions extends EncodeOptions {
  /** Accept what broken peers send (see XdrReaderOptions), and tell what was forgiven at which offset. */
  readonly lenient?: (what: Forgiven, offset: number) => void;
}

/** The bytes of `value`. @throws XdrError with the path of what cannot be encoded. */
export function encode<T>(type: XdrType<T>, value: T, options: EncodeOptions = {}): Uint8Array {
  const out = new XdrWriter(options.limits === undefined ? {} : { limits: options.limits });
  encodeInto(type, out, value, options.root);
  return out.toBytes();
}

/**
 * Appends `value` to `out`; when that fails, `out` is as it was.
 * @throws XdrError with the path of what cannot be encoded, starting with `root`.
 */
export function encodeInto<T>(type: XdrType<T>, out: XdrWriter, value: T, root?: string): void {
  const start = out.offset;
  try {
    type.encode(out, value);
  } catch (error) {
    out.rewind(start);
    throw locateEncodeError(type.shape, value, error, root, out.limits);
  }
}

/**
 * The value of `bytes`, all of which are consumed.
 * @throws XdrError with the path and the byte offset of what is wrong.
 */
export function decode<T>(type: XdrType<T>, bytes: Uint8Array, options: DecodeOptions = {}): T {
  const from = new XdrReader(bytes, options);
  try {
    const value = type.decode(from);
    from.finish();
    return value;
  } catch (error) {
    const { limits, root, lenient } = options;
    throw locateDecodeError(type.shape, bytes, 0, bytes.length, error, limits, root, lenient !== undefined);
  }
}
