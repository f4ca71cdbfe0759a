// The structure of a type, as plain data: its least size, and how messages write it. Generated code contains its shape;
// tools (JSON, explain, the dynamic codec, error paths) read it. A shape describes the complete wire format, and nothing
// about RPC.

import type { GraphShape } from "./node-tables.js";

/** The shape of any XDR type of RFC 4506 section 4. */
export type Shape =
  | PrimitiveShape
  | NodeReferenceShape
  | EnumShape
  | OpaqueShape
  | StringShape
  | ArrayShape
  | OptionalShape
  | ListShape
  | StructShape
  | UnionShape
  | TupleShape
  | ReferenceShape;

/** A built-in type without a length. */
export type PrimitiveShape =
  | { readonly kind: "float" | "double" | "quadruple" | "bool" | "void" }
  | IntegerShape
  /** `as: "number"` makes a 64-bit integer a number that throws beyond 2^53. */
  | { readonly kind: "hyper" | "unsigned hyper"; readonly as?: "number" };

/** The built-in types without a length, as the interface language names them. */
export type PrimitiveKind = PrimitiveShape["kind"];

/** `int`, `unsigned int`, and C's smaller integers, which take four bytes too. */
export interface IntegerShape {
  /** Distinguishes it from other shapes. Four bytes on the wire (RFC 4506 sections 4.1, 4.2). */
  readonly kind: "int" | "unsigned int";
  /** The size of the C type in bits: 8 for char, 16 for short. Encoders refuse numbers outside its range. Default: 32 bits. */
  readonly width?: 8 | 16;
  /** Decoders refuse what is outside the range of `width`, too. Default false: they take any 32-bit number. */
  readonly strict?: boolean;
  /** With a `width` of 8: values are strings of one character (of one byte), "" for NUL. */
  readonly text?: CharEncoding;
}

/** The encoding of text in an array of char. */
export type CharEncoding = "utf8" | "latin1";

/** A reference to a node of a table: an unsigned int on the wire, 0 for null; the node itself in TypeScript. */
export interface NodeReferenceShape {
  /** Distinguishes it from other shapes. */
  readonly kind: "ref";
  /** The node type's name in the interface file. */
  readonly node: string;
}

/** An enum. */
export interface EnumShape {
  /** Distinguishes it from other shapes. Four bytes on the wire (RFC 4506 section 4.3). */
  readonly kind: "enum";
  /** The enum's name in the interface file. */
  readonly name: string;
  /** Member name to number, in order of declaration. Two names may share a number. */
  readonly members: readonly (readonly [name: string, value: number])[];
  /** Unknown values are accepted in both directions. */
  readonly open?: boolean;
}

/** Bytes: `opaque x[n]` or `opaque x<n>`. */
export interface OpaqueShape {
  /** Distinguishes it from other shapes (RFC 4506 sections 4.9, 4.10). */
  readonly kind: "opaque";
  /** Fixed: exactly `length` bytes and no length word. Otherwise at most `length` bytes. */
  readonly fixed: boolean;
  /** In bytes, 0 to 2^32 - 1. */
  readonly length: number;
  /** Decode gives a view of the message that is valid only until the call that received it returns. */
  readonly borrowed?: boolean;
}

/** Text: `string x<n>`. */
export interface StringShape {
  /** Distinguishes it from other shapes (RFC 4506 section 4.11). */
  readonly kind: "string";
  /** The most bytes (not characters), 0 to 2^32 - 1. */
  readonly length: number;
  /** Values are Uint8Arrays ("bytes"), or strings of one byte a character ("latin1"). Default: strings, as UTF-8. */
  readonly as?: "bytes" | "latin1";
}

/** An array: `T x[n]` or `T x<n>`. */
export interface ArrayShape {
  /** Distinguishes it from other shapes (RFC 4506 sections 4.12, 4.13). */
  readonly kind: "array";
  /**
   * Fixed: exactly `length` elements and no count. Otherwise at most `length` elements, after a word with their count.
   */
  readonly fixed: boolean;
  /** In elements, 0 to 2^32 - 1. */
  readonly length: number;
  /** The shape of each element. */
  readonly element: Shape;
  /** Values are typed arrays (Int32Array, ...). Only for elements of int, unsigned int, hyper, unsigned hyper, float and double. */
  readonly typed?: boolean;
  /**
   * Values are strings; only for integers of 8 bits. A fixed length is padded with NULs, and text ends at the first.
   */
  readonly text?: CharEncoding;
}

/** `T *x`: T | null. */
export interface OptionalShape {
  /** Distinguishes it from other shapes (RFC 4506 section 4.19). */
  readonly kind: "optional";
  /** The shape of the value if there is one. */
  readonly element: Shape;
}

/**
 * A linked list: a chain of optional structs of `element`'s fields (the link itself left out), as a T[]. On the wire:
 * TRUE, fields, TRUE, fields, ..., FALSE. `optional: false` is the struct itself without a pointer: at least one entry,
 * whose fields come without a TRUE before them.
 */
export interface ListShape {
  /** Distinguishes it from other shapes (RFC 4506 section 4.19). */
  readonly kind: "list";
  /** The struct of one entry, without its link. */
  readonly element: StructShape | ReferenceShape;
  /** False: the list has at least one entry, and no word precedes the first. */
  readonly optional: boolean;
}

/** A struct. */
export interface StructShape {
  /** Distinguishes it from other shapes (RFC 4506 section 4.14). */
  readonly kind: "struct";
  /** The struct's name in the interface file. */
  readonly name: string;
  /** In the order of the wire. */
  readonly fields: readonly FieldShape[];
  /** The tables of nodes that references within this struct lead to. Absent: it has none. */
  readonly graph?: GraphShape<StructShape>;
}

/** A field of a struct, or an argument. */
export interface FieldShape {
  /** The property's name in TypeScript. */
  readonly name: string;
  /** The shape of its value. */
  readonly type: Shape;
}

/** A union. */
export interface UnionShape {
  /** Distinguishes it from other shapes (RFC 4506 section 4.15). */
  readonly kind: "union";
  /** The union's name in the interface file. */
  readonly name: string;
  /** The field that selects the arm: an int, unsigned int, bool or enum. */
  readonly discriminant: FieldShape;
  /** The arms, without the default. */
  readonly cases: readonly UnionCaseShape[];
  /** Absent: no default arm. `arm` absent: `default: void`. */
  readonly default?: { readonly arm?: FieldShape };
}

/** One arm of a union. */
export interface UnionCaseShape {
  /** Discriminant values, as they are in TypeScript (booleans for bool). */
  readonly values: readonly (number | boolean)[];
  /** Absent for void. */
  readonly arm?: FieldShape;
}

/** The arguments of a procedure: values are arrays. On the wire: one after another. */
export interface TupleShape {
  /** Distinguishes it from other shapes. */
  readonly kind: "tuple";
  /** In the order of the wire. Their names appear in the paths of errors only. */
  readonly elements: readonly FieldShape[];
}

/** A shape that is made of another one. */
export type CompositeShape = ArrayShape | OptionalShape | ListShape;

/** A type by name. The function is called late, so that types can refer to each other in any order. */
export interface ReferenceShape {
  /** Distinguishes it from other shapes. */
  readonly kind: "reference";
  /** The type's name in the interface file. */
  readonly name: string;
  /** Returns the shape of the named type. Always the same object. */
  readonly shape: () => Shape;
}

/**
 * Returns the fewest bytes that a value of this shape takes. The count of an array is checked against it before anything is
 * allocated.
 * @param known sizes that are known already; new ones are added.
 * @example
 * console.log(leastSize(numbers.shape), leastSize(string().shape)); // 8 4
 */
export function leastSize(shape: Shape, known: Map<Shape, number> = new Map()): number {
  let size = known.get(shape);
  if (size === undefined) {
    // Inside itself a type counts as 0: another arm is smaller, or the type has no finite value.
    known.set(shape, 0);
    size = measure(shape, known);
    known.set(shape, size);
  }
  return size;
}

function measure(shape: Shape, known: Map<Shape, number>): number {
  switch (shape.kind) {
    case "void":
      return 0;
    case "hyper":
    case "unsigned hyper":
    case "double":
      return 8;
    case "quadruple":
      return 16;
    case "opaque":
      return shape.fixed ? Math.ceil(shape.length / 4) * 4 : 4;
    case "array":
      return shape.fixed ? shape.length * leastSize(shape.element, known) : 4;
    case "list":
      return shape.optional ? 4 : leastSize(shape.element, known) + 4;
    case "struct":
    case "tuple": {
      // A loop: types nest deeply, and a closure would take two more frames of the stack for each level.
      let size = 0;
      for (const { type } of shape.kind === "struct" ? shape.fields : shape.elements) size += leastSize(type, known);
      return size;
    }
    case "union":
      return leastSize(shape.discriminant.type, known) + leastArm(shape, known);
    case "reference":
      return leastSize(shape.shape(), known);
    default:
      return 4;
  }
}

function leastArm({ cases, default: fallback }: Shape & { kind: "union" }, known: Map<Shape, number>): number {
  const arms = fallback === undefined ? cases : [...cases, fallback];
  const sizes = arms.map(({ arm }) => (arm === undefined ? 0 : leastSize(arm.type, known)));
  return sizes.length === 0 ? 0 : Math.min(...sizes);
}

/**
 * Returns the type as the interface language writes it: `unsigned int`, `opaque<8>`, `struct fattr3`.
 * @example
 * console.log(shapeText(string(8).shape)); // string<8>
 */
export function shapeText(shape: Shape): string {
  switch (shape.kind) {
    case "enum":
    case "struct":
    case "union":
      return `${shape.kind} ${shape.name}`;
    case "opaque":
    case "string":
      return shape.kind + bound(shape);
    case "array":
      return shapeText(shape.element) + bound(shape);
    case "optional":
      return `${shapeText(shape.element)} or null`;
    case "list":
      return `list of ${shapeText(shape.element)}`;
    case "tuple":
      return "arguments";
    case "reference":
      return shape.name;
    case "int":
    case "unsigned int":
      return shape.width === undefined ? shape.kind : narrowName(shape);
    default:
      return shape.kind;
  }
}

function narrowName({ kind, width }: IntegerShape): string {
  const name = width === 8 ? "char" : "short";
  return kind === "int" ? name : `unsigned ${name}`;
}

function bound({ fixed, length }: { readonly fixed?: boolean; readonly length: number }): string {
  if (fixed) return `[${length}]`;
  return length === 0xffff_ffff ? "<>" : `<${length}>`;
}
