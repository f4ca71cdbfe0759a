// The interfaces that one refers to: `%#include "types.h"` stands for types.x, whose names then count here too. They
// may refer to each other in a circle.
import type { DefinitionSyntax } from "./ast.js";
import { createReporter, type Reporter } from "./diagnostics.js";
import { hoist } from "./hoist.js";
import { openSource } from "./includes.js";
import { type CompileInput, type Parsed, readParts } from "./read.js";
import { declare, type Scope } from "./scope.js";
import type { Source } from "./source.js";

/** An interface on its way to the model. */
export interface LoadedModule {
  readonly file: string;
  readonly syntax: readonly DefinitionSyntax[];
  readonly scope: Scope;
  readonly reporter: Reporter;
  readonly sources: readonly Source[];
  /** The files that it imports itself. */
  readonly imports: readonly string[];
}

/** Interfaces that one may import in all. */
export const MAX_MODULES = 500;

/** The interface, then all that it imports, directly or not. */
export function loadModules(input: CompileInput, maxErrors: number): [LoadedModule, ...LoadedModule[]] {
  const loaded = new Map<string, LoadedModule>();
  const scopeOf = (file: string): Scope | undefined => loaded.get(file)?.scope;
  const load = (file: string, text: string | Uint8Array): LoadedModule => {
    const reporter = createReporter(maxErrors);
    const source = openSource({ reporter }, { file, text });
    const parsed = readParts(source, input, reporter);
    const { definitions: syntax, sources, passed } = parsed;
    const found = findImports(parsed, input);
    const scope = declare(hoist(syntax), reporter, passed, scopeOf);
    const module = { file, syntax, scope, reporter, sources, imports: found.map((one) => one.file) };
    loaded.set(file, module);
    waiting.push(...found);
    return module;
  };
  const waiting: { file: string; text: string | Uint8Array }[] = [];
  const main = load(input.file, input.text);
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    if (!loaded.has(next.file) && loaded.size < MAX_MODULES) load(next.file, next.text);
  }
  return [main, ...[...loaded.values()].slice(1)];
}

function findImports(
  { imports }: Parsed,
  { resolveInclude }: CompileInput,
): { file: string; text: string | Uint8Array }[] {
  return imports.flatMap(({ name, angled, from }) => {
    const found = resolveInclude?.({ name, angled, from: from.file, isImport: true });
    return found === undefined ? [] : [found];
  });
}

/** Makes the names of imported interfaces known; an interface's own names go before, nearer ones before farther ones. */
export function linkModules(modules: readonly LoadedModule[]): void {
  const byFile = new Map(modules.map((module) => [module.file, module]));
  const own = new Map(
    modules.map(({ file, scope }) => [file, [new Map(scope.types), new Map(scope.constants)] as const]),
  );
  for (const module of modules) {
    const { types, constants, foreign, kindOf } = module.scope;
    for (const file of reachable(module, byFile)) {
      const [theirTypes, theirConstants] = own.get(file) ?? [];
      for (const [name, type] of theirTypes ?? []) {
        if (types.has(name) || constants.has(name) || kindOf(name) !== undefined) continue;
        types.set(name, type);
        foreign.set(name, file);
      }
      for (const [name, constant] of theirConstants ?? []) {
        if (types.has(name) || constants.has(name) || kindOf(name) !== undefined) continue;
        constants.set(name, constant);
        foreign.set(name, file);
      }
    }
  }
}

/** The files that a module imports, the nearest first, without its own. */
function reachable(module: LoadedModule, byFile: ReadonlyMap<string, LoadedModule>): string[] {
  const found = new Set([module.file]);
  for (const file of found) for (const next of byFile.get(file)?.imports ?? []) found.add(next);
  found.delete(module.file);
  return [...found];
}

/** The modules that the first one takes something from, directly or not; itself the first. */
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
