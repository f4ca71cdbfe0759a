// Gives procedures whose names lead to one method (`ADD` and `CALC_ADD` of CALC_PROG) different methods. They are decided in
// the order of the procedures' numbers, because procedures are added with greater ones (decision 40).
import { type Reporter, reportError, reportWarning } from "../findings/diagnostics.js";
import { renaming } from "../findings/fixes.js";
import { camelCase } from "../names/names.js";
import type { Draft } from "../names/scope.js";
import type { Mapping } from "./mapping.js";
import type { Definition, ProcedureDefinition, ProgramDefinition } from "./model.js";

/**
 * Rewrites the definitions in place, and warns of each procedure that has another method because of one with a lesser
 * number. Two methods that the options chose alike are an error.
 * @param definitions with the options of the mapping applied.
 */
export function separateMethods(definitions: readonly Definition[], mapping: Mapping, reporter: Reporter): void {
  for (const definition of definitions) {
    if (definition.kind !== "program") continue;
    const isChosen = ({ name }: ProcedureDefinition): boolean =>
      mapping.procedures?.[`${definition.name}.${name}`]?.method !== undefined;
    for (const { procedures } of definition.versions) {
      const methods = new Map<string, ProcedureDefinition>();
      const ordered = procedures.toSorted((a, b) => a.number - b.number);
      for (const one of ordered.filter(isChosen)) takeChosen(one, methods, reporter);
      for (const one of ordered.filter((each) => !isChosen(each))) take(one, methods, definition, reporter);
    }
  }
}

/** The procedures of a version by their methods. */
type Methods = Map<string, ProcedureDefinition>;

function takeChosen(procedure: ProcedureDefinition, methods: Methods, reporter: Reporter): void {
  const { name, method, span } = procedure;
  const first = methods.get(method);
  methods.set(method, first ?? procedure);
  // A name that is declared twice was reported.
  if (first === undefined || first.name === name) return;
  const message = `the options give ${first.name} and ${name} the same method: ${method}`;
  reportError(reporter, "shared-method", span, message, {
    hint: "choose another method for one of them",
    related: [{ span: first.span, message: "the other one is here" }],
  });
}

function take(procedure: ProcedureDefinition, methods: Methods, program: ProgramDefinition, reporter: Reporter): void {
  const first = methods.get(procedure.method);
  if (first?.name === procedure.name) return;
  if (first !== undefined) {
    const method = freeMethod(procedure, methods);
    warn(procedure, first, method, program, reporter);
    (procedure as Draft<ProcedureDefinition>).method = method;
  }
  methods.set(procedure.method, procedure);
}

/** The name with its prefix, the name as declared, or a number: the first that no method has. */
function freeMethod({ name, method }: ProcedureDefinition, methods: Methods): string {
  const whole = [camelCase(name), name].find((one) => one !== "then" && !methods.has(one));
  let number = 2;
  while (methods.has(`${method}${number}`)) number++;
  return whole ?? `${method}${number}`;
}

function warn(
  procedure: ProcedureDefinition,
  first: ProcedureDefinition,
  method: string,
  program: ProgramDefinition,
  reporter: Reporter,
): void {
  const { name, span } = procedure;
  const names = new Set(program.versions.flatMap(({ procedures }) => procedures.map((one) => one.name)));
  const message = `${first.name} has the method ${procedure.method} in TypeScript, so that of ${name} is ${method}`;
  reportWarning(reporter, "shared-method", span, message, {
    hint: `to keep this when procedures are added, write it into lupine.config.ts: procedures: { "${program.name}.${name}": { method: "${method}" } }`,
    fixes: [renaming(span, name, (one) => names.has(one))],
    related: [{ span: first.span, message: "the other one is here" }],
  });
}
