// Compiles an interface with its project's settings: returns the model, or the diagnostics.
import { compileWith } from "../idl/compile.js";
import type { CompileInput, CompileResult, IncludeResolver } from "../idl/index.js";
import { ParsedFiles } from "../idl/syntax/parsed-files.js";
import type { Search } from "./project.js";
import { type ReadFile, resolverFor } from "./search-path.js";

export interface InterfaceBytes {
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Reads the requested files. Default: from disk. */
  readonly read?: ReadFile;
  /** The prefix of file names in messages. */
  readonly prefix?: string;
}

/** A file, or a text that an editor holds. */
export type InterfaceText = Omit<InterfaceBytes, "bytes"> &
  ({ readonly bytes: Uint8Array } | { readonly text: string });

export interface CompileOptions {
  readonly mapping?: CompileInput["mapping"];
}

/**
 * The compiled interface, with its errors.
 * @param files those that this run has parsed already.
 */
export function compileBytes(
  input: InterfaceBytes,
  search: Search,
  options: CompileOptions = {},
  files = new ParsedFiles(),
): CompileResult {
  return compileWith(files, compileInput(input, search, options));
}

/** The compiler's input for an interface of a project. */
export function compileInput(
  { file, read, prefix = "", ...content }: InterfaceText,
  { folders, symbols, imports, externs, levels = new Map() }: Search,
  { mapping }: CompileOptions = {},
): CompileInput & { readonly resolveInclude: IncludeResolver } {
  const text = "bytes" in content ? content.bytes : content.text;
  const resolveInclude = resolverFor(file, { folders, prefix, ...(read === undefined ? {} : { read }) });
  const mapped = mapping === undefined ? {} : { mapping };
  return { ...mapped, file: prefix + file, text, symbols, imports, externs, levels, resolveInclude };
}
