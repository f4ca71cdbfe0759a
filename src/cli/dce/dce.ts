// `lupine dce`: the tools of DCE RPC. Each subcommand's work is loaded when it runs.
import { type Command, InvalidArgumentError, Option } from "commander";
import { addEpmap } from "./epmap.js";

const notes = `
DCE RPC is the RPC system of Windows, Samba and the Open Group's DCE. See docs/guides/dce.md.

Examples:
  $ lupine dce uuidgen -i -o sample.idl
  $ lupine dce gen sample.idl
  $ lupine dce epmap list 192.0.2.7`;

const uuidgenNotes = `
Examples:
  $ lupine dce uuidgen                    a new UUID
  $ lupine dce uuidgen -i                 the skeleton of an interface definition
  $ lupine dce uuidgen -i -o sample.idl   the same in a file, which must not exist`;

const genNotes = `
Makes NAME.gen.ts beside each NAME.idl. docs/guides/dce.md lists the parts of the language that it reads.

Examples:
  $ lupine dce gen sample.idl               writes sample.gen.ts, and prints its path
  $ lupine dce gen -o - sample.idl          prints the code
  $ lupine dce gen -I idl --check *.idl     for CI: exits with 1 when a file is stale

Exit codes:
  0  done
  1  a stale file with --check, or an output that Lupine did not make
  2  wrong usage, or errors in a file; the others are written`;

/** Adds `lupine dce`. */
export function addDceCommand(program: Command): void {
  const dce = program
    .command("dce")
    .summary("tools of DCE RPC: identifiers, .idl compiler, endpoint mapper")
    .description("Tools of DCE RPC (Windows, Samba).")
    .addHelpText("after", notes);
  addUuidgen(dce);
  addGen(dce);
  addEpmap(dce);
}

function addGen(dce: Command): void {
  dce
    .command("gen")
    .summary("compile .idl interfaces to TypeScript")
    .description("Compile .idl interfaces to TypeScript.")
    .argument("<file.idl...>", "interface files")
    .option("-o, --out <file>", "the file to write, for one interface; - for stdout")
    .addOption(
      new Option("-I, --include <folder>", "folder to search for imported files (repeatable)")
        .argParser(collectWords)
        .default([], "none"),
    )
    .option("--check", "write nothing; fail when a file is not what would be written")
    .option("--force", "overwrite a file that Lupine did not make")
    .option("--runtime <module>", "the module that generated code imports", "lupine/dce")
    .addHelpText("after", genNotes)
    .action(async (files, options) => (await import("./gen.js")).runGenIdl(files, options));
}

function collectWords(word: string, before: readonly string[]): string[] {
  return [...before, word];
}

function addUuidgen(dce: Command): void {
  dce
    .command("uuidgen")
    .summary("make an identifier for a new interface")
    .description("Make identifiers (UUIDs) for new interfaces.")
    .option("-i, --idl", "print the skeleton of an interface definition (.idl) with a new UUID")
    .option("-n, --count <count>", "how many UUIDs, 1 to 100000", parseCount, 1)
    .option("-o, --out <file>", "write to a new file instead of stdout")
    .addHelpText("after", uuidgenNotes)
    .action(async (options) => (await import("./uuidgen.js")).runUuidgen(options));
}

function parseCount(text: string): number {
  const count = Number(text);
  if (/^\d+$/.test(text) && count >= 1 && count <= 100_000) return count;
  throw new InvalidArgumentError("give a number from 1 to 100000");
}
