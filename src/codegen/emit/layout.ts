// Properties of a type that the generator needs: the type behind its typedefs, and its size in bytes.
import type { EnumDefinition, Field, Type, TypeDefinition, TypedefDefinition } from "../../idl/model/model.js";
import { innermost } from "../../idl/model/references.js";
import { primitiveCode } from "./primitives.js";

/**
 * `type` without the typedefs that generated code resolves: those of primitives, enums, strings, opaques, structs and
 * unions. Typedefs of arrays, lists and optionals are kept, so that their loops are generated once.
 */
export function seeThrough(type: Type): Type {
  let behind = type;
  while (isTypedef(behind)) behind = behind.definition.type;
  return "element" in behind ? type : behind;
}

function isTypedef(type: Type): type is Type & { kind: "named"; definition: TypedefDefinition } {
  return type.kind === "named" && type.definition.kind === "typedef";
}

/** The enum that `type` refers to, through typedefs. */
export function enumOf(type: Type): EnumDefinition | undefined {
  const seen = seeThrough(type);
  return seen.kind === "named" && seen.definition.kind === "enum" ? seen.definition : undefined;
}

/** The size of a type that is stored in a run of fixed-size fields; undefined for other types. */
export function sizeInRun(type: Type): number | undefined {
  const fields = inlineFields(type);
  if (fields !== undefined) return fields.reduce((sum, field) => sum + (wordSize(field.type) ?? 0), 0);
  return wordSize(type);
}

/** The most fields of a struct that is inlined into the code of its container. */
const mostInline = 4;

/**
 * The fields of a small struct of fixed-size values, which is encoded and decoded in place if it has neighbours in a
 * run: one bounds check for all of them, and no call. Undefined for all other types.
 */
export function inlineFields(type: Type): readonly Field[] | undefined {
  const seen = seeThrough(type);
  if (seen.kind !== "named" || seen.definition.kind !== "struct") return undefined;
  const { fields, link, recursive } = seen.definition;
  if (link !== undefined || recursive || fields.length > mostInline) return undefined;
  return fields.every((field) => wordSize(field.type) !== undefined) ? fields : undefined;
}

function wordSize(type: Type): 4 | 8 | undefined {
  const seen = seeThrough(type);
  if (seen.kind === "primitive") return seen.text === undefined ? primitiveCode(seen).inRun?.size : undefined;
  return enumOf(seen) === undefined ? undefined : 4;
}

/** Whether a typedef leads back to itself through typedefs only; every other recursion passes a struct or union. */
export function isPureTypedefRecursion(definition: TypedefDefinition): boolean {
  const visited = new Set<TypeDefinition>();
  let type: Type = innermost(definition.type);
  while (isTypedef(type)) {
    if (type.definition === definition) return true;
    if (visited.has(type.definition)) return false;
    visited.add(type.definition);
    type = innermost(type.definition.type);
  }
  return false;
}
