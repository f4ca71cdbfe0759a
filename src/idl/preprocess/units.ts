// The results and the state of the preprocessor. Only types, except the names of rpcgen's outputs.
import type { Reporter } from "../findings/diagnostics.js";
import type { Span } from "../model/model.js";
import type { Source } from "../source.js";
import type { Lexeme } from "../syntax/lexemes.js";

/** `#define NAME body`. */
export interface Macro {
  readonly name: string;
  readonly span: Span;
  readonly parameters: readonly string[] | undefined;
  /** The last parameter takes all remaining arguments: `...`. */
  readonly variadic?: boolean;
  /** The body with blanks in place of its comments and line ends. */
  readonly body: string;
  /** The lexemes of the body, without its comments, and the source that contains them. */
  readonly lexemes: readonly Lexeme[];
  readonly source: Source;
  /** Whether the interface file itself defines it, not a C header or the command line. */
  readonly own: boolean;
}

/** The requests of directives, by position in the text. */
export type DirectiveEvent =
  | { readonly kind: "define"; readonly offset: number; readonly macro: Macro }
  | { readonly kind: "undef"; readonly offset: number; readonly name: string }
  | { readonly kind: "include"; readonly offset: number; readonly unit: Unit };

/** One file, or one inclusion of it. */
export interface Unit {
  readonly source: Source;
  /** The lexemes of the active text, without directives. */
  readonly lexemes: readonly Lexeme[];
  readonly events: readonly DirectiveEvent[];
  /** True for a C header, of which only the macros are used. */
  readonly header: boolean;
}

/** State that the files of one interface share. */
export interface Context {
  readonly reporter: Reporter;
  readonly resolve: IncludeResolver | undefined;
  readonly open: OpenSource;
  /** Macros that no file defines. */
  readonly predefined: readonly Macro[];
  /** The macros that are defined at the current position. */
  readonly macros: Map<string, Macro>;
  /** Names that were defined differently or undefined somewhere. */
  readonly changed: Set<string>;
  /** All units, in the order in which they were read. */
  readonly sources: Source[];
  /** Files that contain `#pragma once`. */
  readonly once: Set<string>;
  /** The chain of including files, the current one last. */
  readonly stack: string[];
  /** `%#include` lines of the interface. */
  readonly imports: Include[];
  /** `%#define` lines: meant for C code, but lengths may use them. */
  readonly passed: Macro[];
  /** The headers of `%#include` lines. */
  readonly headers: Include[];
  /** `%` lines, without their `%`. */
  readonly code: string[];
  /** Whether a C header was included. */
  asksHeader: boolean;
  /** Whether text was skipped because of a condition on rpcgen's outputs. */
  skippedPart: boolean;
  /** Reads the file of an `#include`; undefined when there is nothing to read. */
  readonly include: (reading: Reading, request: Include) => Unit | undefined;
}

/**
 * rpcgen reads a file once for each of its outputs, with one of these symbols defined; the first is that of the header.
 */
export const PARTS = ["RPC_HDR", "RPC_XDR", "RPC_SVC", "RPC_CLNT", "RPC_TBL"] as const;

export interface Conditional {
  readonly span: Span;
  /** Whether the surrounding text is active. */
  readonly outer: boolean;
  /** Whether a branch was already taken. */
  taken: boolean;
  active: boolean;
  sawElse: boolean;
  /** Whether this condition, or an enclosing one, tests which of rpcgen's outputs is made. */
  readonly asksPart: boolean;
}

/** The position in one file. */
export interface Reading {
  readonly context: Context;
  readonly source: Source;
  readonly header: boolean;
  readonly conditionals: Conditional[];
  readonly events: DirectiveEvent[];
  readonly lexemes: Lexeme[];
}

/** A request of one file for another. */
export interface IncludeRequest {
  /** The name as the file has it: `types.h`. */
  readonly name: string;
  /** `<types.h>` is not searched in the folder of the including file. */
  readonly angled: boolean;
  /** The file that contains the request. */
  readonly from: string;
  /** `%#include "types.h"`: the interface types.x becomes a module of its own. */
  readonly isImport?: boolean;
}

/** A file that was found. The same file must have the same name each time. */
export interface FoundFile {
  /** The file's name, for messages and for `from` of the requests that it makes itself. */
  readonly file: string;
  /** Bytes that are not UTF-8 are read as Latin-1. */
  readonly text: string | Uint8Array;
}

/** Makes the source of a file that was found, with a note if it is not UTF-8. */
export type OpenSource = (found: FoundFile, reporter: Reporter) => Source;

/** Finds and reads a file; undefined if it does not exist. */
export interface IncludeResolver {
  /** Returns the file that the request means, or undefined if it does not exist. */
  (request: IncludeRequest): FoundFile | undefined;
  /**
   * The names of the other interface files in a file's folder, in order. If this function is missing, no folder is
   * searched.
   */
  readonly beside?: (file: string) => readonly string[];
}

/** A request with its place. */
export interface Include {
  readonly name: string;
  readonly angled: boolean;
  readonly from: Source;
  readonly offset: number;
  readonly length: number;
  /** Requested by `import`, which C does not have: the file must exist. */
  readonly isStatement?: true;
}

/** Whether the text at this position is active. */
export function isActive({ conditionals }: Reading): boolean {
  return conditionals.at(-1)?.active ?? true;
}
