// Many generated modules through the TypeScript compiler in one run, under the strictest options.
import { spawnSync } from "node:child_process";
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

// Compiled tests run in build/test/fuzz/support. Folders in build see this package under its own name.
export const project: string = fileURLToPath(new URL("../../../../", import.meta.url));

/** An empty folder for the run of one test. */
export function emptyFolder(name: string): string {
  const folder = join(project, "build", name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}

/** What the compiler says of all files in the folder, by file; empty when nothing. */
export function typeErrors(folder: string): Map<string, string[]> {
  const config = {
    extends: join(project, "tsconfig.base.json"),
    compilerOptions: { noEmit: true, composite: false, declaration: false, skipLibCheck: false },
    include: ["*.ts"],
  };
  writeFileSync(join(folder, "tsconfig.json"), JSON.stringify(config));
  const tsc = join(project, "node_modules/typescript/bin/tsc");
  const { status, stdout, stderr } = spawnSync(process.execPath, [tsc, "-p", folder, "--pretty", "false"], {
    encoding: "utf8",
    cwd: folder,
    maxBuffer: 2 ** 28,
  });
  const errors = new Map<string, string[]>();
  if (status === 0) return errors;
  for (const line of stdout.split("\n")) {
    const file = /^([^\s(]+)\(\d+,\d+\): error/.exec(line)?.[1];
    if (file !== undefined) errors.set(file, [...(errors.get(file) ?? []), line]);
  }
  if (errors.size === 0) errors.set("", [stdout, stderr]);
  return errors;
}
