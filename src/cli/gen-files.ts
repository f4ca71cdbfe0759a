// Reading interfaces and writing what is generated from them, only where it differs from what is there.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { generate, scaffold } from "../codegen/index.js";
import { compileInterface, formatDiagnostics, type InterfaceModule } from "../idl/index.js";
import type { GenTask } from "./gen-plan.js";
import { readText } from "./input.js";
import { CommandError, note, printResult } from "./output.js";
import { dependencyOn } from "./package-spec.js";

/** What became of several files. `failure` tells of all that failed. */
export interface Generated {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly failure: CommandError | undefined;
}

/** Generates all that can be; one interface's errors do not keep the others from being written. */
export async function generateFiles(tasks: readonly GenTask[]): Promise<Generated> {
  const written: string[] = [];
  const unchanged: string[] = [];
  const failures: CommandError[] = [];
  for (const task of tasks) {
    try {
      const text = await generateText(task);
      if (task.target === "-") printResult(text);
      else (writeIfChanged(task.target, text) ? written : unchanged).push(task.target);
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      failures.push(error);
    }
  }
  return { written, unchanged, failure: combine(failures) };
}

/** The files that differ from what their interfaces make now, each with a sentence that shows the first difference. */
export async function checkFiles(tasks: readonly GenTask[]): Promise<{ target: string; hint: string }[]> {
  const stale: { target: string; hint: string }[] = [];
  for (const task of tasks) {
    const text = await generateText(task);
    const there = readIfThere(task.target);
    if (there !== text) stale.push({ target: task.target, hint: staleHint(task, there, text) });
  }
  return stale;
}

/** Writes the project around an interface, leaving alone every file that is there. */
export async function writeScaffold(task: GenTask): Promise<{ written: string[]; kept: string[] }> {
  const folder = dirname(task.target);
  const module = await compile(task.source);
  const files = scaffold(module, {
    generatedFile: basename(task.target),
    interfaceFile: basename(task.source),
    lupine: dependencyOn(folder),
  });
  const written: string[] = [];
  const kept: string[] = [];
  for (const [name, text] of files) {
    const path = join(folder, name);
    if (existsSync(path)) kept.push(path);
    else {
      write(path, text);
      written.push(path);
    }
  }
  return { written, kept };
}

async function generateText({ source, runtime }: GenTask): Promise<string> {
  return generate(await compile(source), runtime === undefined ? {} : { runtime });
}

/** @throws CommandError when the file cannot be read or has errors. */
async function compile(source: string): Promise<InterfaceModule> {
  const text = await readText(source);
  const { module, diagnostics } = compileInterface({ file: source, text });
  const told = (): string => formatDiagnostics(diagnostics, [{ file: source, text }], { color: process.stderr.isTTY });
  if (module === undefined) {
    throw new CommandError("BAD_INTERFACE", `${source} has errors\n\n${told()}`, {
      details: { file: source, diagnostics },
    });
  }
  if (diagnostics.length > 0) note(told());
  return module;
}

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8") : undefined;
}

function writeIfChanged(path: string, text: string): boolean {
  if (readIfThere(path) === text) return false;
  write(path, text);
  return true;
}

function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError("CANNOT_WRITE", `cannot write ${path}: ${code}`, { cause: error, details: { file: path } });
  }
}

function staleHint({ source, target }: GenTask, there: string | undefined, text: string): string {
  if (there === undefined) return `${target} is not there: it has never been generated from ${source}`;
  const old = there.split("\n");
  const fresh = text.split("\n");
  const line = fresh.findIndex((one, index) => one !== old[index]);
  const at = line < 0 ? fresh.length : line;
  const show = (lines: readonly string[]): string => (lines[at] ?? "(end of file)").trim();
  return `${target} is stale: line ${at + 1} is not what ${source} makes now\n  - ${show(old)}\n  + ${show(fresh)}`;
}

function combine(failures: readonly CommandError[]): CommandError | undefined {
  if (failures.length < 2) return failures[0];
  const message = failures.map((one) => one.message).join("\n\n");
  return new CommandError("BAD_INTERFACE", message, { details: { failures: failures.map((one) => one.details) } });
}
