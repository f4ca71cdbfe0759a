// The interfaces that an interface refers to: `%#include "types.h"` means types.x, whose names can be used here.
// Interfaces may refer to each other in a cycle.

import { headerConstants } from "../c-names/headers.js";
import { type Reporter, reportWarning } from "../findings/diagnostics.js";
import type { StructDefinition } from "../model/model.js";
import { refuseEncoding } from "../preprocess/includes.js";
import type { FoundFile, Include } from "../preprocess/units.js";
import { type Source, spanBetween } from "../source.js";
import type { DefinitionSyntax } from "../syntax/ast.js";
import type { ParsedFiles } from "../syntax/parsed-files.js";
import type { CompileInput } from "../syntax/read.js";
import { withoutEnding } from "./file-names.js";
import { hoist } from "./hoist.js";
import { unknownStruct } from "./resolve-types.js";
import { declare, type NameTable } from "./scope.js";

/** An interface while it is being compiled. */
export interface LoadedModule {
  readonly file: string;
  readonly syntax: readonly DefinitionSyntax[];
  readonly scope: NameTable;
  readonly reporter: Reporter;
  readonly sources: readonly Source[];
  /** The files that it imports itself. */
  readonly imports: readonly string[];
}

/** The most interfaces that one may import in all. */
export const MAX_MODULES = 500;

/**
 * The interface, then all that it imports, directly or not.
 * @param files those that this run has parsed already.
 * @param beside files in its folder that all of them import.
 */
export function loadModules(
  input: CompileInput,
  maxErrors: number,
  files: ParsedFiles,
  beside: readonly string[] = [],
): [LoadedModule, ...LoadedModule[]] {
  const loaded = new Map<string, LoadedModule>();
  const scopeOf = (file: string): NameTable | undefined => loaded.get(file)?.scope;
  const load = (file: string, text: string | Uint8Array): LoadedModule => {
    const { parsed, reporter } = files.read({ file, text }, input, maxErrors);
    const { definitions: syntax, sources, passed, outside } = parsed;
    const given = loaded.size === 0 ? (input.imports ?? []) : [];
    const asked = [...given, ...beside].map((name) => ({ name, angled: false, from: { file: input.file } }));
    const requests = [...parsed.imports, ...asked];
    const found = findImports(requests, input, reporter).filter((one) => one.file !== file);
    const lacks = reportMissing(parsed.imports, input, reporter);
    const headers = parsed.imports.filter(({ isStatement }) => !isStatement);
    // If all headers are interfaces, every name is known.
    const hasHeaders = outside.includes > findImports(headers, input).length;
    const told = lacks || hasHeaders ? { ...outside, hasCode: true } : outside;
    const scope = declare(
      hoist(syntax),
      reporter,
      passed,
      scopeOf,
      told,
      headerConstants(parsed.headers, input.resolveInclude),
    );
    const module = { file, syntax, scope, reporter, sources, imports: found.map((one) => one.file) };
    loaded.set(file, module);
    waiting.push(...found);
    return module;
  };
  const waiting: FoundFile[] = [];
  const main = load(input.file, input.text);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (!loaded.has(next.file) && loaded.size < MAX_MODULES) load(next.file, next.text);
  }
  return [main, ...[...loaded.values()].slice(1)];
}

type Request = Pick<Include, "name" | "angled"> & { readonly from: Pick<Source, "file"> };

/** @param reporter of the importing file: gets an error for each file that is not text. */
function findImports(
  imports: readonly (Request | Include)[],
  { resolveInclude }: CompileInput,
  reporter?: Reporter,
): FoundFile[] {
  return imports.flatMap((request) => {
    const { name, angled, from } = request;
    const found = resolveInclude?.({ name, angled, from: from.file, isImport: true });
    if (found === undefined) return [];
    const span =
      "offset" in request ? spanBetween(request.from, request.offset, request.offset + request.length) : START;
    return reporter !== undefined && refuseEncoding(reporter, found, { ...span, file: from.file }) ? [] : [found];
  });
}

/** The position of an import that no line of the file requests. */
const START = { file: "", line: 1, column: 1, offset: 0, length: 0 };

/** Warns about `import` statements whose file does not exist. @returns whether there are any. */
function reportMissing(imports: readonly Include[], { resolveInclude }: CompileInput, reporter: Reporter): boolean {
  const missing = imports.filter(
    ({ isStatement, name, angled, from }) =>
      isStatement && resolveInclude?.({ name, angled, from: from.file, isImport: true }) === undefined,
  );
  for (const { name, from, offset, length } of missing) {
    reportWarning(
      reporter,
      "include-not-found",
      spanBetween(from, offset, offset + length),
      `${name} was not found; its definitions are unknown`,
      { hint: "-I adds a folder to search" },
    );
  }
  return missing.length > 0;
}

/**
 * Adds the names of imported interfaces. An interface's own names take precedence, and nearer imports over farther
 * ones.
 */
export function linkModules(modules: readonly LoadedModule[]): void {
  const byFile = new Map(modules.map((module) => [module.file, module]));
  const own = new Map(
    modules.map(({ file, scope }) => [file, [new Map(scope.types), new Map(scope.constants)] as const]),
  );
  for (const module of modules) {
    const { types, constants, foreign } = module.scope;
    for (const file of reachable(module, byFile)) {
      const [theirTypes, theirConstants] = own.get(file) ?? [];
      for (const [name, type] of theirTypes ?? []) {
        if (types.has(name) || constants.has(name)) continue;
        types.set(name, type);
        foreign.set(name, file);
      }
      for (const [name, constant] of theirConstants ?? []) {
        if (types.has(name) || constants.has(name)) continue;
        constants.set(name, constant);
        foreign.set(name, file);
      }
    }
  }
}

/**
 * Adds the names of types that are defined elsewhere, unless the name is already defined.
 * @returns the types by the module that exports them.
 */
export function linkExterns(
  modules: readonly LoadedModule[],
  externs: Readonly<Record<string, string>>,
): Map<string, StructDefinition[]> {
  const byModule = new Map<string, StructDefinition[]>();
  for (const [name, from] of Object.entries(externs)) {
    const type = unknownStruct(name, { file: from, line: 1, column: 1, offset: 0, length: 0 });
    byModule.set(from, [...(byModule.get(from) ?? []), type]);
    for (const { scope } of modules) {
      if (scope.types.has(name) || scope.constants.has(name)) continue;
      scope.types.set(name, type);
      scope.foreign.set(name, externFile(from));
    }
  }
  return byModule;
}

/** The module's name in `uses`, which differs from every interface file. */
export function externFile(from: string): string {
  return `extern ${from}`;
}

/** The import for types that C code defines: `./types.externs.js` for types.x. */
export function externsOf(file: string): string {
  const name = file.slice(Math.max(file.lastIndexOf("/"), file.lastIndexOf("\\")) + 1);
  return `./${withoutEnding(name)}.externs.js`;
}

/** The files that a module imports, the nearest first, without its own. */
function reachable(module: LoadedModule, byFile: ReadonlyMap<string, LoadedModule>): string[] {
  const found = new Set([module.file]);
  for (const file of found) for (const next of byFile.get(file)?.imports ?? []) found.add(next);
  found.delete(module.file);
  return [...found];
}

/** The modules that the first one uses, directly or not, including itself. */
export function usedModules(modules: readonly LoadedModule[]): LoadedModule[] {
  const byFile = new Map(modules.map((module) => [module.file, module]));
  const used = new Set(modules.slice(0, 1));
  for (const { scope } of used) {
    for (const file of scope.uses) {
      const module = byFile.get(file);
      if (module !== undefined) used.add(module);
    }
  }
  return [...used];
}
