// The syntax tree: the content of the file, with names unresolved, constants unevaluated, and comments attached.

import type { ComposedOf, PrimitiveType, Span } from "../model/model.js";
import type { Annotated } from "./annotations.js";

export interface Name {
  readonly text: string;
  readonly span: Span;
}

/** A constant expression. */
export type Value =
  /** `written`: as in the file, `0040000`; absent if it is not a literal. */
  | { readonly kind: "number"; readonly value: bigint; readonly written?: string; readonly span: Span }
  | { readonly kind: "string"; readonly value: string; readonly span: Span }
  | { readonly kind: "name"; readonly name: string; readonly span: Span }
  | { readonly kind: "unary"; readonly operator: UnaryOperator; readonly operand: Value; readonly span: Span }
  | {
      readonly kind: "binary";
      readonly operator: BinaryOperator;
      readonly left: Value;
      readonly right: Value;
      readonly span: Span;
    };

export type UnaryOperator = "-" | "+" | "~";
export type BinaryOperator = "|" | "^" | "&" | "<<" | ">>" | "+" | "-" | "*" | "/" | "%";

export type TypeSyntax =
  | (Pick<PrimitiveType, "kind" | "name" | "width" | "char"> & { readonly span: Span })
  /** `tag`: `enum name`, as in C. It shows the kind of the type, even if the type is unknown. */
  | { readonly kind: "reference"; readonly name: string; readonly span: Span; readonly tag?: Body["kind"] }
  /** `bound` undefined: `<>`, or for strings no brackets at all. */
  | { readonly kind: "opaque"; readonly fixed: boolean; readonly bound: Value | undefined; readonly span: Span }
  | { readonly kind: "string"; readonly bound: Value | undefined; readonly span: Span }
  | ComposedSyntax
  | Body;

/** A type that is made of another type. */
export type ComposedSyntax = ComposedOf<SyntaxParts> & { readonly span: Span };

interface SyntaxParts {
  readonly element: TypeSyntax;
  readonly bound: Value | undefined;
}

/** The type inside all arrays and pointers. */
export function innermostSyntax(type: TypeSyntax): Exclude<TypeSyntax, { readonly element: TypeSyntax }> {
  let inner = type;
  while ("element" in inner) inner = inner.element;
  return inner;
}

/** A type with braces. Nested in a declaration its name is usually missing. */
export type Body = StructBody | UnionBody | EnumBody;

interface BodyBase {
  readonly name: Name | undefined;
  readonly span: Span;
}

export interface StructBody extends BodyBase {
  readonly kind: "struct";
  readonly fields: readonly FieldSyntax[];
}

export interface UnionBody extends BodyBase {
  readonly kind: "union";
  readonly discriminant: FieldSyntax;
  readonly cases: readonly CaseSyntax[];
  readonly default: DefaultSyntax | undefined;
  /** Its closing brace. */
  readonly close?: Span;
}

export interface EnumBody extends BodyBase {
  readonly kind: "enum";
  readonly members: readonly MemberSyntax[];
}

export interface FieldSyntax {
  readonly name: Name;
  readonly type: TypeSyntax;
  readonly comment: string | undefined;
}

export interface CaseSyntax {
  readonly values: readonly Value[];
  /** Undefined for void. */
  readonly arm: FieldSyntax | undefined;
  readonly comment: string | undefined;
}

export interface DefaultSyntax {
  readonly arm: FieldSyntax | undefined;
  /** The word `default`. */
  readonly span: Span;
  /** From the keyword to the end of the arm; absent if the arm has cases, too. */
  readonly whole?: Span;
}

export interface MemberSyntax {
  readonly name: Name;
  /** Undefined: one more than the member before. */
  readonly value: Value | undefined;
  readonly comment: string | undefined;
}

export type DefinitionSyntax = ConstSyntax | BodySyntax | TypedefSyntax | ProgramSyntax;

interface DefinitionSyntaxBase {
  readonly name: Name;
  readonly comment: string | undefined;
  /** Its first word. */
  readonly start?: Span;
}

export interface ConstSyntax extends DefinitionSyntaxBase {
  readonly kind: "const";
  readonly value: Value;
  /** `#define NAME value`: a constant only if its parts are constants. */
  readonly fromMacro?: true;
}

export interface BodySyntax extends DefinitionSyntaxBase {
  readonly kind: "body";
  readonly body: Body;
}

export interface TypedefSyntax extends DefinitionSyntaxBase {
  readonly kind: "typedef";
  readonly type: TypeSyntax;
}

export interface ProgramSyntax extends DefinitionSyntaxBase {
  readonly kind: "program";
  readonly number: Value;
  readonly versions: readonly VersionSyntax[];
}

export interface VersionSyntax extends DefinitionSyntaxBase {
  readonly number: Value;
  readonly procedures: readonly ProcedureSyntax[];
}

export interface ProcedureSyntax extends DefinitionSyntaxBase {
  /** The first word. */
  readonly span: Span;
  /** The annotations in its comments. */
  readonly annotated?: Annotated;
  readonly number: Value;
  readonly args: readonly { readonly name: Name | undefined; readonly type: TypeSyntax }[];
  readonly result: TypeSyntax;
}
