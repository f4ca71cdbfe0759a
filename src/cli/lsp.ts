// `lupine lsp --stdio`: the language server, for editors.
import { type Command, Option } from "commander";
import type { Connection } from "vscode-languageserver";
import { configNames } from "../project/config-file.js";
import { documentationOf } from "./check/documentation.js";
import { addInterfaceOptions, type InterfaceFlags } from "./interface-options.js";
import { CommandError, ExitCode } from "./output.js";
import { projectOptions } from "./project.js";

interface LspOptions extends InterfaceFlags {
  readonly stdio?: true;
}

const help = `
Editors start it: docs/editors.md has the settings for VS Code, Neovim, Emacs, Helix and Zed.
It speaks the Language Server Protocol over stdin and stdout, and exits when the editor shuts it down or exits.

Exit codes:
  0    the editor shut it down
  1    the editor exited without shutting it down
  2    wrong usage
  130  interrupted (Ctrl-C)`;

/** Adds `lupine lsp`. */
export function addLspCommand(program: Command): void {
  const command = program.command("lsp");
  command
    .summary("run the language server for editors")
    .description("Run the language server for .x interfaces. Editors start it.")
    .option("--stdio", "use stdin and stdout (required; the only transport)")
    // Editors of the VS Code family add it.
    .addOption(new Option("--clientProcessId <number>").hideHelp())
    .addHelpText("after", help)
    .action(runLsp);
  addInterfaceOptions(command);
}

async function runLsp({ stdio, ...flags }: LspOptions, command: Command): Promise<void> {
  if (!stdio) throw new CommandError("USAGE", "--stdio is missing: editors start lupine lsp --stdio");
  const { createConnection } = await import("vscode-languageserver/node");
  process.once("SIGINT", () => process.exit(ExitCode.INTERRUPTED));
  // The connection ends the process: on "exit", or when the input ends.
  await serveEditor(createConnection(process.stdin, process.stdout), flags, command.parent?.version() ?? "");
}

/** Serves the editor at the other end of a connection. Does not end the process. */
export async function serveEditor(connection: Connection, flags: InterfaceFlags, version: string): Promise<void> {
  const { projectSettings, serve } = await import("../lsp/index.js");
  serve(connection, {
    version,
    loadSettings: projectSettings(projectOptions(flags)),
    documentationOf,
    configPattern: `**/{${configNames.join(",")}}`,
  });
}
