// Lengths as generated code writes them.
import type { Bound, Definition } from "../../idl/model/model.js";
import type { Scope } from "./scope.js";

/** The bound of types without one (`<>`). */
export const unbounded = 0xffff_ffff;

/** A length by its constant's name, if that constant is defined earlier in this file; else the number. */
export function boundText(scope: Scope, bound: Bound, user: Definition): string {
  const constant = bound.name === undefined ? undefined : scope.constants.get(bound.name);
  const isUsable = constant?.value === BigInt(bound.value) && scope.isBefore(constant, user);
  if (constant !== undefined && isUsable) return scope.nameOf(constant);
  return bound.value === unbounded ? "0xffffffff" : String(bound.value);
}
