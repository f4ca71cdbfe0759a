// Reports procedures with the same method. A method's name depends on no other procedure (names/names.ts), so only the author
// of the interface can tell two apart; any choice made here would change when procedures are added.
import { type Reporter, reportError } from "../findings/diagnostics.js";
import { renaming } from "../findings/fixes.js";
import { camelCase } from "../names/names.js";
import type { Definition, ProcedureDefinition, ProgramDefinition } from "./model.js";

/** @param definitions with the options of the mapping applied. */
export function checkMethods(definitions: readonly Definition[], reporter: Reporter): void {
  for (const definition of definitions) {
    if (definition.kind !== "program") continue;
    for (const { procedures } of definition.versions) checkVersion(definition, procedures, reporter);
  }
}

function checkVersion(
  program: ProgramDefinition,
  procedures: readonly ProcedureDefinition[],
  reporter: Reporter,
): void {
  const byMethod = new Map<string, ProcedureDefinition>();
  const names = new Set(procedures.map(({ name }) => name));
  // The least number first: procedures are usually added with the next free number, so the last is the new one.
  for (const procedure of procedures.toSorted((a, b) => a.number - b.number)) {
    const first = byMethod.get(procedure.method);
    byMethod.set(procedure.method, first ?? procedure);
    // A name that is declared twice was reported.
    if (first === undefined || first.name === procedure.name) continue;
    const { name, span, method } = procedure;
    const free = freeMethod(name, method, procedures);
    reportError(
      reporter,
      "shared-method",
      span,
      `${first.name} and ${name} have the same method in TypeScript: ${method}`,
      {
        hint: `rename one, or choose a method in lupine.config.ts: procedures: { "${program.name}.${name}": { method: "${free}" } }`,
        fixes: [renaming(span, name, (one) => names.has(one))],
        related: [{ span: first.span, message: "the other one is here" }],
      },
    );
  }
}

/** The name with its prefix, the name as declared, or a number: the first that no method has. */
function freeMethod(name: string, method: string, procedures: readonly ProcedureDefinition[]): string {
  const taken = new Set(procedures.map((one) => one.method));
  let number = 2;
  while (taken.has(`${method}${number}`)) number++;
  return [camelCase(name), name].find((one) => !taken.has(one)) ?? `${method}${number}`;
}
