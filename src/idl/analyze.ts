// One interface, from text to model: source -> preprocessor -> lexer -> parser -> resolver -> checker. Keeps what can be
// known of a file that may be wrong: editors ask while it is being written.
import type { DefinitionSyntax } from "./ast.js";
import { check } from "./checker.js";
import { createReporter, DEFAULT_MAX_ERRORS, type Diagnostic, inSourceOrder, type Reporter } from "./diagnostics.js";
import { expand } from "./expand.js";
import { hoist } from "./hoist.js";
import { openSource } from "./includes.js";
import { findLists } from "./lists.js";
import { applyMapping, type Mapping } from "./mapping.js";
import type { Definition } from "./model.js";
import { parse, parsePassed } from "./parser.js";
import { preprocess } from "./preprocessor.js";
import { markRecursive } from "./recursion.js";
import { resolve } from "./resolver.js";
import { declare } from "./scope.js";
import type { Source, SourceText } from "./source.js";
import { type IncludeResolver, PARTS } from "./units.js";

export interface CompileInput {
  /** Shown in diagnostics, and the module's name for itself; not opened. */
  readonly file: string;
  /** Bytes that are no UTF-8 are read as Latin-1. */
  readonly text: string | Uint8Array;
  /** Symbols for `#ifdef`, as C's `-D`. `RPC_HDR` is always defined. */
  readonly symbols?: Readonly<Record<string, string>>;
  /** What becomes TypeScript otherwise than by default. */
  readonly mapping?: Mapping;
  /** Errors after which to stop, default 100. */
  readonly maxErrors?: number;
  /** Finds and reads the files that this one includes; without it none is found. */
  readonly resolveInclude?: IncludeResolver;
}

export interface Analysis {
  /** What was parsed, in source order; a definition that broke off is missing. */
  readonly syntax: readonly DefinitionSyntax[];
  /** Resolved as far as it could be: a type that is not known is an int here, and an error in `diagnostics`. */
  readonly definitions: readonly Definition[];
  /** In source order, those of the file itself first. */
  readonly diagnostics: readonly Diagnostic[];
  /** Whether one of them is an error. */
  readonly failed: boolean;
  /** The file and all that it includes, for `formatDiagnostics`. */
  readonly sources: readonly SourceText[];
}

/** As `compileInterface`, but keeps what errors leave of the file. Throws for no text whatever. */
export function analyzeInterface(input: CompileInput): Analysis {
  const { file, text, mapping = {}, maxErrors = DEFAULT_MAX_ERRORS } = input;
  const reporter = createReporter(maxErrors);
  const source = openSource({ reporter }, { file, text });
  const { definitions: syntax, sources, passed } = readParts(source, input, reporter);
  const resolved = resolve(declare(hoist(syntax), reporter, passed));
  const { definitions } = resolved;
  applyMapping(definitions, mapping);
  findLists(definitions);
  markRecursive(definitions);
  check(resolved, reporter);
  const files = sources.map((one) => one.file);
  const diagnostics = inSourceOrder(reporter.diagnostics, files);
  return { syntax, definitions, diagnostics, failed: reporter.errors > 0, sources };
}

interface Parsed {
  readonly definitions: readonly DefinitionSyntax[];
  readonly sources: readonly Source[];
  readonly skippedPart: boolean;
  /** What `%#define` lines say. */
  readonly passed: readonly DefinitionSyntax[];
}

/**
 * rpcgen reads a file once for each of its outputs, and what a person gets are all of them together: what only another
 * output than the declarations has is added, where it is sound.
 */
function readParts(source: Source, input: CompileInput, reporter: Reporter): Parsed {
  const [main, ...others] = PARTS;
  const parsed = read(source, input, main, reporter);
  if (!parsed.skippedPart || reporter.errors > 0) return parsed;
  const definitions = [...parsed.definitions];
  const known = new Set(definitions.map(({ name }) => name.text));
  for (const part of others) {
    const scratch = createReporter(1);
    const more = read(source, input, part, scratch).definitions.filter(({ name }) => !known.has(name.text));
    if (scratch.errors > 0) continue;
    for (const definition of more) known.add(definition.name.text);
    definitions.push(...more);
  }
  return { ...parsed, definitions };
}

function read(source: Source, input: CompileInput, part: string, reporter: Reporter): Parsed {
  const { symbols, resolveInclude: resolve } = input;
  const { unit, context } = preprocess(source, { reporter, symbols: { [part]: "1", ...symbols }, resolve });
  const expanded = expand(unit, context);
  const { sources, skippedPart } = context;
  return { definitions: parse(expanded, reporter), sources, skippedPart, passed: parsePassed(expanded) };
}
