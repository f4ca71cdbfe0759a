// Finds the procedures that a type reaches, through all types that contain it.
import type { InterfaceModule, Type } from "../model/model.js";
import { partsOf, targetOf } from "../model/references.js";

/** For each type's name, the uses that reach it: `PROGRAM.VERSION.PROCEDURE (argument)`, in source order. */
export type Reach = ReadonlyMap<string, readonly string[]>;

export function reachOf({ definitions }: InterfaceModule): Reach {
  const reach = new Map<string, string[]>();
  for (const program of definitions) {
    if (program.kind !== "program") continue;
    for (const version of program.versions) {
      for (const { name, args, result } of version.procedures) {
        const place = `${program.name}.${version.name}.${name}`;
        const argTypes = args.map((arg) => arg.type);
        for (const type of typesIn(argTypes)) add(reach, type, `${place} (argument)`);
        for (const type of typesIn([result])) add(reach, type, `${place} (result)`);
      }
    }
  }
  return reach;
}

function add(reach: Map<string, string[]>, type: string, place: string): void {
  const places = reach.get(type);
  if (places === undefined) reach.set(type, [place]);
  else places.push(place);
}

function typesIn(types: readonly Type[]): Set<string> {
  const names = new Set<string>();
  const waiting = [...types];
  for (let type = waiting.pop(); type !== undefined; type = waiting.pop()) {
    const target = targetOf(type);
    if (target === undefined || names.has(target.name)) continue;
    names.add(target.name);
    waiting.push(...partsOf(target));
    if (target.kind === "union") waiting.push(target.discriminant.type);
  }
  return names;
}

/** The end of a message: the affected procedures. */
export function tellAffected(affects: readonly string[]): string {
  if (affects.length === 0) return "no program in this file uses it";
  const [first, second, ...rest] = affects;
  if (second === undefined) return `it reaches ${first}`;
  return rest.length === 0
    ? `it reaches ${first} and ${second}`
    : `it reaches ${first}, ${second} and ${rest.length} more`;
}
