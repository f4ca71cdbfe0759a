// `lupine explain HEX|FILE|- [x...]`: RPC messages and records, byte by byte.

import { type Command, Option } from "commander";
import { jsonText } from "../../base/quote.js";
import type { Explainer, Fault, FramedMessage, Framing } from "../../explain/index.js";
import type { Program } from "../../rpc/program.js";
import { addInterfaceOptions, type InterfaceFlags } from "../interface-options.js";
import { CommandError, ExitCode, note, printResult } from "../output.js";
import { type InputForm, inputForms } from "./explain-input.js";

interface ExplainOptions extends InterfaceFlags {
  readonly in: InputForm;
  readonly framing: Framing | "auto";
  readonly procedure?: string;
  readonly json?: true;
}

const help = `
The bytes are records of a TCP connection or a Unix socket, one after another, or UDP datagrams. Hexadecimal input may be
plain digits, a C array, a dump of xxd, hexdump, od, tcpdump or Wireshark (also with words of a little-endian machine),
or the output of this command or lupine call --trace; a blank line or a comment (#) separates datagrams. A reply is decoded by the call with the same xid before it. The messages of rpcbind and of the
directory are decoded without an interface file.

Examples:
  $ lupine explain records.bin add.x
  $ xxd datagram.bin | lupine explain - add.x
  $ lupine explain 8000001c 6f0945c1 00000001 00000000 00000000 00000000 00000000 00000003 add.x --procedure add`;

/** Adds `lupine explain`. */
export function addExplainCommand(program: Command): void {
  const command = program.command("explain");
  command
    .summary("show RPC messages byte by byte")
    .description("Show RPC messages and records byte by byte: headers, credentials, arguments and results.")
    .argument("<bytes>", "hexadecimal digits (in one word or several), a file, or - for standard input")
    .argument("[file.x...]", "interface files, whose programs' arguments and results are decoded")
    .addOption(new Option("-i, --in <form>", "form of the bytes").choices(inputForms).default("auto"))
    .addOption(
      new Option("--framing <kind>", "whether records or a datagram are given")
        .choices(["auto", "record", "datagram"])
        .default("auto"),
    )
    .option(
      "--procedure <name>",
      "the procedure that replies answer if their calls are not given: PROCEDURE or PROGRAM.PROCEDURE, by name or number",
    )
    .option("--json", "print one JSON array, and any error as JSON")
    .addHelpText("after", help)
    .action((first: string, others: readonly string[], options: ExplainOptions) =>
      runExplain([first, ...others], options),
    );
  addInterfaceOptions(command);
}

async function runExplain(words: readonly string[], options: ExplainOptions): Promise<void> {
  const { blocksOfInput, readWords } = await import("./explain-input.js");
  const { input, interfaces } = await readWords(words);
  const explainer = await makeExplainer(interfaces, options);
  const { reportOf } = await import("./explain-report.js");
  const messages = await framed(blocksOfInput(input, options.in), options.framing);
  let count = 0;
  let faults = 0;
  let lone = 0;
  let first: Fault | undefined;
  // One at a time, because a stream of empty records has millions.
  for (const framedMessage of messages) {
    const { lines, json, fault, isLone } = reportOf(framedMessage, explainer);
    if (options.json) printResult(Buffer.from(`${count === 0 ? "[" : ","}${jsonText(json)}`));
    else printResult(`${lines.join("\n")}\n`);
    count++;
    // So that the end of a reader (`| head`) is noticed.
    if (count % 256 === 0) await new Promise(setImmediate);
    if (isLone) lone++;
    if (fault === undefined) continue;
    faults++;
    first ??= fault;
  }
  if (options.json) printResult("]");
  if (lone > 0) {
    const subject = lone === 1 ? "a reply has no call in the input" : `${lone} replies have no call in the input`;
    const file = interfaces.length === 0 ? "its interface file and " : "";
    note(`lupine: ${subject}; to decode the results, give ${file}--procedure NAME or NUMBER`);
  }
  if (first === undefined) return;
  const { offset, message } = first;
  const more = faults > 1 ? ` (and ${faults - 1} more of ${count} messages)` : "";
  throw new CommandError("BAD_MESSAGE", `byte ${offset}: ${message}${more}`, {
    exitCode: ExitCode.FAILED,
    details: { offset },
  });
}

async function makeExplainer(interfaces: readonly string[], options: ExplainOptions): Promise<Explainer> {
  const { Explainer } = await import("../../explain/index.js");
  const { knownPrograms } = await import("../call/known-programs.js");
  const { programNames } = await import("../call/program-names.js");
  const { named, openInterface } = await import("../call/named-types.js");
  const { findProcedure } = await import("../../dynamic/find.js");
  const groups = (await Promise.all(interfaces.map((file) => openInterface(file, options)))).flatMap(
    (one) => one.programs,
  );
  const programs: Program[] = [...(await knownPrograms()), ...groups.flatMap(({ versions }) => versions)];
  const { procedure: name } = options;
  const found = name === undefined ? undefined : named(() => findProcedure(groups, name));
  const repliesTo = found && {
    program: found.program.number,
    version: found.program.version,
    procedure: found.procedure.number,
  };
  return new Explainer({ programs, names: await programNames(), repliesTo });
}

/** The messages of the input. @throws CommandError if it has no message. */
async function framed(given: readonly Uint8Array[], wanted: Framing | "auto"): Promise<Iterable<FramedMessage>> {
  const { framingOf, splitRecords } = await import("../../explain/index.js");
  const framingOfAll = (all: readonly Uint8Array[]) => framingOf(Buffer.concat(all)) ?? framingOf(all[0] as Uint8Array);
  let blocks = given;
  let framing = wanted === "auto" ? framingOfAll(blocks) : wanted;
  if (framing === undefined) {
    blocks = await withoutHeaders(given);
    framing = framingOfAll(blocks);
  }
  const stream = Buffer.concat(blocks);
  if (framing === "record") return splitRecords(stream);
  if (framing === undefined) {
    const { protocolOf } = await import("../../transport/foreign.js");
    const foreign = stream.length < 4 ? undefined : protocolOf(stream.readUInt32BE());
    const what = foreign === undefined ? "" : `: it looks like ${foreign}`;
    const message = `byte 0: there is no RPC message here, neither as a record nor as a datagram${what}`;
    throw new CommandError("BAD_MESSAGE", message, { exitCode: ExitCode.FAILED, details: { offset: 0 } });
  }
  let offset = 0;
  return blocks.map((bytes) => {
    const message = { offset, fragments: [], bytes, fault: undefined };
    offset += bytes.length;
    return message;
  });
}

/** The payload of TCP or UDP packets, if all blocks are such packets and one of them has a payload. */
async function withoutHeaders(blocks: readonly Uint8Array[]): Promise<readonly Uint8Array[]> {
  const { payloadOf } = await import("./packet.js");
  const carried = blocks.flatMap((block) => payloadOf(block) ?? []);
  const full = carried.filter(({ length }) => length > 0);
  if (carried.length < blocks.length || full.length === 0) return blocks;
  note("lupine: the network headers were skipped; offsets start after them");
  return full;
}
