// Which types can contain themselves: the strongly connected components of the graph of their references.
import { forEachComponent as forEachComponentOf, type OnComponent } from "../../xdr/components.js";
import type { Draft } from "../names/scope.js";
import type { Definition, StructDefinition, TypeDefinition } from "./model.js";
import { isType, partsOf, targetOf } from "./references.js";

/** Sets `recursive` in place. */
export function markRecursive(definitions: readonly Definition[]): void {
  forEachComponent(definitions, (members, isCycle) => {
    for (const member of members) {
      if (member.kind !== "enum") (member as Draft<StructDefinition>).recursive = isCycle;
    }
  });
}

/** The types that can contain each other, as a number that they share. Types that cannot contain themselves have none. */
export function cyclesOf(definitions: readonly Definition[]): ReadonlyMap<TypeDefinition, number> {
  const cycles = new Map<TypeDefinition, number>();
  let count = 0;
  forEachComponent(definitions, (members, isCycle) => {
    if (!isCycle) return;
    count++;
    for (const member of members) cycles.set(member, count);
  });
  return cycles;
}

/** `onComponent` receives the types of a component after those that they refer to. */
export function forEachComponent(definitions: readonly Definition[], onComponent: OnComponent<TypeDefinition>): void {
  forEachComponentOf(definitions.filter(isType), targetsOf, onComponent);
}

function targetsOf(definition: TypeDefinition): TypeDefinition[] {
  return partsOf(definition)
    .map(targetOf)
    .filter((target) => target !== undefined);
}
