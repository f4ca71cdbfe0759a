// The checked interface: the result of the resolver and checker, and the input of codegen and dynamic. Every name is
// resolved and every constant evaluated. Decisions of the TypeScript mapping that both need (lists, tag names, method
// names) are made here, so that generated and dynamic codecs cannot differ.

import type { PrimitiveKind } from "../../xdr/shape.js";

/** A place in a source file. Lines and columns count from 1, columns in UTF-16 units; offsets from 0. */
export interface Span {
  /** The file's name, as it was passed to the compiler. */
  readonly file: string;
  /** The number of the line, from 1. */
  readonly line: number;
  /** The column in its line, from 1, in UTF-16 units. */
  readonly column: number;
  /** From 0, in UTF-16 units from the start of the file. A byte order mark is not counted. */
  readonly offset: number;
  /** In UTF-16 units. 0 at the end of a file. */
  readonly length: number;
  /** For text from a macro: the position in the macro's body. */
  readonly expandedFrom?: Span;
}

/** One compiled interface file. */
export interface InterfaceModule {
  /** The file's name, as it was passed to the compiler. */
  readonly file: string;
  /** Copyright and licence in the file's first comment, without comment markers; it belongs to no definition. */
  readonly licence?: string;
  /** In source order, anonymous types hoisted before the definition that holds them. */
  readonly definitions: readonly Definition[];
  /** Other interfaces whose types this one uses; they may use this one, too. Absent if there are none. */
  readonly imports?: readonly InterfaceModule[];
  /**
   * Not an interface: the module from which types written by hand are imported. Only the names of its definitions
   * count.
   */
  readonly extern?: string;
  /** For types that C code defines: the interface that needs them. The module is beside its generated file. */
  readonly neededBy?: string;
}

/** A top-level definition of an interface. */
export type Definition = ConstDefinition | TypeDefinition | ProgramDefinition;
/** A definition of a named type. */
export type TypeDefinition = EnumDefinition | StructDefinition | UnionDefinition | TypedefDefinition;

interface DefinitionBase {
  /** Verbatim from the file (or `Parent_field` for a hoisted anonymous type). */
  readonly name: string;
  /** The comment above the definition, without its comment markers. Undefined without a comment. */
  readonly comment: string | undefined;
  /** The position of the name. */
  readonly span: Span;
}

/** A constant. */
export interface ConstDefinition extends DefinitionBase {
  /** Distinguishes it from other definitions. */
  readonly kind: "const";
  /** A bigint, or the text of a string constant, without its quotes. */
  readonly value: bigint | string;
  /** The numeral as written, `0x4C55`; absent for calculated values. */
  readonly written?: string;
  /** The other constant that defines its value: `const LIMIT = SIZE`. */
  readonly sameAs?: string;
}

/** An enum. */
export interface EnumDefinition extends DefinitionBase {
  /** Distinguishes it from other definitions. */
  readonly kind: "enum";
  /** In the order of the file. Two members may have the same value. */
  readonly members: readonly {
    readonly name: string;
    readonly value: number;
    /** The numeral as written, here or at the member that defines the value. */
    readonly written?: string;
    /** The constant that defines its value: `LIMIT = SIZE`. */
    readonly sameAs?: string;
    readonly comment: string | undefined;
    readonly span: Span;
  }[];
  /** Values without a name are accepted when encoding and decoding. */
  readonly open?: true;
  /** The declared enum of an enum that was widened: a union has cases beyond the members, which are members here. */
  readonly widens?: EnumDefinition;
}

/** A struct. */
export interface StructDefinition extends DefinitionBase {
  /** Distinguishes it from other definitions. */
  readonly kind: "struct";
  /** The fields, without the link of a linked list. */
  readonly fields: readonly Field[];
  /** The name of the last field, if it is an optional pointer to this struct: values are then T[]. */
  readonly link: string | undefined;
  /** The arrays whose elements are the nodes of a graph, for `@ref`: by the property's name in TypeScript. Absent: none. */
  readonly tables?: readonly { readonly field: string; readonly node: TypeDefinition }[];
  /** A type that is written by hand: only its name is known. */
  readonly byHand?: true;
  /** True: it could be a linked list, but an option requires nested objects. */
  readonly nested?: true;
  /**
   * It can contain itself through optional pointers, arrays or unions (not counting links of lists), so depth is
   * limited.
   */
  readonly recursive: boolean;
}

/** A union. */
export interface UnionDefinition extends DefinitionBase {
  /** Distinguishes it from other definitions. */
  readonly kind: "union";
  /** The field that selects the arm. */
  readonly discriminant: Field;
  /** The discriminant's type with its typedefs resolved. */
  readonly discriminantKind: "int" | "unsigned int" | "bool" | "enum";
  /** The arms in the order of the file, without the default. */
  readonly cases: readonly UnionCase[];
  /** Set if the union has `default:`; `arm` is undefined for void. */
  readonly default: { readonly arm: Field | undefined; readonly span: Span; readonly whole?: Span } | undefined;
  /** Its closing brace. */
  readonly close?: Span;
  /** It can contain itself, so depth is limited: see `StructDefinition.recursive`. */
  readonly recursive: boolean;
}

/** One arm of a union. */
export interface UnionCase {
  /** The values that select the arm, in the order of the file. Bools are 0 and 1. */
  readonly values: readonly {
    readonly value: number;
    /** The enum member or constant as written. */
    readonly name: string | undefined;
    /** The numeral as the file has it. */
    readonly written?: string;
    readonly span: Span;
  }[];
  /** Undefined for void. */
  readonly arm: Field | undefined;
  /** The comment of the arm, without markers; undefined if there is none. */
  readonly comment: string | undefined;
}

/** A typedef. */
export interface TypedefDefinition extends DefinitionBase {
  /** Distinguishes it from other definitions. */
  readonly kind: "typedef";
  /** The type that the name stands for. */
  readonly type: Type;
  /** It can contain itself, so depth is limited: see `StructDefinition.recursive`. */
  readonly recursive: boolean;
}

/** A field of a struct or an arm of a union. */
export interface Field {
  /** The property's name in TypeScript: unchanged, except that an arm named like its discriminant gets `_`. */
  readonly name: string;
  /** The name in the interface, if an option has changed it. */
  readonly declaredName?: string;
  /** The type of its value. */
  readonly type: Type;
  /** The comment of the field, without markers; undefined if there is none. */
  readonly comment: string | undefined;
  /** The position of the name. */
  readonly span: Span;
}

/** The built-in types, as the interface language names them. */
export type PrimitiveName = PrimitiveKind;

/** A type where it is used. */
export type Type =
  | PrimitiveType
  /** `borrowed`: a decoded value is a view of the message, valid until the call returns. */
  | { readonly kind: "opaque"; readonly fixed: boolean; readonly bound: Bound; readonly borrowed?: true }
  | { readonly kind: "string"; readonly bound: Bound; readonly as?: "bytes" | "latin1" }
  | ComposedOf<TypeParts>
  /**
   * A linked list as T[]. `optional`: a pointer, so the list may be empty. Not optional: the struct itself (or a
   * typedef of it), so it has at least one entry.
   */
  | { readonly kind: "list"; readonly element: StructDefinition; readonly optional: boolean }
  | { readonly kind: "named"; readonly definition: TypeDefinition };

/** The parts of types in the model. */
export interface TypeParts {
  /** The type inside an array or behind a pointer. */
  readonly element: Type;
  /** A length. */
  readonly bound: Bound;
}

/** A type that is made of another type. The syntax tree has the same kinds, of other parts. */
export type ComposedOf<Parts extends { readonly element: unknown; readonly bound: unknown }> =
  /** `T x[n]` or `T x<n>`. */
  | {
      readonly kind: "array";
      readonly fixed: boolean;
      readonly bound: Parts["bound"];
      readonly element: Parts["element"];
      /** A typed array, only for numeric primitives. */
      readonly typed?: true;
      /** A string, only for char and unsigned char. */
      readonly text?: CharEncoding;
    }
  /** `T *x`, except for a linked list's struct, which is a `list`. */
  | { readonly kind: "optional"; readonly element: Parts["element"] };

/** A built-in type. */
export interface PrimitiveType {
  /** Distinguishes it from other types. */
  readonly kind: "primitive";
  /** Its name in the interface language. */
  readonly name: PrimitiveName;
  /** Only for hyper and unsigned hyper: numbers, which throw beyond 2^53. */
  readonly as?: "number";
  /** Only for int and unsigned int: the bits of C's char (8) and short (16), which take four bytes on the wire. */
  readonly width?: 8 | 16;
  /** It is called char in the interface, so it may contain text. */
  readonly char?: true;
  /** With `width`: decoders also reject values outside the range. */
  readonly strict?: true;
  /** With `char`: values are strings of one character. */
  readonly text?: CharEncoding;
  /** `@ref`, only for unsigned int: the number of a node in a table. Values are nodes of this type, or null. */
  readonly ref?: TypeDefinition;
}

/** The encoding of text in chars. */
export type CharEncoding = "utf8" | "latin1";

/** A length: 4,294,967,295 for unbounded (`<>`). */
export interface Bound {
  /** In bytes for opaque and string, in elements for arrays: 0 to 4,294,967,295. */
  readonly value: number;
  /** The constant's name as written, if it was one. */
  readonly name: string | undefined;
}

/** A program. */
export interface ProgramDefinition extends DefinitionBase {
  /** Distinguishes it from other definitions. */
  readonly kind: "program";
  /** Program number, 0 to 2^32 - 1 (RFC 5531 section 8.1). */
  readonly number: number;
  /** The position of its number. */
  readonly numberSpan?: Span;
  /** The numeral as the file has it, `0x20000001`. */
  readonly written?: string;
  /** The versions in ascending order of their numbers. */
  readonly versions: readonly VersionDefinition[];
}

/** A version of a program. */
export interface VersionDefinition extends DefinitionBase {
  /** The position of its number. */
  readonly numberSpan?: Span;
  /** Version number, 0 to 2^32 - 1. */
  readonly number: number;
  /** The numeral as the file has it, `0x1`. */
  readonly written?: string;
  /** In the order of the file. */
  readonly procedures: readonly ProcedureDefinition[];
}

/** A procedure of a version. */
export interface ProcedureDefinition extends DefinitionBase {
  /** `@idempotent`: a call may run several times without harm. */
  readonly idempotent?: true;
  /** `@semantics`: how often a call may run, unless the client chooses. "at-least-once" is `idempotent`. */
  readonly semantics?: "maybe" | "at-most-once" | "exactly-once";
  /** `@oneway`: no reply is sent. Only for procedures whose result is void. */
  readonly oneWay?: true;
  /** `@stream`: it has many results, each of the type `result`. Only for procedures whose result is not void. */
  readonly stream?: true;
  /** `@inout`: arguments, `buffer` or `args.buffer`, whose changed copies the result carries. */
  readonly inout?: readonly string[];
  /** `@since`: the first release that has it. */
  readonly since?: string;
  /** The position of its number. */
  readonly numberSpan?: Span;
  /** Procedure number, 0 to 2^32 - 1. 0 is the procedure that does nothing (RFC 5531 section 12.1). */
  readonly number: number;
  /** The numeral as the file has it, `0x1`. */
  readonly written?: string;
  /** The method in TypeScript: `getattr` of NFSPROC3_GETATTR (names/names.ts). */
  readonly method: string;
  /** Empty for void. */
  readonly args: readonly { readonly name: string; readonly type: Type }[];
  /** The type of the result. The primitive type `void` if there is none. */
  readonly result: Type;
}
