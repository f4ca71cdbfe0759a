// `lupine call FILE.x ADDRESS PROCEDURE [JSON...]`: one call with no generated code, JSON in and out.
import type { Command } from "commander";
import { Option } from "commander";
import type { FoundProcedure } from "../dynamic/find.js";
import { parseDuration } from "./options.js";
import { CommandError, ExitCode, printResult } from "./output.js";

interface CallCommandOptions {
  readonly transport?: "tcp" | "udp";
  readonly timeout: number;
  readonly auth: "none" | "sys";
  readonly rpcbind?: string;
  readonly json?: true;
}

const examples = `
Examples:
  $ lupine call add.x localhost ADD_PROG.add '{"a":1,"b":2}'
  3
  $ lupine call add.x tcp://localhost:2049 ADD_PROG.1.add '{"a":1,"b":2}'
  $ echo '{"a":1,"b":2}' | lupine call add.x udp://localhost:2049 add -`;

/** Adds \`lupine call\`. */
export function addCallCommand(program: Command): void {
  program
    .command("call")
    .summary("call a procedure of a server")
    .description("Call a procedure of a server, with JSON arguments, and print the result as JSON.")
    .argument("<file.x>", "interface file")
    .argument(
      "<address>",
      "host (its rpcbind is asked), tcp://host:port, udp://host:port, unix:/path, or a universal address",
    )
    .argument("<procedure>", "PROGRAM.PROCEDURE, PROGRAM.VERSION.PROCEDURE or PROCEDURE; names or numbers")
    .argument("[json...]", "the arguments: one each, or all in one array; - for standard input")
    .addOption(new Option("-t, --transport <name>", "transport to ask the host's rpcbind for").choices(["tcp", "udp"]))
    .option("--timeout <time>", 'how long to wait: seconds, or "300ms", "2s", "1m"', parseDuration, 10_000)
    .addOption(new Option("--auth <flavor>", "credential to send").choices(["none", "sys"]).default("none"))
    .option("--rpcbind <address>", "the rpcbind to ask (default: port 111 of the host)")
    .option("--json", "print the result on one line, and any error as JSON")
    .addHelpText("after", examples)
    .action(runCall);
}

async function runCall(
  file: string,
  address: string,
  name: string,
  json: readonly string[],
  options: CallCommandOptions,
): Promise<void> {
  const { loadInterfaceFile, named } = await import("./interface-file.js");
  const { findProcedure } = await import("../dynamic/find.js");
  const found = await loadInterfaceFile(file).then(({ programs }) => named(() => findProcedure(programs, name)));
  const args = await readArguments(found, json);
  const result = await callOnce(found, address, args, options);
  const { toJson } = await import("../xdr/index.js");
  if (found.procedure.result.shape.kind === "void" || found.procedure.oneWay) {
    if (options.json) printResult("null");
    return;
  }
  printResult(JSON.stringify(toJson(found.procedure.result, result), undefined, options.json ? undefined : 2));
}
