// Asks rpcgen whether it reads a file.
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { project } from "../harness/compile.js";

/** Why rpcgen refuses the file at `path`, from the project's folder; undefined when it does not. */
export function refusal(path: string): string | undefined {
  const file = resolve(project, path);
  // For C's codecs as for the header: either may stumble over what the other is spared.
  for (const output of ["-h", "-c"]) {
    const { status, signal, stderr } = spawnSync("rpcgen", ["-C", "-N", output, file], {
      cwd: dirname(file),
      encoding: "utf8",
    });
    if (signal !== null) return `rpcgen ended with ${signal}`;
    if (status !== 0) return stderr.trim().split("\n").at(-1) ?? "";
  }
  return undefined;
}

/** The same for the text of a file. */
export function refusalOf(text: string): string | undefined {
  const folder = mkdtempSync(join(tmpdir(), "rpcgen-"));
  try {
    writeFileSync(join(folder, "random.x"), text);
    return refusal(join(folder, "random.x"));
  } finally {
    rmSync(folder, { recursive: true });
  }
}
