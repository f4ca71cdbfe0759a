// Finds options of the mapping that have no effect: for an unknown type, or for a type of the wrong kind.

import { NearestNames } from "../../base/nearest-names.js";
import type { Mapping, TypeMapping } from "./mapping.js";
import type { Definition, InterfaceModule, ProcedureDefinition, Type } from "./model.js";
import { elementOf, membersOf } from "./references.js";
import { behindTypedefs } from "./typedefs.js";

/** An option that would do nothing. */
export interface MappingProblem {
  /** The key in `types` or `procedures`. */
  readonly name: string;
  /** Why the option has no effect, for people. */
  readonly message: string;
}

/**
 * The errors in `mapping.types` and `mapping.procedures` for the interfaces that were compiled with it.
 * @example
 * const { module } = compileInterface({ file: "t.x", text: "typedef hyper size;" });
 * if (module !== undefined) console.log(mappingProblems({ types: { sise: { hyper: "number" } } }, [module])[0]?.name); // sise
 */
export function mappingProblems(mapping: Mapping, modules: readonly InterfaceModule[]): MappingProblem[] {
  const targets = new Map<string, MappedDefinition[]>();
  for (const { definitions } of modules) for (const definition of definitions) addTargets(targets, definition);
  return [
    ...Object.entries(mapping.types ?? {}).flatMap(([name, options]) => problemsOf(name, options, targets, modules)),
    ...procedureProblems(mapping, modules),
  ];
}

function procedureProblems({ procedures = {} }: Mapping, modules: readonly InterfaceModule[]): MappingProblem[] {
  if (Object.keys(procedures).length === 0) return [];
  const known = new Map(modules.flatMap(({ definitions }) => definitions.flatMap(proceduresOf)));
  return Object.entries(procedures).flatMap(([name, { oneWay, stream, semantics }]): MappingProblem[] => {
    const found = known.get(name);
    if (found === undefined) {
      const near = new NearestNames(known.keys()).nearest(name);
      const hint = near === undefined ? "" : `: did you mean "${near}"?`;
      return [
        { name, message: `there is no procedure "${name}" in ${modules.map(({ file }) => file).join(", ")}${hint}` },
      ];
    }
    const returnsVoid = found.result.kind === "primitive" && found.result.name === "void";
    if (oneWay && !returnsVoid) return [{ name, message: `"${name}" returns a value, so it cannot be one-way` }];
    if (semantics === "exactly-once" && (oneWay ?? found.oneWay)) {
      return [{ name, message: `"${name}" is one-way and has no reply, so it cannot run exactly once` }];
    }
    if (stream && returnsVoid) return [{ name, message: `"${name}" returns void, so it cannot be a stream` }];
    return [];
  });
}

function proceduresOf(definition: Definition): [string, ProcedureDefinition][] {
  if (definition.kind !== "program") return [];
  return definition.versions.flatMap(({ procedures }) =>
    procedures.map((one): [string, ProcedureDefinition] => [`${definition.name}.${one.name}`, one]),
  );
}

/** The definition that a key of `types` names, and the types that its options affect. */
interface MappedDefinition {
  readonly definition: Definition;
  readonly member: boolean;
  readonly types: readonly Type[];
}

function problemsOf(
  name: string,
  options: TypeMapping,
  targets: ReadonlyMap<string, readonly MappedDefinition[]>,
  modules: readonly InterfaceModule[],
): MappingProblem[] {
  const found = targets.get(name);
  if (found === undefined) {
    const near = new NearestNames(targets.keys()).nearest(name);
    const files = modules.map(({ file }) => file).join(", ");
    const hint = near === undefined ? "" : `: did you mean "${near}"?`;
    return [{ name, message: `there is no type "${name}" in ${files}${hint}` }];
  }
  return (Object.keys(options) as (keyof TypeMapping)[])
    .filter((option) => options[option] !== undefined && !found.some((target) => applies(option, target)))
    .map((option) => ({ name, message: `"${name}" ${without[option]}, so the option "${option}" has no effect` }));
}

const without: Readonly<Record<keyof TypeMapping, string>> = {
  hyper: "declares no hyper",
  string: "declares no string",
  char: "declares no char",
  range: "declares no char and no short",
  opaque: "declares no opaque",
  array: "declares no array of numbers",
  enum: "is not an enum",
  list: "is not a linked list",
  fields: "is not a struct or a union",
};

function applies(option: keyof TypeMapping, { definition, member, types }: MappedDefinition): boolean {
  switch (option) {
    case "enum":
      return definition.kind === "enum";
    case "list":
      return !member && definition.kind === "struct" && (definition.nested === true || definition.link !== undefined);
    case "fields":
      return !member && (definition.kind === "struct" || definition.kind === "union");
    case "char":
      return types.some(isChar);
    case "range":
      return types.some((type) => type.kind === "primitive" && type.width !== undefined);
    case "hyper":
      return types.some((type) => type.kind === "primitive" && type.name.endsWith("hyper"));
    default:
      return types.some((type) => type.kind === option);
  }
}

/** A char itself, or an array of a named char type. */
function isChar(type: Type): boolean {
  const behind = type.kind === "array" ? behindTypedefs(type.element) : type;
  return behind.kind === "primitive" && behind.char === true;
}

function addTargets(targets: Map<string, MappedDefinition[]>, definition: Definition): void {
  const add = (key: string, member: boolean, types: readonly Type[]): void => {
    targets.set(key, [...(targets.get(key) ?? []), { definition, member, types: types.flatMap(within) }]);
  };
  const { name } = definition;
  switch (definition.kind) {
    case "const":
      return;
    case "enum":
      add(name, false, []);
      return;
    case "typedef":
      add(name, false, [definition.type]);
      return;
    case "program": {
      const procedures = definition.versions.flatMap((version) => version.procedures);
      const typesOf = (one: (typeof procedures)[number]): Type[] => [one.result, ...one.args.map(({ type }) => type)];
      add(name, false, procedures.flatMap(typesOf));
      for (const procedure of procedures) add(`${name}.${procedure.name}`, true, typesOf(procedure));
      return;
    }
    default: {
      const fields = membersOf(definition);
      add(
        name,
        false,
        fields.map(({ type }) => type),
      );
      for (const field of fields) add(`${name}.${field.declaredName ?? field.name}`, true, [field.type]);
    }
  }
}

/** A type and its parts, without following named types. */
function within(type: Type): Type[] {
  const element = elementOf(type);
  return element === undefined ? [type] : [type, ...within(element)];
}
