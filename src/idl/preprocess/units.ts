// The results and the state of the preprocessor. Types alone, but for the names of rpcgen's
// outputs.
import type { Reporter } from "../findings/diagnostics.js";
import type { Span } from "../model/model.js";
import type { Source } from "../source.js";

/** `#define NAME body`. */
export interface Macro {
  readonly name: string;
  readonly span: Span;
  readonly parameters: readonly string[] | undefined;
  /** The last parameter stands for all arguments that are left: `...`. */
  readonly variadic?: boolean;
  readonly body: string;
  /** The unit that has the body, and where; comments and line ends in it are blanked. */
  readonly unit: Unit;
  readonly bodyStart: number;
  /** Whether an interface file says so itself: not a C header, not the command line. */
  readonly own: boolean;
}

/** The requests of directives, by position in the text. */
export type DirectiveEvent =
  | { readonly kind: "define"; readonly offset: number; readonly macro: Macro }
  | { readonly kind: "undef"; readonly offset: number; readonly name: string }
  | { readonly kind: "include"; readonly offset: number; readonly unit: Unit };

/** One file, or one reading of it. */
export interface Unit {
  readonly source: Source;
  /** The source's text with directives and what is not read blanked: each character keeps its place. */
  readonly text: string;
  /** The directives alone, everything else blanked. */
  readonly directives: string;
  readonly events: readonly DirectiveEvent[];
  /** A C header gives its macros alone. */
  readonly header: boolean;
}

/** State that the files of one interface share. */
export interface Context {
  readonly reporter: Reporter;
  readonly resolve: IncludeResolver | undefined;
  /** Macros that no file defines. */
  readonly predefined: readonly Macro[];
  /** The definitions at the current position. */
  readonly macros: Map<string, Macro>;
  /** Names that were defined differently or undefined somewhere. */
  readonly changed: Set<string>;
  /** All that were read, in order. */
  readonly sources: Source[];
  /** Files that say `#pragma once`. */
  readonly once: Set<string>;
  /** The files that the one being read stands in, itself the last. */
  readonly stack: string[];
  /** `%#include` lines of the interface. */
  readonly imports: Include[];
  /** `%#define` lines: for C code, but lengths may use them. */
  readonly passed: Macro[];
  /** The headers of `%#include` lines. */
  readonly headers: Include[];
  /** `%` lines, without their `%`. */
  readonly code: string[];
  /** Whether a header of C was asked for. */
  asksHeader: boolean;
  /** Whether something was left out because of a condition on rpcgen's outputs. */
  skippedPart: boolean;
  /** Reads the file of an `#include`; undefined when there is nothing to read. */
  readonly include: (reading: Reading, request: Include) => Unit | undefined;
}

/** rpcgen reads a file once for each of its outputs, with one of these defined; the first is that of the declarations. */
export const PARTS = ["RPC_HDR", "RPC_XDR", "RPC_SVC", "RPC_CLNT", "RPC_TBL"] as const;

export interface Conditional {
  readonly span: Span;
  /** Whether the text around it is read. */
  readonly outer: boolean;
  /** Whether a branch was taken already. */
  taken: boolean;
  active: boolean;
  sawElse: boolean;
  /** Whether it, or one around it, asks which of rpcgen's outputs is made. */
  readonly asksPart: boolean;
}

/** Where the reading of one file is. */
export interface Reading {
  readonly context: Context;
  readonly source: Source;
  readonly header: boolean;
  readonly conditionals: Conditional[];
  readonly events: DirectiveEvent[];
  readonly pieces: string[];
  readonly directives: string[];
  /** The text that is read: the source with blanks in place of text that is not interface. */
  readonly text: string;
  /** An open block comment: in text that is kept, or in text that is blanked. */
  comment: "kept" | "blanked" | undefined;
  /** The unit that all this becomes. */
  readonly unit: { -readonly [K in keyof Unit]: Unit[K] };
}

/** A request of a file for another one. */
export interface IncludeRequest {
  /** As written: `types.h`. */
  readonly name: string;
  /** `<types.h>` is not looked for beside the file that asks. */
  readonly angled: boolean;
  /** The file that asks. */
  readonly from: string;
  /** `%#include "types.h"`: the interface types.x, which is asked for, becomes a module of its own. */
  readonly isImport?: boolean;
}

/** A file that was found. The same file must have the same name each time. */
export interface FoundFile {
  readonly file: string;
  /** Bytes that are no UTF-8 are read as Latin-1. */
  readonly text: string | Uint8Array;
}

/** Finds and reads a file; undefined if it does not exist. */
export interface IncludeResolver {
  (request: IncludeRequest): FoundFile | undefined;
  /** The names of the other interface files in a file's folder, in order. If it is missing, no folder is searched. */
  readonly beside?: (file: string) => readonly string[];
}

/** A request with its place. */
export interface Include {
  readonly name: string;
  readonly angled: boolean;
  readonly from: Source;
  readonly offset: number;
  readonly length: number;
  /** It is asked for by `import`, which C does not have: the file must exist. */
  readonly isStatement?: true;
}

/** Whether the text at this place is read. */
export function isActive({ conditionals }: Reading): boolean {
  return conditionals.at(-1)?.active ?? true;
}
