// The definitions that a definition refers to.
import type { Definition, Field, StructDefinition, Type, TypeDefinition, UnionDefinition } from "./model.js";

/** The fields of a struct, or the arms of a union, of which the default arm is the last. */
export function membersOf(definition: StructDefinition | UnionDefinition): Field[] {
  if (definition.kind === "struct") return [...definition.fields];
  const arms = [...definition.cases.map((c) => c.arm), definition.default?.arm];
  return arms.filter((arm) => arm !== undefined);
}

/** The types of a definition's parts, without a union's discriminant. */
export function partsOf(definition: TypeDefinition): Type[] {
  if (definition.kind === "enum") return [];
  return definition.kind === "typedef" ? [definition.type] : membersOf(definition).map((member) => member.type);
}

/** The type of the elements of an array, or behind a pointer; undefined for other types. */
export function elementOf(type: Type): Type | undefined {
  return "element" in type && type.kind !== "list" ? type.element : undefined;
}

/** The type with another element, if it is an array or a pointer. */
export function mapElement(type: Type, change: (element: Type) => Type): Type {
  const element = elementOf(type);
  return element === undefined ? type : ({ ...type, element: change(element) } as Type);
}

/** The type inside all arrays and pointers. */
export function innermost(type: Type): Type {
  let current = type;
  for (let next = elementOf(current); next !== undefined; next = elementOf(current)) current = next;
  return current;
}

/** The definition at the bottom of a type, through arrays and pointers. */
export function targetOf(type: Type): TypeDefinition | undefined {
  const target = innermost(type);
  if (target.kind === "list") return target.element;
  return target.kind === "named" ? target.definition : undefined;
}

/** The node that a reference (`@ref`) at the bottom of a type leads to. */
export function nodeOf(type: Type): TypeDefinition | undefined {
  const inner = innermost(type);
  return inner.kind === "primitive" ? inner.ref : undefined;
}

/** The definition of which every value of the type contains at least one. */
export function containedIn(type: Type): TypeDefinition | undefined {
  let current = type;
  while (current.kind === "array" && current.fixed && current.bound.value > 0) current = current.element;
  if (current.kind === "list") return current.optional ? undefined : current.element;
  return current.kind === "named" ? current.definition : undefined;
}

export function isType(definition: Definition): definition is TypeDefinition {
  return definition.kind !== "const" && definition.kind !== "program";
}
