// Where the files are that an interface includes or imports, and the flags -I and -D.
import { readFileSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { type CompileInput, type CompileResult, compileInterface, type IncludeResolver } from "../idl/index.js";
import { readBytes } from "./input.js";

/** The flags. */
export interface SearchFlags {
  /** `-I`: folders to look in, after the one of the file that asks. */
  readonly I?: readonly string[];
  /** `-D`: symbols, as C's preprocessor has them. */
  readonly D?: Readonly<Record<string, string>>;
  /** `--import`: interfaces whose names count too. */
  readonly import?: readonly string[];
  /** `--extern`: types that are written by hand, and the modules that export them. */
  readonly extern?: Readonly<Record<string, string>>;
}

/** Adds -I, -D and --import. */
export function addSearchOptions(command: Command): void {
  command
    .option("-I <folder>", "look there for files that are included or imported (repeatable)", addFolder)
    .option("-D <name[=value]>", "define a symbol for #if and as a macro (repeatable)", addSymbol)
    .option("--import <file.x>", "let the names of another interface count too (repeatable)", addFolder);
}

/** Adds --extern. */
export function addExternOption(command: Command): void {
  command.option("--extern <name=module>", "import a type and its codec from a module (repeatable)", addExtern);
}

function addExtern(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, from] = /^([A-Za-z_]\w*)=(.+)$/.exec(text) ?? [];
  if (name === undefined || from === undefined) {
    throw new InvalidArgumentError("Write it like netaddr=./netaddr.js.");
  }
  return { ...before, [name]: from };
}

function addFolder(folder: string, before: readonly string[] = []): string[] {
  return [...before, folder];
}

function addSymbol(text: string, before: Readonly<Record<string, string>> = {}): Record<string, string> {
  const [, name, value = "1"] = /^([A-Za-z_]\w*)(?:=(.*))?$/.exec(text) ?? [];
  if (name === undefined) throw new InvalidArgumentError("Write it like -DNAME or -DNAME=value.");
  return { ...before, [name]: value };
}

/** Compiles a file with what it includes and imports. @throws CommandError when the file itself cannot be read. */
export async function compileFile(
  file: string,
  { I = [], D = {}, import: imports = [], extern: externs = {} }: SearchFlags = {},
  options: Pick<CompileInput, "mapping"> = {},
): Promise<CompileResult> {
  const text = await readBytes(file);
  const resolveInclude = resolverFor(file, I);
  return compileInterface({ ...options, file, text, symbols: D, imports, externs, resolveInclude });
}

/**
 * Looks beside the file that asks, then in the folders.
 * @param main the file that is compiled: it keeps its name where another one asks for it.
 */
export function resolverFor(main: string, folders: readonly string[] = []): IncludeResolver {
  return ({ name, angled, from, isImport = false }) => {
    const beside = dirname(from);
    const places = [...(angled ? [] : [beside]), ...folders].map((folder) => join(folder, name));
    // C's headers are often asked for by the place they are installed to.
    if (isImport) places.push(join(beside, name), join(beside, basename(name)), name);
    for (const path of places) {
      const text = readIfThere(path);
      if (text !== undefined) return { file: normalize(path) === normalize(main) ? main : path, text };
    }
    return undefined;
  };
}

function readIfThere(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
