// Unions with cases that their enum lacks. C compares numbers, so peers can send them: such a union gets its own enum
// as discriminant, which includes these cases, and all outputs follow it.
import type { Definition, EnumDefinition, UnionDefinition } from "../model/model.js";
import { behindTypedefs } from "../model/typedefs.js";
import type { Resolver } from "./resolve-types.js";
import type { Draft } from "./scope.js";

/** Replaces the enum of a union with unknown cases by `Union_discriminant`. */
export function widenDiscriminant(resolver: Resolver, union: Draft<UnionDefinition>): void {
  const type = behindTypedefs(union.discriminant.type);
  if (type.kind !== "named" || type.definition.kind !== "enum") return;
  const declared = type.definition;
  const known = new Set(declared.members.map(({ value }) => value));
  const strange = union.cases.flatMap(({ values }) => values).filter(({ value }) => !known.has(value));
  if (strange.length === 0) return;
  const added = new Map(strange.map(({ value, name, span }) => [value, { name: name ?? `${value}`, value, span }]));
  const definition: EnumDefinition = {
    kind: "enum",
    name: freeName(resolver, `${union.name}_${union.discriminant.name}`),
    comment: `${declared.name}, and cases of ${union.name} that it lacks.`,
    span: union.discriminant.span,
    members: [...declared.members, ...[...added.values()].map((member) => ({ ...member, comment: undefined }))],
    widens: declared,
  };
  resolver.widened.set(definition.name, definition);
  union.discriminant = { ...union.discriminant, type: { kind: "named", definition } };
}

/** The enum that was created for a definition, placed before it. */
export function widenedBy(definition: Definition): EnumDefinition[] {
  if (definition.kind !== "union") return [];
  const { type } = definition.discriminant;
  const isMade = type.kind === "named" && type.definition.kind === "enum" && type.definition.widens !== undefined;
  return isMade ? [type.definition as EnumDefinition] : [];
}

function freeName(resolver: Resolver, wanted: string): string {
  let name = wanted;
  while (resolver.widened.has(name) || resolver.types.has(name) || resolver.kindOf(name) !== undefined) name += "_";
  return name;
}
