// The kinds of types that are made of another type: what the interface language, documents and comparisons have to know
// of each. A new kind has one row here.
import type { ArrayShape, OptionalShape, Shape } from "../../xdr/shape.js";
import type { Bound, Type, TypeDefinition } from "./model.js";
import { atMost, exactly, type WireSize } from "./wire-size.js";

/** A type that is made of another type. */
export type ComposedType = Type & { readonly kind: ComposedKind };
export type ComposedKind = "array" | "optional";

/** A piece of a type's text. A note is no part of the language. */
export type TypePiece =
  | { readonly text: string }
  | { readonly definition: TypeDefinition }
  | { readonly space: true }
  | { readonly note: string };

/** The elements of a type as an array has them (RFC 4506 sections 4.12, 4.13). */
export interface Elements {
  readonly fixed: boolean;
  readonly bound: number;
  readonly element: Type;
}

interface Composed<T extends ComposedType> {
  /** The kind for people: "an array". */
  readonly name: string;
  /** The error for elements of type void. */
  readonly ifVoid: { readonly message: string; readonly hint: string };
  /** Whether an undefined `utf8string` or `byte` as the element means text or bytes. */
  readonly mayBeText?: true;
  /** Whether null is a value, so that null as an element would be ambiguous. */
  readonly isNullable?: true;
  /** The shape. @param element the element's. @param length the text or number of a length. */
  shape(type: T, element: Shape, length: (bound: Bound) => number): Shape;
  /** The pieces that follow those of the element. @param length "" for `<>`. */
  suffix(type: T, length: (bound: Bound) => string): readonly TypePiece[];
  /** The size on the wire. @param element measures the element. */
  size(type: T, element: () => WireSize): WireSize;
  /** The type on the wire, as an array. */
  elements(type: T): Elements;
  /** The type in TypeScript, for people. @param element describes the element. */
  face(type: T, element: () => string): string;
}

const BYTES_HINT = "for bytes of any kind use `opaque data<>`";

const rows: { readonly [K in ComposedKind]: Composed<Type & { readonly kind: K }> } = {
  array: {
    name: "an array",
    ifVoid: { message: "an array of void makes no sense", hint: BYTES_HINT },
    mayBeText: true,
    shape({ kind, fixed, bound, text, typed }, element, length): ArrayShape {
      const shape = { kind, fixed, length: length(bound), element };
      if (text !== undefined) return { ...shape, text };
      return typed ? { ...shape, typed: true } : shape;
    },
    suffix: ({ fixed, bound }, length) => [{ text: brackets(fixed, bound, length) }],
    size({ fixed, bound: { value } }, element) {
      if (!fixed) return atMost(value, element().most);
      if (value === 0) return exactly(0);
      const { least, most } = element();
      return { least: value * least, most: value * most };
    },
    elements: ({ fixed, bound, element }) => ({ fixed, bound: bound.value, element }),
    face: ({ text }, element) => (text === undefined ? `an array of ${element()}` : "a string"),
  },
  optional: {
    name: "a pointer",
    ifVoid: { message: "a pointer to void has no meaning on the wire", hint: BYTES_HINT },
    isNullable: true,
    shape: ({ kind }, element): OptionalShape => ({ kind, element }),
    suffix: () => star,
    size: (_, element) => ({ least: 4, most: 4 + element().most }),
    // A pointer is an array of at most one element (RFC 4506 section 4.19).
    elements: ({ element }) => ({ fixed: false, bound: 1, element }),
    face: (_, element) => `${element()} or null`,
  },
};

/** The row of a type. */
export function composed({ kind }: { readonly kind: ComposedKind }): Composed<ComposedType> {
  return rows[kind] as Composed<ComposedType>;
}

export function isComposed(type: Type): type is ComposedType {
  return type.kind in rows;
}

export function pointerTo(element: Type): Type {
  return { kind: "optional", element };
}

/** A pointer's star. */
export const star: readonly TypePiece[] = [{ space: true }, { text: "*" }];

/** A length in its brackets. @param length "" for `<>`. */
export function brackets(fixed: boolean, bound: Bound, length: (bound: Bound) => string): string {
  return fixed ? `[${length(bound) || bound.value}]` : `<${length(bound)}>`;
}
