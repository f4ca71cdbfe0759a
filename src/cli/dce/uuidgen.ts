// `lupine dce uuidgen`: new UUIDs, and the skeleton of an interface with one.
import { existsSync } from "node:fs";
import { newUuid } from "../../dce/uuid.js";
import { writeWhole } from "../atomic-write.js";
import { CommandError, ExitCode, printResult } from "../output.js";

export interface UuidgenOptions {
  readonly idl?: true;
  readonly count: number;
  readonly out?: string;
}

export function runUuidgen({ idl, count, out }: UuidgenOptions): void {
  if (idl && count > 1) throw new CommandError("USAGE", "--idl makes one interface: it cannot be used with --count");
  const text = idl ? skeleton() : Array.from({ length: count }, () => `${newUuid()}\n`).join("");
  if (out === undefined) {
    printResult(text);
    return;
  }
  if (existsSync(out)) {
    const message = `${out} exists and was not overwritten: remove it, or give another file with -o`;
    throw new CommandError("WOULD_OVERWRITE", message, { exitCode: ExitCode.FAILED, details: { file: out } });
  }
  writeWhole(out, text);
}

/** As the uuidgen of DCE prints it: the name and the operations are for the user to write. */
function skeleton(): string {
  return `[\n  uuid(${newUuid()}),\n  version(1.0)\n]\ninterface INTERFACENAME\n{\n\n}\n`;
}
