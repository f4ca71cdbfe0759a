// The types of NDR 2.0 (C706 chapter 14), as data, which the encoder and the decoder read.

/** A built-in type. "char" and "wchar_t" are numbers; texts are `NdrString`. */
export type NdrPrimitiveName =
  | "boolean"
  | "byte"
  | "char"
  | "small"
  | "unsigned small"
  | "wchar_t"
  | "short"
  | "unsigned short"
  | "long"
  | "unsigned long"
  | "hyper"
  | "unsigned hyper"
  | "float"
  | "double";

/** The least and the greatest value that the attribute `range` allows. */
export type NdrRange = readonly [least: number, most: number];

/** A built-in type: one aligned number. */
export interface NdrPrimitive {
  /** The name of the type. */
  readonly kind: NdrPrimitiveName;
  /** The values that are allowed, of an integer. Default: all of the type. */
  readonly range?: NdrRange;
}

/** An enumeration: 16 bits, or 32 with `v1_enum`. */
export interface NdrEnum {
  /** An enumeration. */
  readonly kind: "enum";
  /** The name, for messages. */
  readonly name: string;
  /** Bytes on the wire. */
  readonly size: 2 | 4;
  /** The value of each member, by its name. */
  readonly members: Readonly<Record<string, number>>;
  /** The members that are allowed. Default: all. */
  readonly range?: NdrRange;
}

/** An operation of C on two integers. Comparisons give 1 or 0. */
export type NdrOperator =
  | "+"
  | "-"
  | "*"
  | "/"
  | "%"
  | "&"
  | "|"
  | "^"
  | "<<"
  | ">>"
  | "=="
  | "!="
  | "<"
  | ">"
  | "<="
  | ">=";

/**
 * The value of an attribute such as `size_is`: a number, the name of a field or parameter, an operation on two, or a choice:
 * `["?", n, 1, 2]` is 1, or 2 if n is 0.
 */
export type NdrExpression =
  | number
  | string
  | readonly [NdrOperator, NdrExpression, NdrExpression]
  | readonly ["?", NdrExpression, NdrExpression, NdrExpression];

/** A field of a structure, or a parameter. */
export interface NdrField {
  /** The name of the property. */
  readonly name: string;
  /** Its type. */
  readonly type: NdrShape;
  /** The value is the number of elements of this array or string: it is not part of JavaScript values. */
  readonly countOf?: string;
  /** The value is the discriminant of this union: it is not part of JavaScript values. */
  readonly tagOf?: string;
}

/** A structure: an object. */
export interface NdrStruct {
  /** A structure. */
  readonly kind: "struct";
  /** The name, for messages. */
  readonly name: string;
  /** The fields, in order. */
  readonly fields: readonly NdrField[];
}

/** One arm of a union. */
export interface NdrArm {
  /** The values of the discriminant that choose this arm. Empty for the default arm. */
  readonly cases: readonly number[];
  /** The field of the arm. Absent for an arm without a value. */
  readonly field?: NdrField;
}

/** A union: an object with the discriminant and the field of its arm. */
export interface NdrUnion {
  /** A union. */
  readonly kind: "union";
  /** The name, for messages. */
  readonly name: string;
  /** The property that holds the discriminant. */
  readonly tag: string;
  /** The type of the discriminant. */
  readonly tagType: NdrShape;
  /** The arms. */
  readonly arms: readonly NdrArm[];
  /** With `ms_union`, the arm is aligned as the widest of all arms, also an empty one (MS-RPCE section 2.2.4.5). */
  readonly msUnion?: boolean;
  /** The field or parameter that repeats the discriminant, with `switch_is`. */
  readonly switchIs?: NdrExpression;
}

/**
 * An array: a Uint8Array for elements of "byte", "char" and "unsigned small", else an array. Its length is fixed, or sent on the wire (conformant).
 * In both cases only a part may be sent (varying).
 */
export interface NdrArray {
  /** An array. */
  readonly kind: "array";
  /** The type of the elements. */
  readonly element: NdrShape;
  /** The fixed number of elements. Absent: conformant, the number is on the wire. */
  readonly length?: number;
  /** True: the array begins with the offset and the number of the elements that are sent. Default false. */
  readonly varying?: boolean;
  /** Must equal the number of elements of a conformant array. */
  readonly sizeIs?: NdrExpression;
  /** Must equal the number of elements that are sent. */
  readonly lengthIs?: NdrExpression;
  /** The numbers of elements of a conformant array that are allowed. Default: all. */
  readonly range?: NdrRange;
}

/** A string that ends with a NUL on the wire: UTF-8, or UTF-16 if `wide` is true. */
export interface NdrString {
  /** A string. */
  readonly kind: "string";
  /** True for `wchar_t`, UTF-16. Default false. */
  readonly wide?: boolean;
  /** The fixed size in characters, NUL included. Absent: the size is on the wire (conformant). */
  readonly length?: number;
  /** The size in characters, NUL included, of a conformant string. */
  readonly sizeIs?: NdrExpression;
  /** The sizes of a conformant string that are allowed. Default: all. */
  readonly range?: NdrRange;
}

/**
 * A pointer: "ref" is never null; "unique" may be null; "ptr" (full) may be null, be shared, and lead back to itself: equal
 * objects are sent once.
 */
export interface NdrPointer {
  /** A pointer. */
  readonly kind: "pointer";
  /** The kind of pointer. */
  readonly pointer: "ref" | "unique" | "ptr";
  /** The type that it points to; a function that returns it, if the type contains itself. */
  readonly to: NdrShape | (() => NdrShape);
}

/** A context handle: `ContextHandle` or null. */
export interface NdrContextHandle {
  /** A context handle. */
  readonly kind: "context_handle";
  /**
   * The name of its type, with `type_strict_context_handle`: a server refuses a handle that it has sent as another type. Absent: it accepts every
   * handle that operations of the same interface have created.
   */
  readonly type?: string;
}

/** Any type. */
export type NdrShape =
  | NdrPrimitive
  | NdrEnum
  | NdrStruct
  | NdrUnion
  | NdrArray
  | NdrString
  | NdrPointer
  | NdrContextHandle;

/** A type whose JavaScript values are T. */
export type NdrType<T = unknown> = NdrShape & {
  /** Never there: it carries T. */
  readonly values?: (value: T) => T;
};

const pointees = new WeakMap<NdrPointer, NdrShape>();

/** The type that a pointer leads to: the same object each time. */
export function pointee(pointer: NdrPointer): NdrShape {
  const { to } = pointer;
  if (typeof to !== "function") return to;
  let found = pointees.get(pointer);
  if (found === undefined) {
    found = to();
    pointees.set(pointer, found);
  }
  return found;
}

/** Whether two pointers may lead to one value. */
export function isSameType(a: NdrShape, b: NdrShape): boolean {
  if (a === b) return true;
  if (a.kind === "struct" || a.kind === "enum") return false;
  if (a.kind === "union") return b.kind === "union" && a.arms === b.arms;
  if (a.kind === "array") return b.kind === "array" && isSameType(a.element, b.element);
  if (a.kind === "pointer") return b.kind === "pointer" && isSameType(pointee(a), pointee(b));
  if (a.kind === "string") return b.kind === "string" && a.wide === b.wide;
  return a.kind === b.kind;
}

/** Whether values of an array are a Uint8Array. */
export function isBytes({ element }: NdrArray): boolean {
  return element.kind === "byte" || element.kind === "char" || element.kind === "unsigned small";
}
