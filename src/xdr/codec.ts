// Converts values to bytes and back in one call, with errors that name the field. For users; peers use their own
// cursors.
import { checkLike } from "./check-like.js";
import { defaultLimits, type XdrLimits } from "./limits.js";
import { locateDecodeError, locateEncodeError } from "./locate.js";
import { viewOf } from "./memory.js";
import { type Forgiven, XdrReader } from "./reader.js";
import { release, resetToCopy } from "./short-message.js";
import type { XdrType } from "./type.js";
import { XdrWriter } from "./writer.js";

/** Options of `encode`. */
export interface EncodeOptions {
  /** Limits of the value. Default `defaultLimits`. */
  readonly limits?: XdrLimits;
  /** The start of paths in error messages, for example "args". Default: empty. */
  readonly root?: string;
}

/** Options of `decode`. */
export interface DecodeOptions extends EncodeOptions {
  /**
   * Accepts invalid input of broken peers (see XdrReaderOptions), and reports each fault with its offset. Default: such input is an
   * XdrError.
   */
  readonly lenient?: (what: Forgiven, offset: number) => void;
}

// The room's only module state: one writer and one reader for all calls, because creating them takes many times as long
// as encoding a small struct (a DataView alone takes 75 ns). They hold no value between calls. If one is in use (a
// user's own type may call back), the inner call creates another.
const firstCapacity = 4096;
const keptCapacity = 1 << 20;
const sharedWriter = /* @__PURE__ */ new XdrWriter({ capacity: firstCapacity, splice: true });
/** Messages that fit are decoded here: a copy costs less than the views of a separate reader. */
const room = /* @__PURE__ */ Buffer.allocUnsafeSlow(2048);
const sharedReader = /* @__PURE__ */ new XdrReader(room);
const noOptions: DecodeOptions = {};
/** Every option, with a value of its type. */
const knownOptions: DecodeOptions = { limits: defaultLimits, root: "", lenient: checkLike as never };
let writing = false;
let reading = false;

/**
 * Encodes a value.
 * @throws XdrError with the path of the field that cannot be encoded.
 * @throws TypeError that names a wrong option.
 * @example
 * console.log(Buffer.from(encode(numbers, { a: 1, b: 2 })).toString("hex")); // 0000000100000002
 */
export function encode<T, Input = T>(
  type: XdrType<T, Input>,
  value: Input,
  options: EncodeOptions = noOptions,
): Uint8Array {
  if (options !== noOptions) checkLike(options, knownOptions);
  if (writing || options.limits) {
    const out = new XdrWriter(options);
    encodeInto(type, out, value, options.root);
    return out.toBytes();
  }
  writing = true;
  try {
    encodeInto(type, sharedWriter, value, options.root);
    return takeBytes(sharedWriter);
  } finally {
    writing = false;
    sharedWriter.reset();
    if (sharedWriter.buffer.length > keptCapacity) sharedWriter.replaceBuffer(Buffer.allocUnsafeSlow(firstCapacity));
  }
}

/** The written bytes. A long message is returned in its buffer, because a new buffer costs less than a copy. */
function takeBytes(out: XdrWriter): Uint8Array {
  const { buffer, offset } = out;
  if (out.splices.length > 0 || offset < 32_768 || offset * 2 < buffer.length) return out.toBytes();
  out.replaceBuffer(Buffer.allocUnsafeSlow(firstCapacity));
  return viewOf(buffer, 0, offset);
}

/**
 * Appends `value` to `out`. If that fails, `out` is unchanged.
 * @throws XdrError with the path of the field, starting with `root`.
 * @example
 * const out = new XdrWriter();
 * encodeInto(int, out, 7);
 * encodeInto(numbers, out, { a: 1, b: 2 });
 * console.log(out.toBytes().length); // 12
 */
export function encodeInto<T, Input = T>(type: XdrType<T, Input>, out: XdrWriter, value: Input, root?: string): void {
  const start = out.offset;
  try {
    type.encode(out, value);
  } catch (error) {
    out.rewind(start);
    throw locateEncodeError(type.shape, value, error, root, out.limits);
  }
}

/**
 * Decodes a value. All of `bytes` must be used.
 * @throws XdrError with the path and the byte offset of the error.
 * @throws TypeError that names a wrong option.
 * @example
 * console.log(decode(numbers, new Uint8Array([0, 0, 0, 1, 0, 0, 0, 2]))); // { a: 1, b: 2 }
 */
export function decode<T>(type: XdrType<T, never>, bytes: Uint8Array, options: DecodeOptions = noOptions): T {
  if (options !== noOptions) checkLike(options, knownOptions);
  if (reading || bytes.length > room.length || options.limits || options.lenient) {
    return decodeAll(type, new XdrReader(bytes, options), bytes, options);
  }
  reading = true;
  try {
    resetToCopy(sharedReader, bytes, room);
    return decodeAll(type, sharedReader, bytes, options);
  } finally {
    reading = false;
    release(sharedReader);
  }
}

function decodeAll<T>(type: XdrType<T, never>, from: XdrReader, bytes: Uint8Array, options: DecodeOptions): T {
  try {
    const value = type.decode(from);
    from.finish();
    return value;
  } catch (error) {
    const { limits, root, lenient } = options;
    throw locateDecodeError(type.shape, bytes, 0, bytes.length, error, limits, root, lenient !== undefined);
  }
}
