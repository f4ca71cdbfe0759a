// Runs one command line with the commands that it is given: finds the command and loads only that one.
import { readFileSync } from "node:fs";
import { Command, CommanderError } from "commander";
import { ExitCode, note, report } from "./output.js";
import { addSummaries } from "./summaries.js";

/** Adds one command to the program. */
export type AddCommand = (program: Command) => void;

/** Commands by name; the module behind one is loaded only when it is needed. */
export type Commands = Readonly<Record<string, () => Promise<AddCommand>>>;

const exitCodes = `
\`lupine COMMAND --help\` shows the arguments, options and examples of a command.

Exit codes:
  0    done
  1    the operation failed (a stale file with gen --check, bytes that do not decode)
  2    wrong usage, or a bad input file, address or JSON value; nothing was sent
  3    the server refused or denied the call
  4    the server cannot be reached: timeout, no connection, or not registered
  130  interrupted (Ctrl-C)

Results go to stdout, everything else to stderr. LUPINE_DEBUG=1 adds stack traces.`;

/**
 * Runs one command line: `args` are the words after `lupine`. Uses the process's streams, environment and working folder.
 * Does not end the process.
 * @returns the exit code. Never throws: errors are reported on standard error.
 */
export async function runCommand(args: readonly string[], commands: Commands): Promise<ExitCode> {
  const json = hasFlag(args, "--json");
  const program = newProgram(json);
  try {
    const addCommand = await commandIn(args, commands)?.();
    (addCommand ?? addSummaries)(program);
    await program.parseAsync(args, { from: "user" });
    return (process.exitCode as ExitCode | undefined) ?? ExitCode.OK;
  } catch (error) {
    if (error instanceof CommanderError) return endOfCommander(error, json);
    const { LUPINE_DEBUG: debug = "" } = process.env;
    return report(error, { json, debug: debug !== "" });
  }
}

/** The command that is run, or shown by `lupine help COMMAND`. */
function commandIn(args: readonly string[], commands: Commands): (() => Promise<AddCommand>) | undefined {
  const [first = "", second = ""] = args.filter((arg) => !arg.startsWith("-"));
  const named = first === "help" ? second : first;
  return Object.hasOwn(commands, named) ? commands[named] : undefined;
}

function newProgram(json: boolean): Command {
  return (
    new Command("lupine")
      .description("ONC RPC for TypeScript: compile .x interfaces, call procedures, look at bytes, run a binder.")
      .version(packageVersion(), "-V, --version", "print the version")
      .helpOption("-h, --help", "show help")
      // Without the arguments of each command, the list fits 80 columns.
      .configureHelp({ subcommandTerm: (command) => command.name() })
      .addHelpText("after", exitCodes)
      .showHelpAfterError("(see --help)")
      .exitOverride()
      .configureOutput({ writeErr: (text) => (json ? undefined : note(text.replace(/^error: /, "lupine: "))) })
  );
}

/**
 * Help and version end normally; everything else that commander throws is a usage error, which it has already printed.
 */
function endOfCommander(error: CommanderError, json: boolean): ExitCode {
  if (error.exitCode === 0) return ExitCode.OK;
  if (json) note(JSON.stringify({ error: { code: "USAGE", message: error.message.replace(/^error: /, "") } }));
  return ExitCode.USAGE;
}

function hasFlag(args: readonly string[], flag: string): boolean {
  const end = args.indexOf("--");
  return (end < 0 ? args : args.slice(0, end)).includes(flag);
}

function packageVersion(): string {
  const text = readFileSync(new URL("../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
