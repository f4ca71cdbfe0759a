// What codegen must know of a type before it writes code: what is behind its typedefs, and how many bytes it takes.
import type { EnumDefinition, Type, TypeDefinition, TypedefDefinition } from "../../idl/model.js";

/**
 * `type` without the typedefs that generated code sees through: those of primitives, enums, strings, opaques, structs
 * and unions. Typedefs of arrays, lists and optionals stay, so that their loops are written once.
 */
export function seeThrough(type: Type): Type {
  if (type.kind !== "named" || type.definition.kind !== "typedef") return type;
  const behind = seeThrough(type.definition.type);
  return behind.kind === "array" || behind.kind === "optional" || behind.kind === "list" || isTypedef(behind)
    ? type
    : behind;
}

function isTypedef(type: Type): type is Type & { kind: "named"; definition: TypedefDefinition } {
  return type.kind === "named" && type.definition.kind === "typedef";
}

/** The enum that `type` is, behind its typedefs. */
export function enumOf(type: Type): EnumDefinition | undefined {
  const seen = seeThrough(type);
  return seen.kind === "named" && seen.definition.kind === "enum" ? seen.definition : undefined;
}

/** The bytes of a type that is stored at a place in a run of fixed-size fields; undefined for all others. */
export function sizeInRun(type: Type): 4 | 8 | undefined {
  const seen = seeThrough(type);
  if (seen.kind === "primitive") {
    switch (seen.name) {
      case "int":
      case "unsigned int":
      case "float":
      case "bool":
        return 4;
      case "hyper":
      case "unsigned hyper":
      case "double":
        return 8;
      default:
        return undefined;
    }
  }
  return enumOf(seen) === undefined ? undefined : 4;
}

/** The fewest bytes that a value of `type` takes: what an announced count is measured against. */
export function leastSize(type: Type, within: ReadonlySet<TypeDefinition> = new Set()): number {
  switch (type.kind) {
    case "primitive":
      return type.name === "void" ? 0 : type.name === "quadruple" ? 16 : (sizeInRun(type) ?? 0);
    case "opaque":
      return type.fixed ? padded(type.bound.value) : 4;
    case "string":
    case "optional":
      return 4;
    case "array":
      return type.fixed ? type.bound.value * leastSize(type.element, within) : 4;
    case "list":
      return type.optional ? 4 : leastOfDefinition(type.element, within) + 4;
    case "named":
      return leastOfDefinition(type.definition, within);
  }
}

function leastOfDefinition(definition: TypeDefinition, within: ReadonlySet<TypeDefinition>): number {
  // A type inside itself: too few is safe, and ends the recursion.
  if (within.has(definition)) return 0;
  const inner = new Set(within).add(definition);
  switch (definition.kind) {
    case "enum":
      return 4;
    case "typedef":
      return leastSize(definition.type, inner);
    case "struct":
      return definition.fields.reduce((sum, field) => sum + leastSize(field.type, inner), 0);
    case "union": {
      const arms = definition.cases.map((one) => one.arm);
      if (definition.default !== undefined) arms.push(definition.default.arm);
      return 4 + Math.min(...arms.map((arm) => (arm === undefined ? 0 : leastSize(arm.type, inner))));
    }
  }
}

function padded(length: number): number {
  return length + (-length & 3);
}

/** Whether a typedef leads back to itself through typedefs alone; every other recursion passes a struct or union. */
export function isPureTypedefRecursion(definition: TypedefDefinition): boolean {
  const visited = new Set<TypeDefinition>();
  let type: Type = definition.type;
  for (;;) {
    if (type.kind === "array" || type.kind === "optional") type = type.element;
    else if (isTypedef(type)) {
      if (type.definition === definition) return true;
      if (visited.has(type.definition)) return false;
      visited.add(type.definition);
      type = type.definition.type;
    } else return false;
  }
}
