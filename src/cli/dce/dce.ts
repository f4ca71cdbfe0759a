// `lupine dce`: the tools of DCE RPC. Each subcommand's work is loaded when it runs.
import { type Command, InvalidArgumentError } from "commander";

const notes = `
DCE RPC is the RPC system of Windows, Samba and the Open Group's DCE. See docs/guides/dce.md.

Examples:
  $ lupine dce uuidgen -i -o sample.idl`;

const uuidgenNotes = `
Examples:
  $ lupine dce uuidgen                    a new UUID
  $ lupine dce uuidgen -i                 the skeleton of an interface definition
  $ lupine dce uuidgen -i -o sample.idl   the same in a file, which must not exist`;

/** Adds `lupine dce`. */
export function addDceCommand(program: Command): void {
  const dce = program
    .command("dce")
    .summary("tools of DCE RPC: identifiers")
    .description("Tools of DCE RPC (Windows, Samba).")
    .addHelpText("after", notes);
  addUuidgen(dce);
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
