// One interface file, from text to model: source -> preprocessor -> lexer -> parser -> resolver -> checker.
import { check } from "./checker.js";
import { createReporter, DEFAULT_MAX_ERRORS, type Diagnostic, inSourceOrder } from "./diagnostics.js";
import { hoist } from "./hoist.js";
import { findLists } from "./lists.js";
import { applyMapping, type Mapping } from "./mapping.js";
import type { InterfaceModule } from "./model.js";
import { parse } from "./parser.js";
import { preprocess } from "./preprocessor.js";
import { markRecursive } from "./recursion.js";
import { resolve } from "./resolver.js";
import { declare } from "./scope.js";
import { createSource } from "./source.js";

export interface CompileInput {
  /** Shown in diagnostics, and the module's name for itself; not opened. */
  readonly file: string;
  readonly text: string;
  /** Symbols for `#ifdef`, as C's `-D`. `RPC_HDR` is always defined. */
  readonly symbols?: Readonly<Record<string, string>>;
  /** What becomes TypeScript otherwise than by default. */
  readonly mapping?: Mapping;
  /** Errors after which to stop, default 100. */
  readonly maxErrors?: number;
}

export interface CompileResult {
  /** Absent when there are errors. */
  readonly module?: InterfaceModule;
  /** In source order. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Compiles one interface file. Does no I/O and throws for no text whatever. */
export function compileInterface({
  file,
  text,
  symbols = {},
  mapping = {},
  maxErrors = DEFAULT_MAX_ERRORS,
}: CompileInput): CompileResult {
  const reporter = createReporter(maxErrors);
  const source = createSource({ file, text });
  const syntax = parse(source, preprocess(source, symbols, reporter), reporter);
  const resolved = resolve(declare(hoist(syntax), reporter));
  applyMapping(resolved.definitions, mapping);
  findLists(resolved.definitions);
  markRecursive(resolved.definitions);
  check(resolved, reporter);
  const diagnostics = inSourceOrder(reporter.diagnostics);
  return reporter.errors > 0 ? { diagnostics } : { module: { file, definitions: resolved.definitions }, diagnostics };
}
