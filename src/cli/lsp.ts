// `lupine lsp --stdio`: the language server, for editors.
import { resolve } from "node:path";
import { type Command, Option } from "commander";
import { CommandError, ExitCode } from "./output.js";

interface LspOptions {
  readonly stdio?: true;
  readonly include: readonly string[];
}

const help = `
Editors start it: docs/editors.md has the settings for VS Code, Neovim, Emacs, Helix and Zed.
It speaks the Language Server Protocol over stdin and stdout, and ends when the editor says so or goes away.

Exit codes:
  0    the editor shut it down
  1    the editor went away without a word
  2    wrong usage
  130  interrupted (Ctrl-C)`;

/** Adds `lupine lsp`. */
export function addLspCommand(program: Command): void {
  program
    .command("lsp")
    .summary("run the language server, for editors")
    .description("Run the language server for .x interfaces: what editors start.")
    .option("--stdio", "speak over stdin and stdout; there is no other way yet, and it has to be said")
    .option("-I, --include <folder>", "a folder to look for included files in; may be repeated", collect, [])
    // Editors of the VS Code family add it.
    .addOption(new Option("--clientProcessId <number>").hideHelp())
    .addHelpText("after", help)
    .action(runLsp);
}

function collect(folder: string, before: readonly string[]): readonly string[] {
  return [...before, resolve(folder)];
}

async function runLsp({ stdio, include }: LspOptions, command: Command): Promise<void> {
  if (!stdio) throw new CommandError("USAGE", "say --stdio: lupine lsp --stdio is what an editor starts");
  const { createConnection } = await import("vscode-languageserver/node");
  const { serve } = await import("../lsp/index.js");
  process.once("SIGINT", () => process.exit(ExitCode.INTERRUPTED));
  const version = command.parent?.version() ?? "";
  serve(createConnection(process.stdin, process.stdout), { version, includeFolders: include });
  // The connection ends the process: with "exit", or when the input ends.
  await new Promise(() => {});
}
