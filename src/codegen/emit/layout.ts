// Properties of a type that the generator needs: the type behind its typedefs, and its size in bytes.
import type { EnumDefinition, Field, Type, TypeDefinition, TypedefDefinition } from "../../idl/model/model.js";
import { primitiveBytes } from "../../idl/model/primitives.js";
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

/**
 * The fewest bytes that a value of `type` takes, against which an announced count is checked.
 * @param known known sizes of definitions; new ones are added.
 */
export function leastSize(type: Type, known: Map<TypeDefinition, number>): number {
  switch (type.kind) {
    case "primitive":
      return primitiveBytes(type.name);
    case "opaque":
      return type.fixed ? padded(type.bound.value) : 4;
    case "array":
      return type.fixed ? type.bound.value * leastSize(type.element, known) : 4;
    case "list":
      return type.optional ? 4 : leastOfDefinition(type.element, known) + 4;
    case "named":
      return leastOfDefinition(type.definition, known);
    default:
      return 4; // The length of a string, or the word that says whether a pointer is set.
  }
}

function leastOfDefinition(definition: TypeDefinition, known: Map<TypeDefinition, number>): number {
  let size = known.get(definition);
  if (size === undefined) {
    // The size of a recursive type inside itself is taken as 0: a size that is too small is safe, and the recursion
    // ends.
    known.set(definition, 0);
    size = measure(definition, known);
    known.set(definition, size);
  }
  return size;
}

function measure(definition: TypeDefinition, known: Map<TypeDefinition, number>): number {
  switch (definition.kind) {
    case "enum":
      return 4;
    case "typedef":
      return leastSize(definition.type, known);
    case "struct":
      return definition.fields.reduce((sum, field) => sum + leastSize(field.type, known), 0);
    case "union": {
      const arms = definition.cases.map((one) => one.arm);
      if (definition.default !== undefined) arms.push(definition.default.arm);
      return 4 + Math.min(...arms.map((arm) => (arm === undefined ? 0 : leastSize(arm.type, known))));
    }
  }
}

function padded(length: number): number {
  return length + (-length & 3);
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
