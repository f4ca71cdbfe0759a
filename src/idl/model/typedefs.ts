// Resolves typedefs, and formats types and numbers.
import type { PrimitiveType, Type } from "./model.js";

/** The longest chain of typedefs. */
export const MAX_TYPEDEF_DEPTH = 200;

/**
 * Follows typedefs to the end. A cycle or too long a chain, which the checker reports, ends at one of its typedefs.
 * @example
 * const { module } = compileInterface({ file: "t.x", text: "typedef int id; typedef id user;" });
 * const user = module?.definitions[1];
 * if (user?.kind === "typedef") console.log(user.type.kind, behindTypedefs(user.type).kind); // named primitive
 */
export function behindTypedefs(type: Type): Type {
  let current = type;
  for (let depth = 0; depth < MAX_TYPEDEF_DEPTH; depth++) {
    if (current.kind !== "named" || current.definition.kind !== "typedef") return current;
    current = current.definition.type;
  }
  return current;
}

/** A primitive as the interface language has it: `unsigned char`, `short`, `hyper`. */
export function primitiveName({ name, width }: Pick<PrimitiveType, "name" | "width">): string {
  if (width === undefined) return name;
  return (name === "int" ? "" : "unsigned ") + (width === 8 ? "char" : "short");
}

/** A number as written in the file, `0x20000001`, if it is a literal there. */
export function numeralOf({ number, written }: { readonly number: number; readonly written?: string }): string {
  return written ?? String(number);
}
