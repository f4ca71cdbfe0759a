// Arrays of numbers as typed arrays: Int32Array for int, BigUint64Array for unsigned hyper, Float64Array for double.
// Their elements cannot be out of range, so only the length is checked.
import { XdrError } from "./errors.js";
import { isLittleEndian } from "./memory.js";
import type { XdrReader } from "./reader.js";
import { wrongType } from "./refusals.js";
import type { ArrayShape, IntegerShape, Shape } from "./shape.js";
import { checkChar, checkShort, checkUnsignedChar, checkUnsignedShort } from "./support.js";
import type { XdrType } from "./type.js";
import type { XdrWriter } from "./writer.js";

/** Any typed array that an array of numbers can be. */
export type NumericArray = Int32Array | Uint32Array | BigInt64Array | BigUint64Array | Float32Array | Float64Array;

/** The codec of typed arrays of one kind. */
export interface TypedBulk<A extends NumericArray> {
  /** A variable-length array (RFC 4506 section 4.13). @throws XdrError */
  write(out: XdrWriter, values: A, bound: number): void;
  /** A fixed-length array (RFC 4506 section 4.12). @throws XdrError */
  writeFixed(out: XdrWriter, values: A, length: number): void;
  /** A variable-length array of at most `bound` elements: its count, then the elements. @throws XdrError */
  read(from: XdrReader, bound: number): A;
  /** A fixed-length array of exactly `length` elements. @throws XdrError */
  readFixed(from: XdrReader, length: number): A;
  /** An array of as many elements as `values` has, from plain values. */
  from(values: readonly (number | bigint)[]): A;
}

/** XDR is big-endian: on other machines the bytes of all elements are reversed, a whole array at a time. */
function swap(bytes: Buffer, size: number): void {
  if (!isLittleEndian) return;
  if (size === 4) bytes.swap32();
  else bytes.swap64();
}

function typedBulk<A extends NumericArray>(name: string, size: 4 | 8, make: (length: number) => A): TypedBulk<A> {
  const check = (values: A): number => {
    // Compared by name, because an array may come from another realm (a worker, a test runner's sandbox).
    if (!ArrayBuffer.isView(values) || Object.prototype.toString.call(values) !== `[object ${name}]`) {
      wrongType(`a ${name}`, values);
    }
    return values.length;
  };
  const put = (out: XdrWriter, values: A): void => {
    const at = out.reserve(values.length * size);
    const bytes = out.buffer.subarray(at, out.offset);
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
    swap(bytes, size);
  };
  const get = (from: XdrReader, count: number): A => {
    const at = from.take(count * size);
    const values = make(count);
    const bytes = Buffer.from(values.buffer);
    bytes.set(from.buffer.subarray(at, from.offset));
    swap(bytes, size);
    return values;
  };
  return {
    write(out, values, bound) {
      out.writeCount(check(values), bound);
      put(out, values);
    },
    writeFixed(out, values, length) {
      if (check(values) !== length) {
        throw new XdrError("XDR_BAD_LENGTH", `${values.length} elements, but exactly ${length} are needed`);
      }
      put(out, values);
    },
    read: (from, bound) => get(from, from.readCount(bound, size)),
    readFixed(from, length) {
      from.expectElements(length, size);
      return get(from, length);
    },
    from(values) {
      const array = make(values.length);
      values.forEach((value, i) => {
        array[i] = value;
      });
      return array;
    },
  };
}

export const int32Array: TypedBulk<Int32Array> = /* @__PURE__ */ typedBulk("Int32Array", 4, (n) => new Int32Array(n));
export const uint32Array: TypedBulk<Uint32Array> = /* @__PURE__ */ typedBulk(
  "Uint32Array",
  4,
  (n) => new Uint32Array(n),
);
export const bigInt64Array: TypedBulk<BigInt64Array> = /* @__PURE__ */ typedBulk(
  "BigInt64Array",
  8,
  (n) => new BigInt64Array(n),
);
export const bigUint64Array: TypedBulk<BigUint64Array> = /* @__PURE__ */ typedBulk(
  "BigUint64Array",
  8,
  (n) => new BigUint64Array(n),
);
export const float32Array: TypedBulk<Float32Array> = /* @__PURE__ */ typedBulk(
  "Float32Array",
  4,
  (n) => new Float32Array(n),
);
export const float64Array: TypedBulk<Float64Array> = /* @__PURE__ */ typedBulk(
  "Float64Array",
  8,
  (n) => new Float64Array(n),
);

/** The codec of elements that have fewer bits than those of the typed array: they are checked before they are written. */
function narrowed<A extends Int32Array | Uint32Array>(
  codec: TypedBulk<A>,
  check: (value: number) => number,
): TypedBulk<A> {
  const checked = (values: A): A => {
    if (ArrayBuffer.isView(values)) for (let i = 0; i < values.length; i++) check(values[i] as number);
    return values;
  };
  return {
    ...codec,
    write: (out, values, bound) => codec.write(out, checked(values), bound),
    writeFixed: (out, values, length) => codec.writeFixed(out, checked(values), length),
  };
}

export const charArray: TypedBulk<Int32Array> = /* @__PURE__ */ narrowed(int32Array, checkChar);
export const unsignedCharArray: TypedBulk<Uint32Array> = /* @__PURE__ */ narrowed(uint32Array, checkUnsignedChar);
export const shortArray: TypedBulk<Int32Array> = /* @__PURE__ */ narrowed(int32Array, checkShort);
export const unsignedShortArray: TypedBulk<Uint32Array> = /* @__PURE__ */ narrowed(uint32Array, checkUnsignedShort);

/** The codec for the elements of a shape with `typed`. @throws XdrError for elements that no typed array holds. */
export function typedBulkOf(element: Shape): TypedBulk<NumericArray> {
  if (element.kind === "reference") return typedBulkOf(element.shape());
  if ("width" in element && element.width !== undefined)
    return narrowBulkOf(element) as unknown as TypedBulk<NumericArray>;
  const found = Object.hasOwn(byKind, element.kind) ? byKind[element.kind as keyof typeof byKind] : undefined;
  if (found === undefined) throw new XdrError("XDR_WRONG_TYPE", `no typed array holds elements of ${element.kind}`);
  return found as unknown as TypedBulk<NumericArray>;
}

function narrowBulkOf({ kind, width }: IntegerShape): TypedBulk<Int32Array> | TypedBulk<Uint32Array> {
  if (kind === "int") return width === 8 ? charArray : shortArray;
  return width === 8 ? unsignedCharArray : unsignedShortArray;
}

const byKind = {
  int: int32Array,
  "unsigned int": uint32Array,
  hyper: bigInt64Array,
  "unsigned hyper": bigUint64Array,
  float: float32Array,
  double: float64Array,
};

/**
 * The codec of an array shape with `typed`.
 * @example
 * const samples = typedArray({ kind: "array", fixed: false, length: unbounded, element: { kind: "float" }, typed: true });
 * console.log(encode(samples, new Float32Array([1, 2])).length); // 12
 */
export function typedArray(shape: ArrayShape): XdrType<NumericArray> {
  const { fixed, length, element } = shape;
  let made: TypedBulk<NumericArray> | undefined;
  const bulk = (): TypedBulk<NumericArray> => {
    made ??= typedBulkOf(element);
    return made;
  };
  return {
    shape,
    encode: (out, values) => (fixed ? bulk().writeFixed(out, values, length) : bulk().write(out, values, length)),
    decode: (from) => (fixed ? bulk().readFixed(from, length) : bulk().read(from, length)),
  };
}
