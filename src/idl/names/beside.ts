// Interfaces in the same folder that define missing names. Some projects join such files when they build, or have C
// headers of the same names; rpcgen processes each file alone, because it leaves every name to the C compiler.

import { createReporter, DEFAULT_MAX_ERRORS } from "../findings/diagnostics.js";
import type { FoundFile } from "../preprocess/units.js";
import type { DefinitionSyntax } from "../syntax/ast.js";
import type { ParsedFiles } from "../syntax/parsed-files.js";
import type { CompileInput } from "../syntax/read.js";

/** The most files that are examined. */
export const MAX_BESIDE = 300;

/** An interface to import, and the first name for which it is needed. */
export interface Beside {
  readonly name: string;
  readonly wanted: string;
}

interface Candidate {
  readonly name: string;
  readonly defined: ReadonlySet<string>;
}

/**
 * The files of the folder that must be imported for the missing names. A file that also defines a type of this
 * interface counts as another version of it and is skipped, and so are names that several files define.
 */
export function findBeside(
  input: CompileInput,
  syntax: readonly DefinitionSyntax[],
  missing: ReadonlySet<string>,
  files: ParsedFiles,
): Beside[] {
  const own = definedIn(syntax);
  const candidates = candidatesFor(input, missing, files).filter(
    ({ defined }) => ![...own].some((name) => defined.has(name)),
  );
  const found = new Map<string, Beside>();
  for (const wanted of missing) {
    const [first, ...others] = candidates.filter(({ defined }) => defined.has(wanted));
    if (first === undefined || others.length > 0 || found.has(first.name)) continue;
    found.set(first.name, { name: first.name, wanted });
  }
  return [...found.values()];
}

function candidatesFor(input: CompileInput, missing: ReadonlySet<string>, files: ParsedFiles): Candidate[] {
  const { resolveInclude, file } = input;
  const words = new RegExp(`\\b(?:${[...missing].join("|")})\\b`);
  const names = resolveInclude?.beside?.(file).slice(0, MAX_BESIDE) ?? [];
  return names.flatMap((name) => {
    const found = resolveInclude?.({ name, angled: false, from: file, isImport: true });
    if (found === undefined || found.file === file) return [];
    const defined = definitionsOf(found, input, words, files);
    return defined.size === 0 ? [] : [{ name, defined }];
  });
}

/** The definitions in a file. Empty if it contains none of the names, or has errors. */
function definitionsOf(found: FoundFile, input: CompileInput, words: RegExp, files: ParsedFiles): Set<string> {
  if (!words.test(files.open(found, createReporter(1)).text)) return new Set();
  const { maxErrors = DEFAULT_MAX_ERRORS } = input;
  const { parsed, reporter } = files.read(found, input, maxErrors);
  const { definitions } = parsed;
  return reporter.errors > 0 ? new Set() : new Set([...definedIn(definitions), ...constantsIn(definitions)]);
}

/** The names of the types and programs that a file defines. */
function definedIn(syntax: readonly DefinitionSyntax[]): Set<string> {
  return new Set(syntax.filter(({ kind }) => kind !== "const").map(({ name }) => name.text));
}

function constantsIn(syntax: readonly DefinitionSyntax[]): string[] {
  return syntax.flatMap((definition) => {
    if (definition.kind === "const") return [definition.name.text];
    const members = definition.kind === "body" && definition.body.kind === "enum" ? definition.body.members : [];
    return members.map(({ name }) => name.text);
  });
}
