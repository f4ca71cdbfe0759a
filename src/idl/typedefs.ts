// What a type is behind its typedefs.
import type { Type, TypeDefinition } from "./model.js";

/** Follows typedefs to the end; a circle of them, which the checker reports, ends at one of its own. */
export function behindTypedefs(type: Type): Type {
  let current = type;
  const seen = new Set<TypeDefinition>();
  while (current.kind === "named" && current.definition.kind === "typedef" && !seen.has(current.definition)) {
    seen.add(current.definition);
    current = current.definition.type;
  }
  return current;
}
