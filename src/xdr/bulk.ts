// Arrays of numbers as T[], checked and moved as a whole: one bounds check for an array, and a tight loop for its
// elements.
import type { XdrReader } from "./reader.js";
import {
  checkArray,
  checkChar,
  checkDouble,
  checkFixedArray,
  checkFloat,
  checkInt,
  checkShort,
  checkUnsignedChar,
  checkUnsignedInt,
  checkUnsignedShort,
  setHyper,
  setUnsignedHyper,
} from "./support.js";
import type { XdrWriter } from "./writer.js";

/** The codec of arrays of one numeric type. Errors have no index; locate.ts finds it when an error is reported. */
export interface Bulk<T> {
  /** A variable-length array (RFC 4506 section 4.13). @throws XdrError */
  write(out: XdrWriter, values: readonly T[], bound: number): void;
  /** A fixed-length array (RFC 4506 section 4.12). @throws XdrError */
  writeFixed(out: XdrWriter, values: readonly T[], length: number): void;
  /** @throws XdrError */
  read(from: XdrReader, bound: number): T[];
  /** @throws XdrError */
  readFixed(from: XdrReader, length: number): T[];
}

type Store<T> = (out: XdrWriter, at: number, values: readonly T[]) => void;
type Load<T> = (from: XdrReader, at: number, count: number) => T[];

function bulk<T>(size: number, store: Store<T>, load: Load<T>): Bulk<T> {
  return {
    write(out, values, bound) {
      const count = checkArray(values);
      out.writeCount(count, bound);
      store(out, out.reserve(count * size), values);
    },
    writeFixed(out, values, length) {
      checkFixedArray(values, length);
      store(out, out.reserve(length * size), values);
    },
    read(from, bound) {
      const count = from.readCount(bound, size);
      return load(from, from.take(count * size), count);
    },
    readFixed(from, length) {
      const at = from.take(length * size);
      from.countElements(length);
      return load(from, at, length);
    },
  };
}

// Each loader has its own `new Array`: V8 learns there, and only there, which kind of element the array will have.

export const ints: Bulk<number> = /* @__PURE__ */ bulk(
  4,
  ({ view }, at, values) => {
    for (let i = 0; i < values.length; i++) view.setInt32(at + 4 * i, checkInt(values[i] as number));
  },
  ({ view }, at, count) => {
    const values = new Array<number>(count);
    for (let i = 0; i < count; i++) values[i] = view.getInt32(at + 4 * i);
    return values;
  },
);

export const unsignedInts: Bulk<number> = /* @__PURE__ */ bulk(
  4,
  ({ view }, at, values) => {
    for (let i = 0; i < values.length; i++) view.setUint32(at + 4 * i, checkUnsignedInt(values[i] as number));
  },
  ({ view }, at, count) => {
    const values = new Array<number>(count);
    for (let i = 0; i < count; i++) values[i] = view.getUint32(at + 4 * i);
    return values;
  },
);

function loadInts({ view }: XdrReader, at: number, count: number): number[] {
  const values = new Array<number>(count);
  for (let i = 0; i < count; i++) values[i] = view.getInt32(at + 4 * i);
  return values;
}

function loadUnsignedInts({ view }: XdrReader, at: number, count: number): number[] {
  const values = new Array<number>(count);
  for (let i = 0; i < count; i++) values[i] = view.getUint32(at + 4 * i);
  return values;
}

export const chars: Bulk<number> = /* @__PURE__ */ bulk(
  4,
  ({ view }, at, values) => {
    for (let i = 0; i < values.length; i++) view.setInt32(at + 4 * i, checkChar(values[i] as number));
  },
  loadInts,
);

export const unsignedChars: Bulk<number> = /* @__PURE__ */ bulk(
  4,
  ({ view }, at, values) => {
    for (let i = 0; i < values.length; i++) view.setUint32(at + 4 * i, checkUnsignedChar(values[i] as number));
  },
  loadUnsignedInts,
);

export const shorts: Bulk<number> = /* @__PURE__ */ bulk(
  4,
  ({ view }, at, values) => {
    for (let i = 0; i < values.length; i++) view.setInt32(at + 4 * i, checkShort(values[i] as number));
  },
  loadInts,
);

export const unsignedShorts: Bulk<number> = /* @__PURE__ */ bulk(
  4,
  ({ view }, at, values) => {
    for (let i = 0; i < values.length; i++) view.setUint32(at + 4 * i, checkUnsignedShort(values[i] as number));
  },
  loadUnsignedInts,
);

export const hypers: Bulk<bigint> = /* @__PURE__ */ bulk(
  8,
  ({ view }, at, values) => {
    for (let i = 0; i < values.length; i++) setHyper(view, at + 8 * i, values[i] as bigint);
  },
  ({ view }, at, count) => {
    const values = new Array<bigint>(count);
    for (let i = 0; i < count; i++) values[i] = view.getBigInt64(at + 8 * i);
    return values;
  },
);

export const unsignedHypers: Bulk<bigint> = /* @__PURE__ */ bulk(
  8,
  ({ view }, at, values) => {
    for (let i = 0; i < values.length; i++) setUnsignedHyper(view, at + 8 * i, values[i] as bigint);
  },
  ({ view }, at, count) => {
    const values = new Array<bigint>(count);
    for (let i = 0; i < count; i++) values[i] = view.getBigUint64(at + 8 * i);
    return values;
  },
);

export const floats: Bulk<number> = /* @__PURE__ */ bulk(
  4,
  ({ view }, at, values) => {
    for (let i = 0; i < values.length; i++) view.setFloat32(at + 4 * i, checkFloat(values[i] as number));
  },
  ({ view }, at, count) => {
    const values = new Array<number>(count);
    for (let i = 0; i < count; i++) values[i] = view.getFloat32(at + 4 * i);
    return values;
  },
);

export const doubles: Bulk<number> = /* @__PURE__ */ bulk(
  8,
  ({ view }, at, values) => {
    for (let i = 0; i < values.length; i++) view.setFloat64(at + 8 * i, checkDouble(values[i] as number));
  },
  ({ view }, at, count) => {
    // The array contains doubles from the start and is filled four at a time: this takes half the time of `new Array`
    // filled one by one.
    const values = [0.5];
    values.length = count;
    let i = 0;
    let from = at;
    for (; i < count - 3; i += 4, from += 32) {
      values[i] = view.getFloat64(from);
      values[i + 1] = view.getFloat64(from + 8);
      values[i + 2] = view.getFloat64(from + 16);
      values[i + 3] = view.getFloat64(from + 24);
    }
    for (; i < count; i++, from += 8) values[i] = view.getFloat64(from);
    return values;
  },
);
