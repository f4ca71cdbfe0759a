// The context of one generated function body: the names in scope, and the definition it belongs to.
import type { Definition, Type } from "../../idl/model/model.js";
import { isPureTypedefRecursion, seeThrough } from "./layout.js";
import type { Locals } from "./locals.js";
import { charTextCodec, primitiveCode, type TypedArrayName } from "./primitives.js";
import type { RuntimeValue } from "./runtime-value.js";
import type { Scope } from "./scope.js";

/** Where code is being written. */
export interface Body {
  readonly scope: Scope;
  readonly user: Definition;
  readonly locals: Locals;
  /** The local that holds the writer or reader. */
  readonly cursor: string;
}

/** One item to encode: the value of an expression, or a constant word. */
export type Item = ValueItem | { readonly word: number };

export interface ValueItem {
  readonly type: Type;
  readonly value: string;
}

/** A value to decode: statements that must run first, and the expression of its value. */
export interface DecodedValue {
  readonly before: readonly string[];
  readonly value: string;
  /** The expression moves the reader, so it must be evaluated before the following statements. */
  readonly moves: boolean;
}

/** The same context for a nested block. */
export function inBlock(body: Body): Body {
  return { ...body, locals: body.locals.inner() };
}

/** The bulk codec for arrays of `element`, a type seen through its typedefs. */
export function bulkCodec(element: Type): RuntimeValue | undefined {
  if (
    element.kind !== "primitive" ||
    element.as !== undefined ||
    element.strict ||
    element.text !== undefined ||
    element.ref
  ) {
    return undefined;
  }
  return primitiveCode(element).bulk;
}

/** The codec of an array that is moved as a whole; undefined for arrays that need a loop. */
export function arrayCodec(type: Type & { kind: "array" }): RuntimeValue | undefined {
  const element = seeThrough(type.element);
  if (element.kind !== "primitive") return undefined;
  if (type.text !== undefined) return charTextCodec(element, type.text);
  return type.typed ? primitiveCode(element).typed?.codec : bulkCodec(element);
}

/** The typed array that holds elements of `element`, a numeric primitive behind its typedefs. */
export function typedArrayOf(element: Type): TypedArrayName | undefined {
  const seen = seeThrough(element);
  return seen.kind === "primitive" ? primitiveCode(seen).typed?.type : undefined;
}

/** Whether the codec of `definition` counts depth. Each recursion passes at least one that does. */
export function countsDepth(definition: Definition): boolean {
  if (definition.kind === "struct" || definition.kind === "union") return definition.recursive;
  return definition.kind === "typedef" && definition.recursive && isPureTypedefRecursion(definition);
}

/** `at + 8`. */
export function place(at: string, offset: number): string {
  return offset === 0 ? at : `${at} + ${offset}`;
}
