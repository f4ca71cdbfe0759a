// `lupine rpcgen`: accepts the flags of rpcgen; each has its counterpart in TypeScript, or names a replacement.
import { existsSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { type Command, InvalidArgumentError } from "commander";
import { nearest } from "../../base/nearest.js";
import { addSymbol } from "../interface-options.js";
import { CommandError, ExitCode, note, printResult } from "../output.js";
import { projects } from "../project.js";
import { settingsOf } from "./gen-settings.js";
import { scaffoldNotes } from "./next-steps.js";
import { addressesOf, advice, type Part, partFlags, transportNames } from "./rpcgen-flags.js";

interface Flags extends Readonly<Record<string, unknown>> {
  readonly a?: true;
  readonly S?: "c" | "s" | "m";
  readonly D?: Readonly<Record<string, string>>;
  readonly o?: string;
  readonly n?: readonly string[];
  readonly s?: readonly string[];
}

const help = `
Examples:
  $ lupine rpcgen add.x              writes add.gen.ts: types, codecs and descriptors in one
  $ lupine rpcgen -a -C add.x        also add_server.ts, add_client.ts, package.json and tsconfig.json
  $ lupine rpcgen -Ss -o serve.ts add.x
  $ lupine rpcgen -h add.x           prints the types alone, as a .d.ts

Existing files that were not generated are never overwritten, and nothing is deleted.

Exit codes:
  0  done
  1  an existing file was not overwritten
  2  wrong usage, an unreadable file, or errors in the interface`;

/** Adds `lupine rpcgen`. */
export function addRpcgenCommand(program: Command): void {
  const command = program
    .command("rpcgen")
    .summary("compile an interface with the flags of rpcgen")
    .description("Compile an interface with the flags of rpcgen.")
    .argument("<file.x>", "the interface file")
    // `-h` is a flag of rpcgen.
    .helpOption("--help", "show help")
    .option("-a", "all files: also a server and a client to fill in, package.json and tsconfig.json")
    .option("-h", "print the declarations, as the header in C")
    .option(
      "-S <part>",
      "print a sample: -Sc client, -Ss server, -Sm package.json in place of the makefile",
      samplePart,
    )
    .option("-o <file>", "write the output to a file instead of printing it")
    .option("-D <name[=value]>", "define a symbol (repeatable)", addSymbol)
    .option(
      "-s <nettype>",
      "print a server for one type of transport: tcp, udp, circuit_v, ... (repeatable)",
      addTransport,
    )
    .option("-n <netid>", "print a server for one transport: tcp, udp, tcp6, udp6 (repeatable)", addTransport);
  const silent: Readonly<Record<string, string>> = { K: " <seconds>", i: " <size>", Y: " <path>" };
  for (const flag of ["c", "l", "m", "t", "T", "M", "A", "b", "5", "C", "N", "L", "I", "K", "i", "Y"]) {
    const text = flag === "c" ? "print the codecs, with the types and descriptors" : advice[flag];
    command.option(`-${flag}${silent[flag] ?? ""}`, text);
  }
  command.addHelpText("after", help).action(runRpcgen);
}

function samplePart(text: string, before?: string): string {
  if (before !== undefined && before !== text) {
    throw new CommandError("USAGE", `-S${before} and -S${text} cannot be combined: each asks for one output`);
  }
  if (!Object.hasOwn(partFlags, `S${text}`)) throw new InvalidArgumentError("There is -Sc, -Ss and -Sm.");
  return text;
}

function addTransport(name: string, before: readonly string[] = []): string[] {
  const found = addressesOf(name);
  if (found !== undefined) return [...new Set([...before, ...found])];
  const near = nearest(name, transportNames);
  throw new InvalidArgumentError(
    near === undefined ? `There is ${transportNames.join(", ")}.` : `Did you mean "${near}"?`,
  );
}

async function runRpcgen(source: string, flags: Flags): Promise<void> {
  const part = partOf(flags);
  for (const [flag, text] of Object.entries(advice))
    if (flags[flag] !== undefined && flag !== "C") note(`-${flag}: ${text}`);
  const { filesOf } = await import("./rpcgen-files.js");
  const files = await filesOf(source, {
    settings: settingsOf({}, await projects({})(source)),
    symbols: flags.D ?? {},
    listen: [...(flags.n ?? []), ...(flags.s ?? [])],
  });
  if (part !== undefined) return putPart(files.part(part), flags.o, part);
  const folder = dirname(source);
  const code = flags.o ?? join(folder, basename(files.generated));
  const all = new Map([[code, files.part("code")]]);
  for (const [name, text] of files.externs) all.set(join(dirname(code), name), text);
  if (flags.a) for (const [name, text] of files.samples) all.set(join(folder, name), text);
  const hasPackage = existsSync(join(folder, "package.json"));
  await putAll(all, code);
  if (!flags.a) return;
  const { server, client, warning } = files;
  for (const text of scaffoldNotes({ folder, hasPackage, server, client }, warning)) note(text);
}

/** The one part that is requested, which takes precedence over -a. @throws CommandError for two, as in rpcgen. */
function partOf(flags: Flags): Part | undefined {
  const asked = Object.keys(partFlags).filter(
    (flag) => flags[flag] !== undefined || (flags.S && flag === `S${flags.S}`),
  );
  const transport = flags.s !== undefined ? "s" : flags.n !== undefined ? "n" : undefined;
  const all = transport === undefined ? asked : [...asked, transport];
  if (all.length > 1) {
    const list = all.map((flag) => `-${flag}`);
    throw new CommandError("USAGE", `${list.join(" and ")} cannot be combined: each asks for one output`);
  }
  const [flag] = asked;
  return flag !== undefined ? partFlags[flag] : transport === undefined ? undefined : "server";
}

async function putPart(text: string, out: string | undefined, part: Part): Promise<void> {
  if (out === undefined) {
    printResult(text);
    return;
  }
  await putAll(new Map([[out, text]]), part === "code" || part === "declarations" ? out : undefined);
}

/** Writes missing files, and updates those in `generated` that differ and were generated before. */
async function putAll(files: ReadonlyMap<string, string>, generated: string | undefined): Promise<void> {
  const { writeWhole } = await import("../atomic-write.js");
  const { isGenerated, readIfThere, refuseUnusual } = await import("../generated-file.js");
  const kept: string[] = [];
  for (const [path, text] of files) {
    refuseUnusual(path);
    const there = readIfThere(path);
    if (there === text) note(`${path} is up to date`);
    else if (there === undefined || (path === generated && isGenerated(there))) {
      writeWhole(path, text);
      printResult(path);
    } else {
      note(`${path} already exists and was not changed`);
      // A sample that was completed is left unchanged; a file that was requested by name is an error.
      if (path === generated || files.size === 1) kept.push(path);
    }
  }
  if (kept.length === 0) return;
  const message = `${kept.join(", ")} would be overwritten: rename it, or give another file with -o`;
  throw new CommandError("WOULD_OVERWRITE", message, { exitCode: ExitCode.FAILED, details: { files: kept } });
}
