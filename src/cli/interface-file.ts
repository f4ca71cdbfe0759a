// Reads and compiles the .x files that commands are given, and reports errors on stderr.
import type { CompileInput, CompileResult } from "../idl/compile.js";
import type { Diagnostic } from "../idl/findings/diagnostics.js";
import { formatDiagnostics } from "../idl/findings/format.js";
import type { InterfaceModule } from "../idl/model/model.js";
import type { SourceText } from "../idl/source.js";
import type { Compilations } from "../project/compilations.js";
import type { FindProject, Project } from "../project/project.js";
import { CommandError, note, styleOf } from "./output.js";

/** An interface that compiles. */
export interface InterfaceFile {
  readonly module: InterfaceModule;
  /** The file itself, as the compiler has read it. */
  readonly source: SourceText;
  /** The file and all that it includes or imports. */
  readonly sources: readonly SourceText[];
  /** The printed findings of the compiler: warnings and notes. */
  readonly diagnostics: readonly Diagnostic[];
  readonly project: Project;
}

/** A run's projects and compilations. */
export interface Loader {
  readonly find: FindProject;
  readonly compilations: Compilations;
}

/**
 * Compiles an interface in its project; its warnings go to stderr.
 * @throws CommandError when it cannot be read or has errors.
 */
export async function loadInterface(
  file: string,
  { find, compilations }: Loader,
  mappingOf: (project: Project) => CompileInput["mapping"] = () => undefined,
): Promise<InterfaceFile> {
  const project = await find(file);
  const mapping = mappingOf(project);
  const compilation = compilations.compile(file, project.search, mapping === undefined ? {} : { mapping });
  return { ...withoutErrors(file, compilation), project };
}

/** @throws CommandError when the compiled interface has errors; warnings go to stderr. */
export function withoutErrors(
  file: string,
  { module, diagnostics, sources }: CompileResult,
): Omit<InterfaceFile, "project"> {
  const [source] = sources;
  if (module === undefined || source === undefined) throw badInterface(file, diagnostics, sources);
  if (diagnostics.length > 0) note(formatDiagnostics(diagnostics, sources, styleOf(process.stderr)));
  return { module, source, sources, diagnostics };
}

export function badInterface(
  file: string,
  diagnostics: readonly Diagnostic[],
  sources: readonly SourceText[],
  what = "has errors",
): CommandError {
  const told = formatDiagnostics(diagnostics, sources, styleOf(process.stderr));
  return new CommandError("BAD_INTERFACE", `${file} ${what}\n\n${told}`, { details: { file, diagnostics } });
}
