// An .idl file as it is written: definitions with attributes, declarators with layers. Names are not resolved.
import type { NdrOperator } from "../dce/ndr/types.js";
import type { Span } from "../idl/model/model.js";
import type { Problem } from "./reports.js";

/** A constant expression, or one in an attribute such as size_is. */
export type Expression =
  | { readonly kind: "number"; readonly value: number; readonly span: Span }
  | { readonly kind: "name"; readonly name: string; readonly span: Span }
  | { readonly kind: "sizeof"; readonly type: TypeSpec; readonly span: Span }
  | {
      readonly kind: "binary";
      readonly operator: NdrOperator;
      readonly left: Expression;
      readonly right: Expression;
      readonly span: Span;
    }
  | {
      readonly kind: "conditional";
      readonly condition: Expression;
      readonly then: Expression;
      readonly otherwise: Expression;
      readonly span: Span;
    };

/** One attribute: `size_is(n)`. */
export interface Attribute {
  readonly name: string;
  /** The arguments; undefined for one that was left out, as in `size_is(,n)`. */
  readonly values: readonly (Expression | undefined)[];
  /** The argument, if it is not an expression: a UUID, a version, endpoints, a type. */
  readonly words: readonly string[];
  readonly type?: TypeSpec;
  /** Why it is not supported. */
  readonly problem?: Problem;
  readonly span: Span;
}

/** A type before its declarator. */
export type TypeSpec =
  | { readonly kind: "name"; readonly name: string; readonly span: Span }
  | { readonly kind: "base"; readonly name: string; readonly span: Span }
  | { readonly kind: "struct" | "union" | "enum"; readonly tag: Tagged; readonly span: Span };

/** A structure, union or enum: with a body, or a reference to one. */
export interface Tagged {
  readonly name: string | undefined;
  readonly members?: readonly Member[];
  readonly enumerators?: readonly Enumerator[];
  /** Of `union switch (type name)`. */
  readonly discriminant?: { readonly type: TypeSpec; readonly name: string; readonly arm: string };
}

export interface Enumerator {
  readonly name: string;
  readonly value: Expression | undefined;
  readonly span: Span;
}

/** A field, arm or parameter. */
export interface Member {
  readonly attributes: readonly Attribute[];
  /** Undefined for an arm without a value. */
  readonly type: TypeSpec | undefined;
  /** Undefined for an arm without a value, and for a structure or union without a name inside another one. */
  readonly declarator: Declarator | undefined;
  /** The cases of an arm in `union switch`. */
  readonly cases?: readonly (Expression | "default")[];
  readonly span: Span;
}

/** A pointer or an array dimension, the outermost first. */
export type Layer = { readonly kind: "pointer" } | { readonly kind: "array"; readonly length: Expression | undefined };

export interface Declarator {
  readonly name: string;
  readonly layers: readonly Layer[];
  /** Why it has no representation: what it is. */
  readonly noValue?: "a bit field" | "a function" | "a pointer to a function";
  readonly span: Span;
}

export type Definition =
  | { readonly kind: "const"; readonly name: string; readonly value: Expression | string; readonly span: Span }
  | {
      readonly kind: "typedef";
      readonly attributes: readonly Attribute[];
      readonly type: TypeSpec;
      readonly declarators: readonly Declarator[];
      readonly span: Span;
    }
  | { readonly kind: "tagged"; readonly attributes: readonly Attribute[]; readonly type: TypeSpec; readonly span: Span }
  | {
      readonly kind: "operation";
      readonly attributes: readonly Attribute[];
      readonly type: TypeSpec;
      readonly declarator: Declarator;
      readonly params: readonly Member[];
      readonly doc: string | undefined;
      readonly span: Span;
    }
  | { readonly kind: "import"; readonly files: readonly { readonly name: string; readonly span: Span }[] };

export interface Interface {
  readonly kind: "interface";
  readonly name: string;
  readonly attributes: readonly Attribute[];
  /** The place that makes it an interface of COM: an attribute, or the interface that it extends. */
  readonly com: Span | undefined;
  readonly definitions: readonly Definition[];
  readonly span: Span;
}

/** A file: definitions outside interfaces, and interfaces. */
export interface IdlFile {
  /** In order: each may use what is before it. */
  readonly parts: readonly (Definition | Interface)[];
  /** The type libraries of COM, which are not read. */
  readonly libraries: readonly Span[];
  /** The names of all interfaces, also of those that are only mentioned: COM has pointers to them. */
  readonly interfaceNames: readonly string[];
}
