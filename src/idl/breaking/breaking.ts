// Finds the breaking changes in a new version of an interface, and the callers they affect.
import type { InterfaceModule, TypeDefinition } from "../model/model.js";
import { isType } from "../model/references.js";
import { reachOf } from "./affects.js";
import type { Change } from "./change.js";
import { comparePrograms } from "./programs.js";
import { compareNames, compareType } from "./types.js";

/**
 * Every change from `before` to `after` that may have an effect: errors first, then warnings, then notes.
 * @example
 * const compile = (type: string) => {
 *   const text = `struct a { ${type} x; }; program P { version V { void F(a) = 1; } = 1; } = 0x20000001;`;
 *   return compileInterface({ file: "t.x", text }).module;
 * };
 * const [before, after] = [compile("int"), compile("hyper")];
 * if (before === undefined || after === undefined) throw new Error("t.x does not compile");
 * console.log(compareInterfaces(before, after).map(({ severity, category }) => `${severity} ${category}`)); // [ 'error wire' ]
 */
export function compareInterfaces(before: InterfaceModule, after: InterfaceModule): Change[] {
  const reach = reachOf(before);
  const types = new Map(after.definitions.filter(isType).map((one): [string, TypeDefinition] => [one.name, one]));
  const changes = [
    ...comparePrograms(before, after),
    ...before.definitions.filter(isType).flatMap((definition) => {
      const same = types.get(definition.name);
      return same === undefined ? [] : compareType(definition, same, reach);
    }),
    ...compareNames(before.definitions, after.definitions),
  ];
  const order = { error: 0, warning: 1, note: 2 };
  return changes.sort((a, b) => order[a.severity] - order[b.severity] || a.span.offset - b.span.offset);
}
