// An interface at run time: programs and types with codecs, made from a compiled .x without generated code.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { restoredBy } from "../idl/model/copy-restore.js";
import type {
  InterfaceModule,
  ProcedureDefinition,
  ProgramDefinition,
  TypeDefinition,
  VersionDefinition,
} from "../idl/model/model.js";
import { isType } from "../idl/model/references.js";
import { Shapes } from "../idl/model/shapes.js";
import type { Procedure, Procedures, Program, ProgramGroup } from "../rpc/program.js";
import { streaming } from "../stream/streaming.js";
import { restoring } from "../xdr/copy-restore.js";
import { XdrError } from "../xdr/errors.js";
import { fromShape } from "../xdr/interpret.js";
import type { Shape } from "../xdr/shape.js";
import type { XdrType } from "../xdr/type.js";

/** The programs and types of an interface file, ready for use. */
export interface Interface {
  /** The file's name, as it was passed in. */
  readonly file: string;
  /** In the order of the file. Their versions carry procedures that encode and decode. */
  readonly programs: readonly ProgramGroup[];
  /** Types by name, in the order of the file. */
  readonly types: ReadonlyMap<string, XdrType<unknown>>;
}

/** Options of `interfaceOf`. */
export interface InterfaceOptions {
  /** Codecs of the types that the interface takes from elsewhere, by name. Only their shape is used. Default: none. */
  readonly externs?: Readonly<Record<string, XdrType<unknown>>>;
}

const interfaceOptions: OptionTable<InterfaceOptions> = { externs: "object" };

/**
 * Makes descriptors and codecs for all programs and types of a compiled interface. A type that is written by hand and
 * not among `externs` throws an XdrError when a value of it is encoded or decoded.
 * @example
 * const { module } = compileInterface({ file: "t.x", text: "struct pair { int a; int b; };" });
 * if (module !== undefined) console.log([...interfaceOf(module).types.keys()]); // [ 'pair' ]
 */
export function interfaceOf(module: InterfaceModule, options: InterfaceOptions = {}): Interface {
  checkOptions(interfaceOptions, options);
  const { externs = {} } = options;
  if (module.extern !== undefined) return { file: module.file, programs: [], types: new Map() };
  const shapes = new Shapes(externShapes(module, externs));
  const types = new Map<string, XdrType<unknown>>();
  const programs: ProgramGroup[] = [];
  for (const definition of module.definitions) {
    if (definition.kind === "program") programs.push(programOf(definition, shapes));
    else if (isType(definition)) types.set(definition.name, fromShape(shapes.ofDefinition(definition)));
  }
  return { file: module.file, programs, types };
}

/** The shapes of the types that an interface, or one that it imports, takes from elsewhere. */
function externShapes(
  module: InterfaceModule,
  externs: Readonly<Record<string, XdrType<unknown>>>,
): Map<TypeDefinition, () => Shape> {
  const found = new Map<TypeDefinition, () => Shape>();
  const modules = new Set([module]);
  for (const { imports = [] } of modules) for (const one of imports) modules.add(one);
  for (const { extern, definitions } of modules) {
    if (extern === undefined) continue;
    for (const definition of definitions.filter(isType)) {
      found.set(definition, () => externShape(definition.name, extern, externs));
    }
  }
  return found;
}

function externShape(name: string, module: string, externs: Readonly<Record<string, XdrType<unknown>>>): Shape {
  const type = Object.hasOwn(externs, name) ? externs[name] : undefined;
  if (type !== undefined) return type.shape;
  const message = `the type ${name} is written by hand in ${module}: it has no codec without generated code`;
  throw new XdrError("XDR_WRONG_TYPE", message);
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
  const restored = restoredBy(definition);
  return {
    name: definition.name,
    number: definition.number,
    args: fromShape(shapes.ofArguments(definition.args)) as XdrType<readonly unknown[]>,
    result: fromShape(shapes.ofType(definition.result)),
    ...(definition.oneWay ? { oneWay: true } : {}),
    ...(definition.stream ? { stream: streaming } : {}),
    ...(restored.length === 0 ? {} : { restore: restoring(restored) }),
    ...(definition.idempotent ? { semantics: "at-least-once" } : {}),
    ...(definition.semantics ? { semantics: definition.semantics } : {}),
  };
}
