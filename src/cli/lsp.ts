// `lupine lsp --stdio`: the language server, for editors.
import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { type Command, Option } from "commander";
import type { FileSettings, LoadedSettings } from "../lsp/settings.js";
import { configNames } from "./config-file.js";
import { documentationOf } from "./documentation.js";
import { addInterfaceOptions, type InterfaceFlags } from "./interface-options.js";
import { CommandError, ExitCode } from "./output.js";
import { configFor, type Project, projects } from "./project.js";

interface LspOptions extends InterfaceFlags {
  readonly stdio?: true;
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
  const command = program.command("lsp");
  command
    .summary("run the language server, for editors")
    .description("Run the language server for .x interfaces: what editors start.")
    .option("--stdio", "speak over stdin and stdout; there is no other way yet, and it has to be said")
    // Editors of the VS Code family add it.
    .addOption(new Option("--clientProcessId <number>").hideHelp())
    .addHelpText("after", help)
    .action(runLsp);
  addInterfaceOptions(command);
}

async function runLsp({ stdio, ...flags }: LspOptions, command: Command): Promise<void> {
  if (!stdio) throw new CommandError("USAGE", "say --stdio: lupine lsp --stdio is what an editor starts");
  const { createConnection } = await import("vscode-languageserver/node");
  const { serve } = await import("../lsp/index.js");
  process.once("SIGINT", () => process.exit(ExitCode.INTERRUPTED));
  const version = command.parent?.version() ?? "";
  serve(createConnection(process.stdin, process.stdout), {
    version,
    loadSettings: (folder, isTrusted) => loadSettings(folder, flags, isTrusted),
    documentationOf,
    configPattern: `**/{${configNames.join(",")}}`,
  });
  // The connection ends the process: with "exit", or when the input ends.
  await new Promise(() => {});
}

/** The settings of the files in a folder; with a configuration that is not right, those of the flags alone. */
async function loadSettings(
  folder: string,
  flags: InterfaceFlags,
  isTrusted: (config: string) => boolean,
): Promise<LoadedSettings> {
  const file = join(folder, "interface.x");
  // One that is named is trusted, and data is not run.
  const mayRun = (path: string): boolean =>
    typeof flags.config === "string" || path.endsWith(".json") || isTrusted(resolve(path));
  const stamp = (): string => {
    const path = configFor(flags, file);
    if (path === undefined) return "";
    return `${path} ${statSync(path, { throwIfNoEntry: false })?.mtimeMs} ${mayRun(path)}`;
  };
  const before = stamp();
  const isCurrent = (): boolean => stamp() === before;
  const path = configFor(flags, file);
  const config = path === undefined ? {} : { config: resolve(path) };
  if (path !== undefined && !mayRun(path)) {
    const settings = absolute(await projects({ ...flags, config: false })(file));
    return { settings, ...config, problem: UNTRUSTED, isCurrent };
  }
  try {
    return { settings: absolute(await projects(flags)(file)), ...config, isCurrent };
  } catch (error) {
    const settings = absolute(await projects({ ...flags, config: false })(file));
    return { settings, ...config, problem: error instanceof Error ? error.message : String(error), isCurrent };
  }
}

const UNTRUSTED =
  "this configuration is a program and is not run, since nobody said that it is trusted: answer the editor's question, or set the initialization option `trusted`";

/** The editor's files have absolute paths. */
function absolute({ search, mapping, levels }: Project): FileSettings {
  const { folders, symbols, imports, externs } = search;
  const includeFolders = folders.map((one) => resolve(one));
  return { includeFolders, symbols, imports: imports.map((one) => resolve(one)), externs, mapping, levels };
}
