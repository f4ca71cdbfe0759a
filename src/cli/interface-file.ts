// Compiles the .x file that a command is given, and finds the type that is meant in it.
import { suggestion } from "../dynamic/did-you-mean.js";
import { findProcedure, NameError } from "../dynamic/find.js";
import { type Interface, interfaceOf } from "../dynamic/interface.js";
import { formatDiagnostics } from "../idl/index.js";
import { fromShape } from "../xdr/interpret.js";
import type { Shape } from "../xdr/shape.js";
import type { XdrType } from "../xdr/type.js";
import { compileFile } from "./include-files.js";
import { CommandError, note } from "./output.js";

/**
 * Reads and compiles an interface file; its warnings go to stderr.
 * @throws CommandError when it cannot be read or has errors.
 */
export async function loadInterfaceFile(path: string): Promise<Interface> {
  const { module, diagnostics, sources } = await compileFile(path);
  if (module === undefined) {
    const message = `${path} has errors\n\n${formatDiagnostics(diagnostics, sources)}`;
    throw new CommandError("BAD_INTERFACE", message, { details: { file: path, diagnostics } });
  }
  if (diagnostics.length > 0) note(formatDiagnostics(diagnostics, sources));
  return interfaceOf(module);
}

const primitives: Readonly<Record<string, Shape>> = {
  int: { kind: "int" },
  "unsigned int": { kind: "unsigned int" },
  hyper: { kind: "hyper" },
  "unsigned hyper": { kind: "unsigned hyper" },
  float: { kind: "float" },
  double: { kind: "double" },
  quadruple: { kind: "quadruple" },
  bool: { kind: "bool" },
  string: { kind: "string", length: 0xffff_ffff },
  opaque: { kind: "opaque", fixed: false, length: 0xffff_ffff },
  void: { kind: "void" },
};

/**
 * Finds a type by its name in the file, by a built-in name ("int", "string"), or as the arguments or the result of a
 * procedure: `ADD_PROG.add:args`, `ADD_PROG.add:result`.
 * @throws CommandError when there is none.
 */
export function findType({ file, types, programs }: Interface, name: string): XdrType<unknown> {
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
