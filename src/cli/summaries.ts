// One line for each command, for `lupine --help`: the commands themselves, and the compiler that most of them import, take four
// times as long to load. A test compares these lines to those of the commands.
import type { Command } from "commander";

/** The usage and the summary of each command, by its name. */
export const summaries: Readonly<Record<string, readonly [usage: string, summary: string]>> = {
  gen: ["gen [options] [file.x...]", "compile .x interfaces to TypeScript"],
  rpcgen: ["rpcgen [options] <file.x>", "compile an interface with the flags of rpcgen"],
  init: ["init [options] [folder]", "start a project from a template"],
  run: ["run <file> [arguments...]", "run a TypeScript file, without checking its types"],
  serve: ["serve [options] <file> [arguments...]", "run a server on several worker processes"],
  call: ["call [options] <file.x> <address> <procedure> [json...]", "call a procedure of a server"],
  encode: ["encode [options] <file.x> <type> [json]", "encode JSON as the XDR bytes of a type"],
  decode: ["decode [options] <file.x> <type> [bytes]", "decode the XDR bytes of a type to JSON"],
  explain: ["explain [options] <bytes> [file.x...]", "show RPC messages byte by byte"],
  rpcbind: ["rpcbind [options]", "run a binder (rpcbind, portmapper)"],
  directory: ["directory", "run a directory of services, or query one"],
  info: ["info [options] [words...]", "list the programs registered on a host, or call one (rpcinfo)"],
  doctor: ["doctor [options]", "check the environment, and warn about open services"],
  check: ["check [options] [file.x...]", "find errors in .x interfaces"],
  fmt: ["fmt [options] <file.x...>", "format .x interfaces"],
  lint: ["lint [options] [file.x...]", "find questionable constructs in .x interfaces"],
  breaking: ["breaking [options] [files...]", "report the breaking changes of a .x interface"],
  doc: ["doc [options] <file.x...>", "document .x interfaces"],
  dce: ["dce", "tools of DCE RPC: identifiers, compiler of .idl files, endpoint mapper"],
  lsp: ["lsp [options]", "run the language server for editors"],
};

/** Adds commands that can be listed and suggested, but not run. */
export function addSummaries(program: Command): void {
  program.configureHelp({ subcommandTerm: (command) => summaries[command.name()]?.[0] ?? "help [command]" });
  for (const [name, [, summary]] of Object.entries(summaries)) program.command(name).summary(summary);
}
