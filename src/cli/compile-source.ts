// Compiling an interface for commands that look at it and generate nothing.
import { compileInterface, formatDiagnostics, type InterfaceModule, type SourceText } from "../idl/index.js";
import { resolverFor } from "./include-files.js";
import { readText } from "./input.js";
import { CommandError, note } from "./output.js";

/** A file's text, as commands hand it on. @throws CommandError when it cannot be read. */
export async function readSource(file: string): Promise<SourceText> {
  return { file, text: await readText(file) };
}

/** What an interface compiles to; its warnings go to stderr. @throws CommandError when it has errors. */
export function compileSource(source: SourceText): InterfaceModule {
  const { module, diagnostics, sources } = compileInterface({ ...source, resolveInclude: resolverFor(source.file) });
  const told = (): string => formatDiagnostics(diagnostics, sources, { color: process.stderr.isTTY });
  if (module === undefined) {
    const message = `${source.file} has errors\n\n${told()}`;
    throw new CommandError("BAD_INTERFACE", message, { details: { file: source.file, diagnostics } });
  }
  if (diagnostics.length > 0) note(told());
  return module;
}
