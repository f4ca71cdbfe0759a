// What one generated function body needs: the names in reach, and which definition it belongs to.
import type { Definition, Type } from "../../idl/model.js";
import { isPureTypedefRecursion } from "./layout.js";
import type { RuntimeValue } from "./runtime-names.js";
import type { Locals, Scope } from "./scope.js";

/** Where code is being written. */
export interface Body {
  readonly scope: Scope;
  readonly user: Definition;
  readonly locals: Locals;
  /** The local that holds the writer or reader. */
  readonly cursor: string;
}

/** `body` for a block inside it. */
export function inBlock(body: Body): Body {
  return { ...body, locals: body.locals.inner() };
}

/** The bulk codec for arrays of `element`, a type seen through its typedefs. */
export function bulkCodec(element: Type): RuntimeValue | undefined {
  return element.kind === "primitive" ? bulkCodecs.get(element.name) : undefined;
}

const bulkCodecs: ReadonlyMap<string, RuntimeValue> = new Map<string, RuntimeValue>([
  ["int", "ints"],
  ["unsigned int", "unsignedInts"],
  ["hyper", "hypers"],
  ["unsigned hyper", "unsignedHypers"],
  ["float", "floats"],
  ["double", "doubles"],
]);

/** Whether the codec of `definition` counts depth. Each recursion passes at least one that does. */
export function countsDepth(definition: Definition): boolean {
  if (definition.kind === "struct" || definition.kind === "union") return definition.recursive;
  return definition.kind === "typedef" && definition.recursive && isPureTypedefRecursion(definition);
}

/** `at + 8`. */
export function place(at: string, offset: number): string {
  return offset === 0 ? at : `${at} + ${offset}`;
}
