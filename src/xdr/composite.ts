// Types made of another type: arrays, optional data, linked lists, and types by name. They add their step to the path
// of errors.
import { checkOptions } from "../base/check-options.js";
import { XdrError } from "./errors.js";
import { unbounded } from "./opaque.js";
import { addStep } from "./path.js";
import type { XdrReader } from "./reader.js";
import type { ReferenceShape, StructShape } from "./shape.js";
import { leastSize } from "./shape.js";
import { checkArray, checkFixedArray } from "./support.js";
import { lazily, type XdrType } from "./type.js";
import type { XdrWriter } from "./writer.js";

/**
 * The codec of an array with exactly `length` elements (RFC 4506 section 4.12).
 * @example
 * console.log(encode(fixedArray(int, 2), [1, 2]).length); // 8
 */
export function fixedArray<T, Input = T>(element: XdrType<T, Input>, length: number): XdrType<T[], readonly Input[]> {
  const least = lazily(() => leastSize(element.shape));
  return {
    shape: { kind: "array", fixed: true, length, element: element.shape },
    encode(out, values) {
      checkFixedArray(values, length);
      encodeElements(out, element, values);
    },
    decode(from) {
      from.expectElements(length, least());
      return decodeElements(from, element, length);
    },
  };
}

/**
 * The codec of an array with at most `bound` elements (RFC 4506 section 4.13).
 * @example
 * console.log(encode(array(int, 3), [1, 2]).length); // 12
 */
export function array<T, Input = T>(
  element: XdrType<T, Input>,
  bound: number = unbounded,
): XdrType<T[], readonly Input[]> {
  const least = lazily(() => leastSize(element.shape));
  return {
    shape: { kind: "array", fixed: false, length: bound, element: element.shape },
    encode(out, values) {
      out.writeCount(checkArray(values), bound);
      encodeElements(out, element, values);
    },
    decode: (from) => decodeElements(from, element, from.readCount(bound, least())),
  };
}

function encodeElements<T, Input>(out: XdrWriter, element: XdrType<T, Input>, values: readonly Input[]): void {
  let i = 0;
  try {
    for (; i < values.length; i++) element.encode(out, values[i] as Input);
  } catch (error) {
    throw addStep(error, i);
  }
}

function decodeElements<T>(from: XdrReader, element: XdrType<T, never>, count: number): T[] {
  const values: T[] = [];
  try {
    while (values.length < count) values.push(element.decode(from));
  } catch (error) {
    throw addStep(error, values.length);
  }
  return values;
}

/**
 * The codec of `T *x`: a value or null (RFC 4506 section 4.19).
 * @example
 * console.log(encode(optional(int), null).length, encode(optional(int), 7).length); // 4 8
 */
export function optional<T, Input = T>(element: XdrType<T, Input>): XdrType<T | null, Input | null> {
  return {
    shape: { kind: "optional", element: element.shape },
    encode(out, value) {
      if (value === undefined) throw new XdrError("XDR_WRONG_TYPE", "undefined (use null for a missing value)");
      out.writeWord(value === null ? 0 : 1);
      if (value !== null) element.encode(out, value);
    },
    decode: (from) => (from.readBool() ? element.decode(from) : null),
  };
}

/** The parts of a linked list. */
export interface ListOptions {
  /** Default true. False: the struct itself, not behind a pointer; at least one entry. */
  readonly optional?: boolean;
}

/**
 * The codec of a linked list as an array of its entries (RFC 4506 section 4.19). Does not recurse, whatever the length.
 * @example
 * const entry = struct<{ name: string }>("entry", { name: string() });
 * console.log(encode(list(entry), [{ name: "a" }, { name: "b" }]).length); // 28
 */
export function list<T, Input = T>(
  element: XdrType<T, Input>,
  options: ListOptions = {},
): XdrType<T[], readonly Input[]> {
  checkOptions({ optional: "flag" }, options);
  const optional = options.optional ?? true;
  const entry = element.shape as StructShape | ReferenceShape;
  return {
    shape: { kind: "list", optional, element: entry },
    encode: (out, values) => encodeList(out, element, values, optional),
    decode: (from) => decodeList(from, element, optional),
  };
}

function encodeList<T, Input>(
  out: XdrWriter,
  element: XdrType<T, Input>,
  values: readonly Input[],
  optional: boolean,
): void {
  checkEntries(out, checkArray(values), optional);
  let i = 0;
  try {
    for (; i < values.length; i++) {
      if (optional || i > 0) out.writeWord(1);
      element.encode(out, values[i] as Input);
    }
  } catch (error) {
    throw addStep(error, i);
  }
  out.writeWord(0);
}

function checkEntries(out: XdrWriter, count: number, optional: boolean): void {
  if (!optional && count === 0) throw new XdrError("XDR_BAD_LENGTH", "0 entries, but this list has at least one");
  out.checkElements(count);
}

function decodeList<T>(from: XdrReader, element: XdrType<T, never>, optional: boolean): T[] {
  const values: T[] = [];
  try {
    while ((!optional && values.length === 0) || from.readBool()) {
      from.countElements(1);
      values.push(element.decode(from));
    }
  } catch (error) {
    throw addStep(error, values.length);
  }
  return values;
}

/**
 * The codec of a type that can contain itself. `type` is called once, on first use. Nesting counts against the depth limit.
 * @example
 * interface Tree {
 *   value: number;
 *   children: Tree[];
 * }
 * const tree: XdrType<Tree> = recursive("tree", () => struct<Tree>("tree", { value: int, children: array(tree) }));
 * console.log(encode(tree, { value: 1, children: [{ value: 2, children: [] }] }).length); // 16
 */
export function recursive<T, Input = T>(name: string, type: () => XdrType<T, Input>): XdrType<T, Input> {
  const target = lazily(type);
  return {
    shape: { kind: "reference", name, shape: () => target().shape },
    encode(out, value) {
      out.enter();
      target().encode(out, value);
      out.leave();
    },
    decode(from) {
      from.enter();
      const value = target().decode(from);
      from.leave();
      return value;
    },
  };
}
