// `lupine decode FILE.x TYPE [BYTES]`: from XDR bytes to JSON.
import type { Command } from "commander";
import type { XdrType } from "../../xdr/type.js";
import { addInterfaceOptions, addTypeOption, type InterfaceFlags } from "../interface-options.js";
import { byteFormatOption } from "../options.js";
import { noteForgiven, printJson } from "../output.js";
import type { ByteFormat } from "./bytes.js";

interface DecodeOptions extends InterfaceFlags {
  readonly in: ByteFormat;
  readonly explain?: true;
  readonly lenient?: true;
  readonly json?: true;
}

/** Adds `lupine decode`. */
export function addDecodeCommand(program: Command): void {
  const command = program.command("decode");
  command
    .summary("decode the XDR bytes of a type to JSON")
    .description("Decode the XDR bytes of a type to JSON.")
    .argument("<file.x>", "interface file")
    .argument("<type>", "a type of the file, a built-in type, or PROGRAM.PROCEDURE:args or :result")
    .argument("[bytes]", "the bytes; standard input when it is - or missing")
    .addOption(byteFormatOption("-i, --in <form>", "form of the bytes"))
    .option("--explain", "show each value beside its bytes")
    .option("--lenient", "accept bad padding, invalid booleans and left-over bytes, with a note on stderr")
    .option("--json", "print the result on one line, and any error as JSON")
    .addHelpText("after", '\nExample:\n  $ lupine decode add.x numbers 0000000100000002\n  {"a":1,"b":2}')
    .action(runDecode);
  addInterfaceOptions(command);
  addTypeOption(command);
}

async function runDecode(
  file: string,
  name: string,
  argument: string | undefined,
  options: DecodeOptions,
): Promise<void> {
  const { findType, openInterface, toJson } = await import("./named-types.js");
  const { parseBytes } = await import("./bytes.js");
  const { readArgument } = await import("../input.js");
  const type = findType(await openInterface(file, options), name);
  const bytes = parseBytes(await readArgument(argument), options.in);
  const json = options.json ?? false;
  if (options.explain) return (await import("../explain/explained.js")).printExplained(type, bytes, { json });
  const value = toJson(type, await decodeAs(type, bytes, options.lenient ?? false));
  printJson(value, json ? undefined : 2);
}

/** @throws XdrError */
async function decodeAs(type: XdrType<unknown>, bytes: Uint8Array, lenient: boolean): Promise<unknown> {
  const { decode } = await import("./named-types.js");
  if (!lenient) return decode(type, bytes);
  return decode(type, bytes, { lenient: noteForgiven });
}
