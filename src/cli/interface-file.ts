// Reads and compiles the .x files that commands are given, and reports errors on stderr.
import {
  type CompileInput,
  type CompileResult,
  type Diagnostic,
  decodeText,
  formatDiagnostics,
  type InterfaceModule,
  type SourceText,
} from "../idl/index.js";
import { type CompileOptions, compileBytes, type InterfaceBytes } from "../project/load.js";
import type { FindProject, Project, Search } from "../project/project.js";
import { readInterfaceBytes } from "../project/read-file.js";
import { CommandError, note, styleOf } from "./output.js";

/** An interface that compiles. */
export interface InterfaceFile {
  readonly module: InterfaceModule;
  /** The file itself. */
  readonly source: SourceText;
  /** The file and all that it includes or imports. */
  readonly sources: readonly SourceText[];
  /** The printed findings of the compiler: warnings and notes. */
  readonly diagnostics: readonly Diagnostic[];
  readonly project: Project;
}

/**
 * Compiles an interface in its project; its warnings go to stderr.
 * @throws CommandError when it cannot be read or has errors.
 */
export async function loadInterface(
  file: string,
  find: FindProject,
  mapping: (project: Project) => CompileInput["mapping"] = () => undefined,
): Promise<InterfaceFile> {
  const project = await find(file);
  const bytes = readInterfaceBytes(file);
  return { ...compileOrThrow({ file, bytes }, project.search, { mapping: mapping(project) }), project };
}

/** @throws CommandError when the interface has errors; warnings go to stderr. */
export function compileOrThrow(
  input: InterfaceBytes,
  search: Search,
  options: CompileOptions = {},
): Omit<InterfaceFile, "project"> {
  return withoutErrors(input, compileBytes(input, search, options));
}

/** @throws CommandError when the compiled interface has errors; warnings go to stderr. */
export function withoutErrors(
  input: Pick<InterfaceBytes, "file" | "bytes" | "prefix">,
  { module, diagnostics, sources }: CompileResult,
): Omit<InterfaceFile, "project"> {
  const file = (input.prefix ?? "") + input.file;
  if (module === undefined) throw badInterface(file, diagnostics, sources);
  if (diagnostics.length > 0) note(formatDiagnostics(diagnostics, sources, styleOf(process.stderr)));
  return { module, source: { file, text: decodeText(input.bytes).text }, sources, diagnostics };
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
