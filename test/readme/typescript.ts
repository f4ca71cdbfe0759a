// Compiles the TypeScript of a document's code blocks in a folder of its own, from which "lupine" is the code under test.
import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { runIn } from "../interop/harness/processes.js";

/** The project's folder. */
export const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The compiled `lupine` command. */
export const lupine = join(root, "dist", "cli", "main.js");

/** A folder whose files are compiled. */
export interface Compiled extends AsyncDisposable {
  readonly path: string;
  /** Runs one of its compiled files to its end. */
  run(file: string, ...args: string[]): Promise<{ status: number; output: string }>;
}

/** Writes the files, generates code of the interfaces, and compiles all. `beside`: files that are not compiled. */
export async function compileFiles(
  files: ReadonlyMap<string, string>,
  beside: Readonly<Record<string, string>> = {},
): Promise<Compiled> {
  await mkdir(join(root, "build"), { recursive: true });
  const path = await mkdtemp(join(root, "build", "document-"));
  for (const [name, text] of [...files, ...Object.entries(beside)]) {
    await mkdir(dirname(join(path, name)), { recursive: true });
    await writeFile(join(path, name), text);
  }
  await succeed(path, [lupine, "gen", ...[...files.keys()].filter((name) => name.endsWith(".x"))]);
  await writeFile(join(path, "tsconfig.json"), JSON.stringify({ compilerOptions, include: ["*.ts"] }));
  await succeed(path, [join(root, "node_modules", "typescript", "bin", "tsc"), "-p", "."]);
  return {
    path,
    run: (file, ...args) => runIn(path, process.execPath, [file, ...args]),
    [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }),
  };
}

const compilerOptions = {
  target: "es2023",
  lib: ["es2023", "esnext.disposable"],
  module: "nodenext",
  types: ["node"],
  strict: true,
  skipLibCheck: true,
};

async function succeed(path: string, args: readonly string[]): Promise<void> {
  const { status, output } = await runIn(path, process.execPath, args);
  assert.equal(status, 0, output);
}

/** The text of the blocks of one language, in the document's order. */
export function blocks(document: string, language: string): string[] {
  const pattern = new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "gm");
  return [...document.matchAll(pattern)].map((match) => match[1] as string);
}
