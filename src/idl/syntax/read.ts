// Reading one interface file, with all that it includes, to its syntax.

import { type Outside, outsideOf } from "../c-names/outside.js";
import { taggedNames } from "../c-names/tagged.js";
import { createReporter, type Reporter } from "../findings/diagnostics.js";
import type { Level } from "../findings/suppressions.js";
import type { Mapping } from "../model/mapping.js";
import { expand } from "../preprocess/expand.js";
import { preprocess } from "../preprocess/preprocessor.js";
import { type Include, type IncludeResolver, type OpenSource, PARTS } from "../preprocess/units.js";
import type { Source } from "../source.js";
import type { DefinitionSyntax } from "./ast.js";
import { parse, parsePassed } from "./parser.js";

/** An interface file and the options of its compilation. */
export interface CompileInput {
  /** Shown in diagnostics, and the name of the module; the file is not opened. */
  readonly file: string;
  /** Bytes that are not UTF-8 are read as Latin-1. */
  readonly text: string | Uint8Array;
  /** Symbols for `#ifdef`, like C's `-D`. `RPC_HDR` is always defined. */
  readonly symbols?: Readonly<Record<string, string>>;
  /** Deviations from the default mapping to TypeScript. */
  readonly mapping?: Mapping;
  /** Levels of warnings, by code: "off" drops them, "error" makes them errors. Errors stay errors. */
  readonly levels?: ReadonlyMap<string, Level>;
  /** The number of errors after which to stop, default 100. */
  readonly maxErrors?: number;
  /** Interfaces whose names can be used, as if the file had a `%#include` for each: `types.x`. */
  readonly imports?: readonly string[];
  /** Types that are defined elsewhere: their names, and the modules that export them with their codecs. */
  readonly externs?: Readonly<Record<string, string>>;
  /** Finds and reads the files that this one includes; without it no file is found. */
  readonly resolveInclude?: IncludeResolver;
}

export interface Parsed {
  readonly definitions: readonly DefinitionSyntax[];
  readonly sources: readonly Source[];
  readonly skippedPart: boolean;
  /** `%#include` lines. */
  readonly imports: readonly Include[];
  /** The headers of `%#include` lines. */
  readonly headers: readonly Include[];
  /** The content of `%#define` lines. */
  readonly passed: readonly DefinitionSyntax[];
  readonly outside: Outside;
}

/**
 * rpcgen reads a file once for each of its outputs, and its user gets all of them: definitions that occur only in other
 * outputs than the header are added, if they are valid.
 * @param open makes the sources of included files.
 */
export function readParts(source: Source, input: CompileInput, reporter: Reporter, open: OpenSource): Parsed {
  const [main, ...others] = PARTS;
  const parsed = read(source, { input, open }, main, reporter);
  if (!parsed.skippedPart || reporter.errors > 0) return parsed;
  const definitions = [...parsed.definitions];
  const known = new Set(definitions.map(({ name }) => name.text));
  for (const part of others) {
    const scratch = createReporter(1);
    const more = read(source, { input, open }, part, scratch).definitions.filter(({ name }) => !known.has(name.text));
    if (scratch.errors > 0) continue;
    for (const definition of more) known.add(definition.name.text);
    definitions.push(...more);
  }
  return { ...parsed, definitions };
}

interface Input {
  readonly input: CompileInput;
  readonly open: OpenSource;
}

function read(source: Source, { input, open }: Input, part: string, reporter: Reporter): Parsed {
  const { symbols, resolveInclude: resolve } = input;
  const { unit, context } = preprocess(source, { reporter, symbols: { [part]: "1", ...symbols }, resolve, open });
  const expanded = expand(unit, context);
  const { sources, skippedPart, imports } = context;
  const definitions = parse(expanded, reporter);
  return {
    definitions,
    sources,
    skippedPart,
    imports,
    headers: context.headers,
    passed: parsePassed(expanded),
    outside: outsideOf(context.code, context.asksHeader, taggedNames(definitions)),
  };
}
