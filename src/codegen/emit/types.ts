// TypeScript types: interfaces for structs, tagged unions of object types for unions, aliases for typedefs.
import type { Field, StructDefinition, Type, TypedefDefinition, UnionDefinition } from "../../idl/model/model.js";
import { composedCode } from "./composed.js";
import { enumOf } from "./layout.js";
import { type PrimitiveCode, primitiveCode } from "./primitives.js";
import type { Scope } from "./scope.js";
import { doc, indent, placeOf, propertyName } from "./text.js";

/** The TypeScript type of values of `type`. */
export function typeText(scope: Scope, type: Type): string {
  switch (type.kind) {
    case "primitive":
      if (type.ref !== undefined) return `${scope.nameOf(type.ref)} | null`;
      return type.text === undefined ? primitiveText(scope, primitiveCode(type)) : "string";
    case "opaque":
      return type.borrowed ? scope.global("Uint8Array") : bytesText(scope);
    case "string":
      return type.as === "bytes" ? bytesText(scope) : "string";
    case "list":
      return `${scope.nameOf(type.element)}[]`;
    case "named":
      return scope.nameOf(type.definition);
    default:
      return composedCode(type).type(scope, type, () => typeText(scope, type.element));
  }
}

/** The type that web APIs accept as well. */
function bytesText(scope: Scope): string {
  return `${scope.global("Uint8Array")}<${scope.global("ArrayBuffer")}>`;
}

function primitiveText(scope: Scope, { type, class: own }: PrimitiveCode): string {
  return own === undefined ? type : scope.useType(own);
}

export function emitStructType(scope: Scope, definition: StructDefinition): string[] {
  if (scope.target === "js") return [];
  const note =
    definition.link === undefined
      ? undefined
      : `One entry of a linked list; \`${definition.link}\` is what holds the list together.`;
  return [
    ...doc(definition.comment, note, placeOf(definition.span, scope.module)),
    `export interface ${scope.nameOf(definition)} {`,
    ...indent(
      definition.fields.flatMap((field) => [...doc(field.comment, declaredName(field)), `${fieldText(scope, field)};`]),
    ),
    "}",
  ];
}

/** The types to search the interface for. */
function declaredName({ declaredName: name }: Field): string | undefined {
  return name === undefined ? undefined : `\`${name}\` in the interface.`;
}

export function emitTypedefType(scope: Scope, definition: TypedefDefinition): string[] {
  if (scope.target === "js") return [];
  return [
    ...doc(definition.comment, placeOf(definition.span, scope.module)),
    `export type ${scope.nameOf(definition)} = ${typeText(scope, definition.type)};`,
  ];
}

function fieldText(scope: Scope, field: Field): string {
  return `${propertyName(field.name)}: ${typeText(scope, field.type)}`;
}

export function emitUnionType(scope: Scope, definition: UnionDefinition): string[] {
  if (scope.target === "js") return [];
  const tag = hasDefaultTag(definition);
  const members = definition.cases.map((one) => {
    const values = one.values.map((value) => caseType(definition, value)).join(" | ");
    return unionMember(scope, definition, one.comment, values, tag ? ["isDefault?: false"] : [], one.arm);
  });
  const rest = defaultText(scope, definition);
  if (rest !== undefined) {
    members.push(
      unionMember(scope, definition, undefined, rest, tag ? ["isDefault: true"] : [], definition.default?.arm),
    );
  }
  const last = members.length - 1;
  return [
    ...doc(definition.comment, tag ? narrowing(definition) : undefined, placeOf(definition.span, scope.module)),
    `export type ${scope.nameOf(definition)} =`,
    ...indent(
      members.flatMap((lines, index) => (index === last ? [...lines.slice(0, -1), `${lines.at(-1)};`] : lines)),
    ),
  ];
}

/** How to narrow the union to an arm, if comparing the discriminant is not enough. */
function narrowing({ discriminant, cases }: UnionDefinition): string {
  const name = discriminant.name;
  if (cases.length === 0) return `\`isDefault\` is always true: there is no other arm.`;
  return `Narrow by \`isDefault\` first, then by \`${name}\`: the \`${name}\` of the default arm is any other number.`;
}

function unionMember(
  scope: Scope,
  definition: UnionDefinition,
  comment: string | undefined,
  values: string,
  tags: string[],
  arm: Field | undefined,
): string[] {
  const parts = [`${propertyName(definition.discriminant.name)}: ${values}`, ...tags];
  if (arm !== undefined) parts.push(fieldText(scope, arm));
  return [...doc(comment, arm?.comment), `| { ${parts.join("; ")} }`];
}

/** Plain `number` does not narrow, so a default arm beside integer cases is tagged (`isDefault: true`). */
export function hasDefaultTag(definition: UnionDefinition): boolean {
  return (
    definition.default !== undefined &&
    (definition.discriminantKind === "int" || definition.discriminantKind === "unsigned int")
  );
}

/** Whether the default arm can be reached: the cases of a bool or enum may cover all values. */
export function isDefaultReachable(definition: UnionDefinition): boolean {
  if (definition.default === undefined) return false;
  const covered = new Set(definition.cases.flatMap((one) => one.values.map(({ value }) => value)));
  if (definition.discriminantKind === "bool") return covered.size < 2;
  const owner = enumOf(definition.discriminant.type);
  return owner === undefined || owner.open === true || owner.members.some(({ value }) => !covered.has(value));
}

/**
 * A case's value as a type: `0 /* RED *\/`, so that the name can be searched for. With `typeof Color.RED` checking takes
 * quadratic time: the type checker follows the name of a constant back through the file.
 */
function caseType(definition: UnionDefinition, { value, name }: { value: number; name: string | undefined }): string {
  if (definition.discriminantKind === "bool") return value === 0 ? "false" : "true";
  return name === undefined ? String(value) : `${value} /* ${name} */`;
}

function defaultText(scope: Scope, definition: UnionDefinition): string | undefined {
  if (!isDefaultReachable(definition)) return undefined;
  const values = definition.cases.flatMap((one) => one.values.map((value) => caseType(definition, value)));
  const whole = typeText(scope, definition.discriminant.type);
  if (values.length === 0 || hasDefaultTag(definition)) return whole;
  if (definition.discriminantKind === "bool") return values[0] === "true" ? "false" : "true";
  return `${scope.global("Exclude")}<${whole}, ${values.join(" | ")}>`;
}
