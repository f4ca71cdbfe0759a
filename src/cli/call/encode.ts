// `lupine encode FILE.x TYPE [JSON]`: from JSON to XDR bytes.
import type { Command } from "commander";
import { addInterfaceOptions, addTypeOption, type InterfaceFlags } from "../interface-options.js";
import { byteFormatOption } from "../options.js";
import { printJson, printResult } from "../output.js";
import { type ByteFormat, formatBytes } from "./bytes.js";

interface EncodeOptions extends InterfaceFlags {
  readonly out: ByteFormat;
  readonly explain?: true;
  readonly json?: true;
}

/** Adds `lupine encode`. */
export function addEncodeCommand(program: Command): void {
  const command = program.command("encode");
  command
    .summary("encode JSON as the XDR bytes of a type")
    .description("Encode a JSON value as the XDR bytes of a type.")
    .argument("<file.x>", "interface file")
    .argument("<type>", "a type of the file, a built-in type, or PROGRAM.PROCEDURE:args or :result")
    .argument("[json]", "the value; standard input when it is - or missing")
    .addOption(byteFormatOption("-o, --out <form>", "form of the bytes"))
    .option("--explain", "show each value beside its bytes")
    .option("--json", "print the result, and any error, as JSON")
    .addHelpText("after", `\nExample:\n  $ lupine encode add.x numbers '{"a":1,"b":2}'\n  0000000100000002`)
    .action(runEncode);
  addInterfaceOptions(command);
  addTypeOption(command);
}

async function runEncode(
  file: string,
  name: string,
  argument: string | undefined,
  options: EncodeOptions,
): Promise<void> {
  const { encode, findType, fromJson, openInterface } = await import("./named-types.js");
  const { parseJson, readArgument, valueError } = await import("../input.js");
  const type = findType(await openInterface(file, options), name);
  const text = Buffer.from(await readArgument(argument)).toString("utf8");
  const value = parseJson(text, "the value");
  let bytes: Uint8Array;
  try {
    bytes = encode(type, fromJson(type, value));
  } catch (error) {
    throw valueError(error);
  }
  const json = options.json ?? false;
  if (options.explain) (await import("../explain/explained.js")).printExplained(type, bytes, { json });
  else if (json) printJson({ hex: Buffer.from(bytes).toString("hex"), length: bytes.length });
  else printResult(formatBytes(bytes, options.out));
}
