// Compiles one interface and those that it imports, from text to model: source -> preprocessor -> lexer -> parser ->
// resolver -> checker. Errors do not stop it, because editors ask while a file is being written.

import { DEFAULT_MAX_ERRORS, type Diagnostic, inSourceOrder } from "./findings/diagnostics.js";
import { licenceText } from "./findings/licence.js";
import { atTheirLevels } from "./findings/suppressions.js";
import { checkAnnotations } from "./model/annotation-check.js";
import { check } from "./model/checker.js";
import { checkContainment } from "./model/containment.js";
import { checkRestored } from "./model/copy-restore.js";
import { linkReferences } from "./model/graphs.js";
import { findLists } from "./model/lists.js";
import { applyMapping } from "./model/mapping.js";
import { separateMethods } from "./model/methods.js";
import type { Definition, InterfaceModule } from "./model/model.js";
import { checkNesting } from "./model/nesting.js";
import { findTables } from "./model/node-tables.js";
import { markRecursive } from "./model/recursion.js";
import { type Beside, findBeside } from "./names/beside.js";
import {
  externFile,
  externsOf,
  type LoadedModule,
  linkExterns,
  linkModules,
  loadModules,
  usedModules,
} from "./names/modules.js";
import { type Resolved, resolve, resolveNames } from "./names/resolver.js";
import type { Draft } from "./names/scope.js";
import type { Source } from "./source.js";
import type { DefinitionSyntax } from "./syntax/ast.js";
import { ParsedFiles } from "./syntax/parsed-files.js";
import type { CompileInput } from "./syntax/read.js";

export interface Analysis {
  /** The parsed definitions, in source order, without incomplete ones. */
  readonly syntax: readonly DefinitionSyntax[];
  /** Resolved as far as possible: an unknown type is an int here, and an error in `diagnostics`. */
  readonly definitions: readonly Definition[];
  /** In source order, those of the file itself first. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether one of them is an error. */
  readonly failed: boolean;
  /** The interface, and the others that it refers to in its `imports`. */
  readonly module: InterfaceModule;
  /** The file and all that it includes or imports, for `formatDiagnostics`. */
  readonly sources: readonly Source[];
}

/**
 * Like `compileInterface`, but keeps everything that is valid in spite of errors. Never throws, whatever the text.
 * @param files those that this run has parsed already.
 */
export function analyzeInterface(input: CompileInput, files = new ParsedFiles()): Analysis {
  const beside: Beside[] = [];
  let { missing, ...analysis } = analyzeAlone(input, files, beside);
  for (let round = 0; round < MAX_ROUNDS && missing.size > 0; round++) {
    const found = findBeside(input, analysis.syntax, missing, files).filter(
      ({ name }) => !beside.some((one) => one.name === name),
    );
    if (found.length === 0) break;
    beside.push(...found);
    ({ missing, ...analysis } = analyzeAlone(input, files, beside));
  }
  const notes = beside.map((one) => besideNote(one, analysis));
  const diagnostics = atTheirLevels([...notes, ...analysis.diagnostics], analysis.sources, input.levels);
  return { ...analysis, diagnostics, failed: diagnostics.some(({ severity }) => severity === "error") };
}

/** The longest chain of files in the same folder that need one another. */
const MAX_ROUNDS = 4;

function besideNote({ name, wanted }: Beside, { sources }: Analysis): Diagnostic {
  const span = { file: sources[0]?.file ?? "", line: 1, column: 1, offset: 0, length: 0 };
  const message = `${name} in the same folder defines ${wanted} and is imported`;
  return { severity: "note", code: "found-beside", message, span, hint: `to make this explicit: --import ${name}` };
}

/** The interface with the files that it needs; `missing` contains names that no file defines. */
function analyzeAlone(
  input: CompileInput,
  files: ParsedFiles,
  beside: readonly Beside[],
): Analysis & { readonly missing: ReadonlySet<string> } {
  const { mapping = {}, maxErrors = DEFAULT_MAX_ERRORS } = input;
  const modules = loadModules(
    input,
    maxErrors,
    files,
    beside.map(({ name }) => name),
  );
  linkModules(modules);
  const externs = linkExterns(modules, input.externs ?? {});
  const resolvers = modules.map(({ scope }) => resolveNames(scope));
  const resolved = resolvers.map((resolver) => resolve(resolver));
  const all = resolved.flatMap(({ definitions }) => definitions);
  const [main] = modules;
  const scopes = resolvers.map(({ types, reporter }, index) => ({
    definitions: resolved[index]?.definitions ?? [],
    syntax: modules[index]?.syntax ?? [],
    types,
    reporter,
  }));
  linkReferences(scopes);
  applyMapping(all, mapping);
  findLists(all);
  findTables(scopes);
  const foreign = [...[...externs.values()].flat(), ...modules.flatMap(({ scope }) => [...scope.opened.values()])];
  markRecursive(all);
  // Types written by hand are unknown, so assume that they are recursive.
  for (const type of foreign) (type as Draft<typeof type>).recursive = true;
  checkContainment([...foreign, ...all], main.reporter);
  checkNesting([...foreign, ...all], main.reporter);
  for (const [index, { reporter, sources: own, syntax }] of modules.entries()) {
    check(resolved[index] as Resolved, reporter);
    separateMethods(resolved[index]?.definitions ?? [], mapping, reporter);
    checkAnnotations(own, syntax, reporter);
    checkRestored(resolved[index]?.definitions ?? [], reporter);
  }
  const used = usedModules(modules);
  const sources = used.flatMap((module) => module.sources);
  const order = sources.map((source) => source.file);
  const diagnostics = used.flatMap(({ reporter }) => inSourceOrder(reporter.diagnostics, order));
  const failed = used.some(({ reporter }) => reporter.errors > 0);
  const module = moduleOf(modules, resolved, externs);
  const missing = new Set(used.flatMap(({ scope }) => [...scope.missing]));
  return { syntax: main.syntax, definitions: module.definitions, diagnostics, failed, module, sources, missing };
}

/** The first module, which refers to the others that it uses. */
function moduleOf(
  modules: readonly LoadedModule[],
  resolved: readonly Resolved[],
  externs: ReadonlyMap<string, readonly Definition[]>,
): InterfaceModule {
  const made = new Map<string, Draft<InterfaceModule>>();
  for (const [extern, definitions] of externs) {
    made.set(externFile(extern), { file: externFile(extern), definitions, extern });
  }
  for (const [index, { file, sources }] of modules.entries()) {
    const { text = "", licence: place } = sources[0] ?? {};
    const licence = place === undefined ? undefined : licenceText(text.slice(place.start, place.end));
    made.set(file, {
      file,
      ...(licence === undefined ? {} : { licence }),
      definitions: resolved[index]?.definitions ?? [],
    });
  }
  for (const { file, scope } of modules) {
    const imports = [...scope.uses].map((used) => made.get(used)).filter((module) => module !== undefined);
    if (scope.opened.size > 0) imports.push(leftToC(file, [...scope.opened.values()]));
    const module = made.get(file);
    if (module !== undefined && imports.length > 0) module.imports = imports;
  }
  return made.get(modules[0]?.file ?? "") as InterfaceModule;
}

/** The module of the types that C code defines. */
function leftToC(file: string, definitions: readonly Definition[]): InterfaceModule {
  const extern = externsOf(file);
  return { file: externFile(extern), definitions, extern, neededBy: file };
}
