// Finds the type that a person names in an interface.

import { findProcedure, NameError } from "../../dynamic/find.js";
import { type Interface, interfaceOf } from "../../dynamic/interface.js";
import { suggestion } from "../../dynamic/messages.js";
import type { Mapping } from "../../idl/model/mapping.js";
import { mappingProblems } from "../../idl/model/mapping-check.js";
import type { InterfaceModule } from "../../idl/model/model.js";
import { PRIMITIVE_NAMES } from "../../idl/model/primitives.js";
import { Compilations } from "../../project/compilations.js";
import type { Project } from "../../project/project.js";
import { fromShape } from "../../xdr/interpret.js";
import type { Shape } from "../../xdr/shape.js";
import type { XdrType } from "../../xdr/type.js";
import { loadInterface } from "../interface-file.js";
import { type InterfaceFlags, mergeTypes } from "../interface-options.js";
import { CommandError } from "../output.js";
import { projects } from "../project.js";

/** Commands use these with the types, and load them together. */
export { decode, encode } from "../../xdr/codec.js";
export { fromJson, toJson } from "../../xdr/json.js";

/** An interface, ready for use, and the types in it that are written by hand. */
export interface OpenInterface extends Interface {
  /** Names, and the module that has each of them. */
  readonly externs: Readonly<Record<string, string>>;
}

/**
 * The programs and types of an interface and of its imports, with values in the form that the project's configuration
 * sets.
 * @throws CommandError if it cannot be read or has errors.
 */
export async function openInterface(file: string, flags: InterfaceFlags): Promise<OpenInterface> {
  const withFlags = ({ mapping }: Project): Mapping =>
    flags.type === undefined ? mapping : { ...mapping, types: mergeTypes(mapping.types, flags.type) };
  const { module, project } = await loadInterface(
    file,
    { find: projects(flags), compilations: new Compilations() },
    withFlags,
  );
  const [problem] = mappingProblems({ types: flags.type ?? {} }, [module, ...importsOf(module)]);
  if (problem !== undefined) throw new CommandError("USAGE", `--type: ${problem.message}`);
  const own = interfaceOf(module);
  const types = new Map(own.types);
  for (const imported of importsOf(module)) {
    for (const [name, type] of interfaceOf(imported).types) if (!types.has(name)) types.set(name, type);
  }
  return { ...own, types, externs: project.search.externs };
}

function importsOf(module: InterfaceModule): InterfaceModule[] {
  const found = new Set([module]);
  for (const one of found) for (const next of one.imports ?? []) if (next.extern === undefined) found.add(next);
  return [...found].slice(1);
}

/**
 * The codec of a type written by hand is in a program, not here.
 * @throws CommandError if `type` contains one.
 */
export function refuseExterns({ externs }: OpenInterface, type: XdrType<unknown>): void {
  const names = new Set(Object.keys(externs));
  if (names.size === 0) return;
  const seen = new Set<string>();
  const todo: unknown[] = [type.shape];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    if (typeof at !== "object" || at === null) continue;
    const { kind, name, shape } = at as { kind?: string; name?: string; shape?: () => Shape };
    if ((kind === "struct" || kind === "reference") && name !== undefined && names.has(name)) {
      throw new CommandError(
        "EXTERN_TYPE",
        `${name} is written by hand in ${externs[name]}: only a program that imports it can encode or decode it`,
        { details: { name } },
      );
    }
    if (kind === "reference" && name !== undefined && shape !== undefined && !seen.has(name)) {
      seen.add(name);
      todo.push(shape());
    }
    todo.push(...Object.values(at));
  }
}

const primitives: Readonly<Record<string, Shape>> = {
  ...Object.fromEntries(PRIMITIVE_NAMES.map((kind): [string, Shape] => [kind, { kind }])),
  string: { kind: "string", length: 0xffff_ffff },
  opaque: { kind: "opaque", fixed: false, length: 0xffff_ffff },
};

/**
 * Finds a type by its name in the file, by a built-in name ("int", "string"), or as the arguments or the result of a
 * procedure: `ADD_PROG.add:args`, `ADD_PROG.add:result`.
 * @throws CommandError if it does not exist.
 */
export function findType(open: OpenInterface, name: string): XdrType<unknown> {
  const type = typeCalled(open, name);
  refuseExterns(open, type);
  return type;
}

function typeCalled({ file, types, programs }: OpenInterface, name: string): XdrType<unknown> {
  const type = types.get(name);
  if (type !== undefined) return type;
  if (Object.hasOwn(primitives, name)) return fromShape(primitives[name] as Shape);
  const ofProcedure = /^(.+):(args|result)$/.exec(name);
  if (ofProcedure !== null) {
    const { procedure } = named(() => findProcedure(programs, ofProcedure[1] as string));
    return ofProcedure[2] === "args" ? procedure.args : procedure.result;
  }
  const message = `${file} has no type "${name}".${suggestion(name, [...types.keys()])}`;
  throw new CommandError("NO_SUCH_NAME", message, { details: { file, name } });
}

/** Runs a look-up by name. @throws CommandError for the NameError that it throws. */
export function named<T>(find: () => T): T {
  try {
    return find();
  } catch (error) {
    if (error instanceof NameError) throw new CommandError(error.code, error.message, { cause: error });
    throw error;
  }
}
