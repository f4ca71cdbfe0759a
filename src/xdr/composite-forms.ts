// The shapes that are made of another one, as tools use them: the codec of each, its form in JSON, and the parts of its
// bytes. A new kind has one row here.
import { show } from "../base/show.js";
import { type CharText, charArrayType, charTextOf } from "./char-text.js";
import { array, fixedArray, list, optional } from "./composite.js";
import { type PathStep, XdrError } from "./errors.js";
import { addStep } from "./path.js";
import { isChar, type Json, typed, wrong } from "./primitive-forms.js";
import type { XdrReader } from "./reader.js";
import { isRecursive } from "./recursive.js";
import type { ArrayShape, CompositeShape, ListShape, Shape } from "./shape.js";
import { leastSize, shapeText } from "./shape.js";
import { lazily, type XdrType } from "./type.js";
import { typedArray, typedBulkOf } from "./typed-arrays.js";
import { entryShape } from "./within.js";

type AnyType = XdrType<unknown>;
type Path = readonly PathStep[];

/** A walk through bytes that describes each part. */
export interface Explaining {
  readonly from: XdrReader;
  /** The path to what is read next, for errors. */
  path: Path;
  /** Describes a value. */
  value(shape: Shape, path: Path): unknown;
  /** Describes the word from `start` as a number of elements. */
  count(start: number, path: Path, count: number): void;
  /** Reads and describes the word that says whether a value follows. @param type the value's. */
  present(path: Path, type: string): boolean;
  /** Reads and describes chars that are text. */
  text(chars: { readonly shape: Shape; readonly path: Path; readonly count: number }, codec: CharText): void;
  /** Does work inside a type, and counts the nesting if the type can contain itself. */
  within(shape: Shape, work: () => void): void;
}

/** The row of one kind. */
interface Form<S extends CompositeShape> {
  /** @param build makes the codec of the element. */
  codec(shape: S, build: (element: Shape) => AnyType): AnyType;
  /** The JSON form of a value. @param element writes an element. @throws XdrError if the value does not have this type. */
  write(value: unknown, shape: S, element: (shape: Shape, value: unknown) => Json): Json;
  /** The value of a JSON form. @param element reads an element. @throws XdrError if the form does not match the type. */
  read(json: unknown, shape: S, element: (shape: Shape, json: unknown) => unknown): unknown;
  /** Describes the bytes of a value. */
  explain(shape: S, path: Path, walk: Explaining): void;
}

const forms: { readonly [K in CompositeShape["kind"]]: Form<Shape & { readonly kind: K }> } = {
  array: {
    codec(shape, build) {
      if (shape.typed) return typedArray(shape) as AnyType;
      if (shape.text !== undefined) return charArrayType(shape) as AnyType;
      const element = build(shape.element);
      return (shape.fixed ? fixedArray(element, shape.length) : array(element, shape.length)) as AnyType;
    },
    write(value, shape, element) {
      if (shape.text !== undefined) return typed(shape, value, "string") as string;
      return elements(shape.typed ? plain(shape, value) : value).map((one, i) =>
        at(i, () => element(shape.element, one)),
      );
    },
    read(json, shape, element) {
      if (shape.text !== undefined) return typed(shape, json, "string");
      if (typeof json === "string" && isChar(shape.element)) throw wrong(shape, json, CHARS_HINT);
      const values = elements(json).map((one, i) => at(i, () => element(shape.element, one)));
      return shape.typed ? typedBulkOf(shape.element).from(values as (number | bigint)[]) : values;
    },
    explain: explainArray,
  },
  optional: {
    codec: (shape, build) => optional(build(shape.element)) as AnyType,
    write: (value, shape, element) => (value === null ? null : element(shape.element, value)),
    read: (json, shape, element) => (json === null ? null : element(shape.element, json)),
    explain(shape, path, walk) {
      if (walk.present(path, shapeText(shape))) walk.value(shape.element, path);
    },
  },
  list: {
    codec: listCodec,
    write(value, shape, element) {
      const entry = entryShape(shape);
      return elements(value).map((one, i) => at(i, () => element(entry, one)));
    },
    read(json, shape, element) {
      const entry = entryShape(shape);
      return elements(json).map((one, i) => at(i, () => element(entry, one)));
    },
    explain: (shape, path, walk) => walk.within(entryShape(shape), () => explainList(shape, path, walk)),
  },
};

/** The row of a shape. */
export function compositeForm({ kind }: CompositeShape): Form<CompositeShape> {
  return forms[kind] as Form<CompositeShape>;
}

function listCodec(shape: ListShape, build: (element: Shape) => AnyType): AnyType {
  const target = lazily(() => {
    const entry = entryShape(shape);
    const type = list(build(entry), { optional: shape.optional }) as AnyType;
    return isRecursive(entry) ? counted(type) : type;
  });
  return { shape, encode: (out, value) => target().encode(out, value), decode: (from) => target().decode(from) };
}

// Nesting is counted as in generated code: at every named type that can contain itself, and for a linked list once for
// all its entries.
export function counted(type: AnyType): AnyType {
  return {
    shape: type.shape,
    encode(out, value) {
      out.enter();
      type.encode(out, value);
      out.leave();
    },
    decode(from) {
      from.enter();
      const value = type.decode(from);
      from.leave();
      return value;
    },
  };
}

function explainArray(shape: ArrayShape, path: Path, walk: Explaining): void {
  const { from } = walk;
  const start = from.offset;
  const least = leastSize(shape.element);
  let count = shape.length;
  if (shape.fixed) {
    if (shape.text === undefined) from.expectElements(count, least);
  } else {
    count = from.readCount(shape.length, least);
    walk.count(start, path, count);
  }
  if (shape.text === undefined) for (let i = 0; i < count; i++) walk.value(shape.element, [...path, i]);
  else if (count > 0) walk.text({ shape, path, count }, charTextOf(shape.element, shape.text));
}

function explainList(shape: ListShape, path: Path, walk: Explaining): void {
  const entry = entryShape(shape);
  let i = 0;
  while ((!shape.optional && i === 0) || walk.present([...path, i], shapeText(entry))) {
    walk.path = [...path, i];
    walk.from.countElements(1);
    walk.value(entry, [...path, i++]);
  }
}

const CHARS_HINT = ": chars are numbers here; the option char=text makes text of them (--type NAME.FIELD:char=text)";

/** The elements of an array. @throws XdrError if the value is not an array. */
export function elements(value: unknown): readonly unknown[] {
  if (!Array.isArray(value)) throw new XdrError("XDR_WRONG_TYPE", `${show(value)} is not an array`);
  return value;
}

/** The elements of a typed array. */
function plain(shape: Shape, value: unknown): unknown[] {
  if (!ArrayBuffer.isView(value) || value instanceof DataView) throw wrong(shape, value);
  return Array.from(value as unknown as ArrayLike<unknown>);
}

/** Runs `work`; its errors get the step in their paths. */
export function at<T>(step: string | number, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw addStep(error, step);
  }
}
