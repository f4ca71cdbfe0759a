// Arrays of numbers as typed arrays: Int32Array for int, BigUint64Array for unsigned hyper, Float64Array for double.
// Every element has the type's range by itself, so that there is nothing to check but the length.
import { XdrError } from "./errors.js";
import type { XdrReader } from "./reader.js";
import type { ArrayShape, Shape } from "./shape.js";
import { wrongType } from "./support.js";
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
  /** @throws XdrError */
  read(from: XdrReader, bound: number): A;
  /** @throws XdrError */
  readFixed(from: XdrReader, length: number): A;
  /** An array of as many elements as `values` has, from plain values. */
  from(values: readonly (number | bigint)[]): A;
}

interface Kind<A extends NumericArray> {
  readonly name: string;
  readonly size: 4 | 8;
  readonly make: (length: number) => A;
  readonly store: (view: DataView, at: number, values: A) => void;
  readonly load: (view: DataView, at: number, values: A) => void;
}

function typedBulk<A extends NumericArray>({ name, size, make, store, load }: Kind<A>): TypedBulk<A> {
  const check = (values: A): number => {
    // By its name: what comes from another realm (a worker, a test runner's sandbox) is as good.
    if (Object.prototype.toString.call(values) !== `[object ${name}]`) wrongType(`a ${name}`, values);
    return values.length;
  };
  const put = (out: XdrWriter, values: A): void => {
    const at = out.reserve(values.length * size);
    store(out.view, at, values);
  };
  const get = (from: XdrReader, count: number): A => {
    const at = from.take(count * size);
    const values = make(count);
    load(from.view, at, values);
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

export const int32Array: TypedBulk<Int32Array> = /* @__PURE__ */ typedBulk({
  name: "Int32Array",
  size: 4,
  make: (length) => new Int32Array(length),
  store(view, at, values) {
    for (let i = 0; i < values.length; i++) view.setInt32(at + 4 * i, values[i] as number);
  },
  load(view, at, values) {
    for (let i = 0; i < values.length; i++) values[i] = view.getInt32(at + 4 * i);
  },
});

export const uint32Array: TypedBulk<Uint32Array> = /* @__PURE__ */ typedBulk({
  name: "Uint32Array",
  size: 4,
  make: (length) => new Uint32Array(length),
  store(view, at, values) {
    for (let i = 0; i < values.length; i++) view.setUint32(at + 4 * i, values[i] as number);
  },
  load(view, at, values) {
    for (let i = 0; i < values.length; i++) values[i] = view.getUint32(at + 4 * i);
  },
});

export const bigInt64Array: TypedBulk<BigInt64Array> = /* @__PURE__ */ typedBulk({
  name: "BigInt64Array",
  size: 8,
  make: (length) => new BigInt64Array(length),
  store(view, at, values) {
    for (let i = 0; i < values.length; i++) view.setBigInt64(at + 8 * i, values[i] as bigint);
  },
  load(view, at, values) {
    for (let i = 0; i < values.length; i++) values[i] = view.getBigInt64(at + 8 * i);
  },
});

export const bigUint64Array: TypedBulk<BigUint64Array> = /* @__PURE__ */ typedBulk({
  name: "BigUint64Array",
  size: 8,
  make: (length) => new BigUint64Array(length),
  store(view, at, values) {
    for (let i = 0; i < values.length; i++) view.setBigUint64(at + 8 * i, values[i] as bigint);
  },
  load(view, at, values) {
    for (let i = 0; i < values.length; i++) values[i] = view.getBigUint64(at + 8 * i);
  },
});

export const float32Array: TypedBulk<Float32Array> = /* @__PURE__ */ typedBulk({
  name: "Float32Array",
  size: 4,
  make: (length) => new Float32Array(length),
  store(view, at, values) {
    for (let i = 0; i < values.length; i++) view.setFloat32(at + 4 * i, values[i] as number);
  },
  load(view, at, values) {
    for (let i = 0; i < values.length; i++) values[i] = view.getFloat32(at + 4 * i);
  },
});

export const float64Array: TypedBulk<Float64Array> = /* @__PURE__ */ typedBulk({
  name: "Float64Array",
  size: 8,
  make: (length) => new Float64Array(length),
  store(view, at, values) {
    for (let i = 0; i < values.length; i++) view.setFloat64(at + 8 * i, values[i] as number);
  },
  load(view, at, values) {
    for (let i = 0; i < values.length; i++) values[i] = view.getFloat64(at + 8 * i);
  },
});

/** The codec for the elements of a shape with `typed`. @throws XdrError for elements that no typed array holds. */
export function typedBulkOf(element: Shape): TypedBulk<NumericArray> {
  if (element.kind === "reference") return typedBulkOf(element.shape());
  const found = Object.hasOwn(byKind, element.kind) ? byKind[element.kind as keyof typeof byKind] : undefined;
  if (found === undefined) throw new XdrError("XDR_WRONG_TYPE", `no typed array holds elements of ${element.kind}`);
  return found as unknown as TypedBulk<NumericArray>;
}

const byKind = {
  int: int32Array,
  "unsigned int": uint32Array,
  hyper: bigInt64Array,
  "unsigned hyper": bigUint64Array,
  float: float32Array,
  double: float64Array,
};

/** The codec of an array shape with `typed`. */
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
