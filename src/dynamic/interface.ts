// An interface at run time: programs and types with codecs, straight from a compiled .x, with no generated code.
import type { InterfaceModule, ProcedureDefinition, ProgramDefinition, VersionDefinition } from "../idl/model.js";
import type { Procedure, Procedures, Program, ProgramGroup } from "../rpc/program.js";
import { fromShape } from "../xdr/interpret.js";
import type { XdrType } from "../xdr/type.js";
import { isType, Shapes } from "./shape-of.js";

/** What a .x defines, ready for use. */
export interface Interface {
  readonly file: string;
  /** In the order of the file. Their versions carry procedures that encode and decode. */
  readonly programs: readonly ProgramGroup[];
  /** Types by name, in the order of the file. */
  readonly types: ReadonlyMap<string, XdrType<unknown>>;
}

/** Makes descriptors and codecs for all programs and types of a compiled interface. */
export function interfaceOf(module: InterfaceModule): Interface {
  const shapes = new Shapes();
  const types = new Map<string, XdrType<unknown>>();
  const programs: ProgramGroup[] = [];
  for (const definition of module.definitions) {
    if (definition.kind === "program") programs.push(programOf(definition, shapes));
    else if (isType(definition)) types.set(definition.name, fromShape(shapes.ofDefinition(definition)));
  }
  return { file: module.file, programs, types };
}

function programOf(definition: ProgramDefinition, shapes: Shapes): ProgramGroup {
  const { name, number } = definition;
  return { name, number, versions: definition.versions.map((version) => versionOf(definition, version, shapes)) };
}

function versionOf(program: ProgramDefinition, version: VersionDefinition, shapes: Shapes): Program {
  const procedures: Record<string, Procedure> = Object.create(null);
  for (const procedure of version.procedures) procedures[procedure.method] = procedureOf(procedure, shapes);
  return {
    name: program.name,
    number: program.number,
    versionName: version.name,
    version: version.number,
    procedures: procedures as Procedures,
  };
}

function procedureOf(definition: ProcedureDefinition, shapes: Shapes): Procedure {
  return {
    name: definition.name,
    number: definition.number,
    args: fromShape(shapes.ofArguments(definition.args)) as XdrType<readonly unknown[]>,
    result: fromShape(shapes.ofType(definition.result)),
  };
}
