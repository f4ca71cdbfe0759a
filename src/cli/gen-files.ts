// Reading interfaces and writing what is generated from them, only where it differs from what is there.
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative, sep } from "node:path";
import { importedAs } from "../codegen/emit/import-path.js";
import { generate, scaffold } from "../codegen/index.js";
import { formatDiagnostics, type InterfaceModule, type Mapping, mappingProblems } from "../idl/index.js";
import type { GenTask } from "./gen-plan.js";
import type { Settings } from "./gen-settings.js";
import { compileFile, type SearchFlags } from "./include-files.js";
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
      for (const { path, text } of await outputsOf(task)) {
        if (path === "-") printResult(text);
        else (writeIfChanged(path, text) ? written : unchanged).push(path);
      }
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
    for (const { path, text } of await outputsOf(task)) {
      const there = readIfThere(path);
      if (there !== text) stale.push({ target: path, hint: staleHint(task.source, path, there, text) });
    }
  }
  return stale;
}

/** Writes the project around an interface, leaving alone every file that is there. */
export async function writeScaffold(task: GenTask): Promise<{ written: string[]; kept: string[] }> {
  const folder = dirname(task.target);
  const module = await compile(task.source, task.settings.mapping, task.settings.search);
  const files = scaffold(module, {
    generatedFile: basename(task.target),
    interfaceFile: basename(task.source),
    importExtension: task.settings.importExtension,
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

/** The files that a task makes: one of TypeScript, or JavaScript and its declarations. */
async function outputsOf({ source, target, settings }: GenTask): Promise<{ path: string; text: string }[]> {
  const { runtime, mapping, search } = settings;
  const module = await compile(source, mapping, search);
  const options = {
    serviceNames: mapping.naming === "rpcgen",
    importPath: importPathFrom(source, settings),
    ...(runtime === undefined ? {} : { runtime }),
  };
  if (settings.target === "ts") return [{ path: target, text: generate(module, options) }];
  const code = { path: target, text: generate(module, { ...options, target: "js" }) };
  if (target === "-") return [code];
  const path = target.replace(/\.(m?)js$/, ".d.$1ts");
  return [code, { path, text: generate(module, { ...options, target: "d.ts" }) }];
}

/** How what is generated from `source` imports what is generated from another interface: where that one goes. */
function importPathFrom(source: string, { out, target, importExtension }: Settings): (file: string) => string {
  return (file) => {
    const name = importedAs(`${basename(file).replace(/\.x$/, "")}.gen.${target}`, importExtension);
    const folder = out === undefined ? relative(dirname(source), dirname(file)).split(sep).join("/") : "";
    const path = folder === "" ? name : `${folder}/${name}`;
    return path.startsWith("../") ? path : `./${path}`;
  };
}

/** @throws CommandError when the configuration has options for types that no interface has. */
export async function checkTypes(tasks: readonly GenTask[]): Promise<void> {
  const [task] = tasks;
  if (task === undefined || task.settings.mapping.types === undefined) return;
  const { mapping, config, search } = task.settings;
  const modules: InterfaceModule[] = [];
  for (const { source } of tasks) {
    const { module } = await compileFile(source, search, { mapping });
    // Its errors are told when it is generated, and may be why a type is missing.
    if (module === undefined) return;
    modules.push(module);
  }
  const problems = mappingProblems(mapping, modules);
  if (problems.length === 0) return;
  const place = config === undefined ? "--type" : config.path;
  throw new CommandError("BAD_CONFIG", problems.map(({ message }) => `${place}: ${message}`).join("\n"), {
    details: { problems },
  });
}

/** @throws CommandError when the file cannot be read or has errors. */
export async function compile(source: string, mapping: Mapping, search: SearchFlags = {}): Promise<InterfaceModule> {
  const { module, diagnostics, sources } = await compileFile(source, search, { mapping });
  const told = (): string => formatDiagnostics(diagnostics, sources, { color: process.stderr.isTTY });
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

/** @throws CommandError */
export function write(path: string, text: string): void {
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandError("CANNOT_WRITE", `cannot write ${path}: ${code}`, { cause: error, details: { file: path } });
  }
}

function staleHint(source: string, target: string, there: string | undefined, text: string): string {
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
