// Compiles an interface to a model, or reports its errors.
import { analyzeInterface } from "./analyze.js";
import type { Diagnostic } from "./findings/diagnostics.js";
import type { InterfaceModule } from "./model/model.js";
import type { SourceText } from "./source.js";
import { ParsedFiles } from "./syntax/parsed-files.js";
import type { CompileInput } from "./syntax/read.js";

export type { CompileInput } from "./syntax/read.js";

/** The compiled interface, and the errors and warnings. */
export interface CompileResult {
  /** Absent when there are errors. */
  readonly module?: InterfaceModule;
  /** In source order, those of the file itself first. */
  readonly diagnostics: readonly Diagnostic[];
  /** The file and all that it includes, for `formatDiagnostics`. */
  readonly sources: readonly SourceText[];
}

/**
 * Compiles one interface. Reads files only through `resolveInclude`. Never throws for any text: errors are in `diagnostics`.
 * @example
 * const { diagnostics } = compileInterface({ file: "bad.x", text: "struct pair { int a int b; };" });
 * console.log(diagnostics[0]?.severity); // error
 */
export function compileInterface(input: CompileInput): CompileResult {
  return compileWith(new ParsedFiles(), input);
}

/** Compiles one of several interfaces that share the files which they import: each file is parsed once. */
export function compileWith(files: ParsedFiles, input: CompileInput): CompileResult {
  const { module, diagnostics, failed, sources } = analyzeInterface(input, files);
  return failed ? { diagnostics, sources } : { module, diagnostics, sources };
}
