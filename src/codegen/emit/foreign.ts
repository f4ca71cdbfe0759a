// Types from other interfaces: which they are, which interface defines them, and whether they are initialised in time.
import type { Definition, InterfaceModule, TypeDefinition } from "../../idl/model/model.js";
import { isType, nodeOf, partsOf, targetOf } from "../../idl/model/references.js";

/** The names that a module imports from others. */
export interface Foreign {
  /** Every type that generated code may refer to, with the module that defines it. */
  readonly owners: ReadonlyMap<Definition, InterfaceModule>;
  /** Modules that also import this one: their values may not be initialised yet when this one's are. */
  readonly circular: ReadonlySet<InterfaceModule>;
}

export function foreignTo(module: InterfaceModule): Foreign {
  const others = reachable(module);
  others.delete(module);
  const owners = new Map<Definition, InterfaceModule>();
  if (others.size === 0) return { owners, circular: new Set() };
  const homes = new Map<Definition, InterfaceModule>();
  for (const other of others) for (const definition of other.definitions) homes.set(definition, other);
  for (const definition of reachableTypes(module)) {
    const home = homes.get(definition);
    if (home !== undefined) owners.set(definition, home);
  }
  return { owners, circular: new Set([...others].filter((other) => reachable(other).has(module))) };
}

/** All modules that a module imports, directly or not; including itself if it is in a cycle. */
function reachable(module: InterfaceModule): Set<InterfaceModule> {
  const found = new Set(module.imports);
  for (const one of found) for (const next of one.imports ?? []) found.add(next);
  return found;
}

function reachableTypes(module: InterfaceModule): Set<TypeDefinition> {
  const found = new Set<TypeDefinition>(module.definitions.filter(isType));
  for (const definition of module.definitions) for (const type of programTypes(definition)) found.add(type);
  for (const definition of found) {
    const types =
      definition.kind === "union" ? [definition.discriminant.type, ...partsOf(definition)] : partsOf(definition);
    for (const type of types) {
      const target = targetOf(type) ?? nodeOf(type);
      if (target !== undefined) found.add(target);
    }
  }
  return found;
}

function programTypes(definition: Definition): TypeDefinition[] {
  if (definition.kind !== "program") return [];
  const procedures = definition.versions.flatMap((version) => version.procedures);
  const types = procedures.flatMap(({ args, result }) => [result, ...args.map((arg) => arg.type)]);
  return types.map(targetOf).filter((target) => target !== undefined);
}
