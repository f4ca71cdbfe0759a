// Reads and compiles the .x files that commands are given, with all that they include and import.

import { type Dirent, readdirSync } from "node:fs";
import { join } from "node:path";
import { isInterfaceName } from "../idl/file-names.js";
import {
  type CompileInput,
  type CompileResult,
  compileInterface,
  type Diagnostic,
  decodeText,
  formatDiagnostics,
  type InterfaceModule,
  type SourceText,
} from "../idl/index.js";
import { type ReadFile, resolverFor } from "./include-resolver.js";
import { isBinaryFile, isFolder, readInterfaceBytes, statOf } from "./input.js";
import { CommandError, note, styleOf } from "./output.js";
import type { FindProject, Project, Search } from "./project.js";

/** An interface that compiles. */
export interface InterfaceFile {
  readonly module: InterfaceModule;
  /** The file itself. */
  readonly source: SourceText;
  /** The file and all that it includes or imports. */
  readonly sources: readonly SourceText[];
  /** What the compiler found, which was printed: warnings and notes. */
  readonly diagnostics: readonly Diagnostic[];
  readonly project: Project;
}

/**
 * What an interface compiles to, in its project; its warnings go to stderr.
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

export interface InterfaceBytes {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** What reads the files that this one asks for; the disk where it is absent. */
  readonly read?: ReadFile;
  /** What names of files begin with in messages. */
  readonly prefix?: string;
}

export interface CompileOptions {
  readonly mapping?: CompileInput["mapping"];
}

/** @throws CommandError when the interface has errors; warnings go to stderr. */
export function compileOrThrow(
  input: InterfaceBytes,
  search: Search,
  options: CompileOptions = {},
): Omit<InterfaceFile, "project"> {
  const { module, diagnostics, sources } = compileBytes(input, search, options);
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

/** What an interface compiles to, errors and all. */
export function compileBytes(
  { file, bytes, read, prefix = "" }: InterfaceBytes,
  { folders, symbols, imports, externs, levels = new Map() }: Search,
  { mapping }: CompileOptions = {},
): CompileResult {
  const resolveInclude = resolverFor(file, { folders, prefix, ...(read === undefined ? {} : { read }) });
  const mapped = mapping === undefined ? {} : { mapping };
  return compileInterface({
    ...mapped,
    file: prefix + file,
    text: bytes,
    symbols,
    imports,
    externs,
    levels,
    resolveInclude,
  });
}

/** Links to files count; pipes and devices do not. */
function isRegular(entry: Dirent, path: string): boolean {
  return entry.isFile() || (entry.isSymbolicLink() && statOf(path)?.isFile() === true);
}

/** Data in XDR is called .xdr too: what is binary is no interface. A .x file is always meant to be one. */
function isInterfaceText(path: string): boolean {
  return path.endsWith(".x") || !isBinaryFile(path);
}

const SKIPPED = new Set(["node_modules", "dist", "build"]);

/** The files that arguments name: of a folder all interfaces in it and below. @throws CommandError */
export function interfaceFiles(paths: readonly string[]): string[] {
  const files = paths.flatMap((path) => (path !== "-" && isFolder(path) ? filesBelow(path) : [path]));
  return [...new Set(files)];
}

/** @throws CommandError for a folder that has none. */
function filesBelow(folder: string): string[] {
  const found: string[] = [];
  const todo = [folder];
  for (let at = todo.pop(); at !== undefined; at = todo.pop()) {
    for (const entry of readdirSync(at, { withFileTypes: true })) {
      const path = join(at, entry.name);
      if (entry.isDirectory() && !entry.name.startsWith(".") && !SKIPPED.has(entry.name)) todo.push(path);
      else if (isInterfaceName(entry.name) && isRegular(entry, path) && isInterfaceText(path)) found.push(path);
    }
  }
  if (found.length > 0) return found.sort();
  const message = `there is no .x, .rpcl or .xdr file in ${folder} or below it`;
  throw new CommandError("CANNOT_READ", message, { details: { file: folder } });
}
