// One line for each command, for `lupine --help`: the commands themselves, and the compiler that most of them import, take four
// times as long to load. A test compares these lines to those of the commands.
import type { Command } from "commander";

/** The summary of each command, by its name. */
export const summaries: Readonly<Record<string, string>> = {
  gen: "compile .x interfaces to TypeScript",
  rpcgen: "compile an interface with the flags of rpcgen",
  init: "start a project from a template",
  run: "run a TypeScript file, without checking its types",
  serve: "run a server on several worker processes",
  call: "call a procedure of a server",
  encode: "encode JSON as the XDR bytes of a type",
  decode: "decode the XDR bytes of a type to JSON",
  explain: "show RPC messages byte by byte",
  rpcbind: "run a binder (rpcbind, portmapper)",
  directory: "run a directory of services, or query one",
  info: "list the programs registered on a host, or call one (rpcinfo)",
  doctor: "check the environment, and warn about open services",
  check: "find errors in .x interfaces",
  fmt: "format .x interfaces",
  lint: "find questionable constructs in .x interfaces",
  breaking: "report the breaking changes of a .x interface",
  doc: "document .x interfaces",
  dce: "tools of DCE RPC: identifiers, .idl compiler, endpoint mapper",
  lsp: "run the language server for editors",
};

/** Adds commands that can be listed and suggested, but not run. */
export function addSummaries(program: Command): void {
  for (const [name, summary] of Object.entries(summaries)) program.command(name).summary(summary);
}
