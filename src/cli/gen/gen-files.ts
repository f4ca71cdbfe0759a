// Reads interfaces and writes the generated files, but only those that have changed.

import { existsSync } from "node:fs";
import { basename, dirname, join, normalize } from "node:path";
import { setImmediate } from "node:timers/promises";
import { scaffold } from "../../codegen/index.js";
import { mappingProblems } from "../../idl/model/mapping-check.js";
import type { InterfaceModule } from "../../idl/model/model.js";
import type { Compilations } from "../../project/compilations.js";
import { interfaceFiles } from "../../project/interface-files.js";
import { writeWhole } from "../atomic-write.js";
import { readIfThere, writeGenerated } from "../generated-file.js";
import { allFailures, CommandError, collect, printResult } from "../output.js";
import { compile, outputsOf } from "./gen-outputs.js";
import type { GenTask } from "./gen-plan.js";
import { scaffoldNotes } from "./next-steps.js";
import { dependencyOn } from "./package-spec.js";

/** The outcome for several files. `failure` combines all errors. */
export interface Generated {
  readonly written: readonly string[];
  readonly unchanged: readonly string[];
  readonly failure: CommandError | undefined;
}

/** Generates everything that it can; the errors of one interface do not prevent the others from being written. */
export async function generateFiles(tasks: readonly GenTask[], compilations: Compilations): Promise<Generated> {
  const written: string[] = [];
  const unchanged: string[] = [];
  const failures: CommandError[] = [];
  const todo = [...tasks];
  for (const task of todo) {
    try {
      const { files, imported } = outputsOf(task, compilations);
      for (const { path, text, once } of files) {
        if (path === "-") printResult(text);
        else if (once && existsSync(path)) continue;
        else (writeGenerated(path, text, task.force ?? false) ? written : unchanged).push(path);
      }
      addImported(
        todo,
        imported.map((one) => ({ ...one, force: task.force ?? false })),
      );
    } catch (error) {
      collect(failures, error);
    }
    // If Ctrl-C was pressed while a file was being written, end now.
    await setImmediate();
  }
  return { written, unchanged, failure: allFailures(failures) };
}

/** The files that differ from what their interfaces generate, each with a sentence that shows the first difference. */
export async function checkFiles(
  tasks: readonly GenTask[],
  compilations: Compilations,
): Promise<{ target: string; hint: string }[]> {
  const stale: { target: string; hint: string }[] = [];
  const todo = [...tasks];
  for (const task of todo) {
    const { files, imported } = outputsOf(task, compilations);
    addImported(todo, imported);
    for (const { path, text, once } of files) {
      const there = readIfThere(path);
      if (there !== text && !(once && there !== undefined))
        stale.push({ target: path, hint: staleHint(task.source, path, there, text) });
    }
  }
  return stale;
}

/** The generated file of an interface imports those of the interfaces that it imports. */
function addImported(todo: GenTask[], imported: readonly GenTask[]): void {
  for (const task of imported) {
    if (!todo.some(({ target }) => normalize(target) === normalize(task.target))) todo.push(task);
  }
}

/** Writes the project around an interface, without changing existing files. `notes`: remarks about it. */
export async function writeScaffold(
  task: GenTask,
  compilations: Compilations,
): Promise<{ written: string[]; kept: string[]; notes: string[] }> {
  const folder = dirname(task.target);
  const { spec, warning } = dependencyOn(folder);
  const module = compile(task.source, task.settings, compilations);
  const files = scaffold(module, {
    generatedFile: basename(task.target),
    interfaceFile: basename(task.source),
    importExtension: task.settings.importExtension,
    lupine: spec,
  });
  const written: string[] = [];
  const kept: string[] = [];
  for (const [name, text] of files) {
    const path = join(folder, name);
    if (existsSync(path)) kept.push(path);
    else {
      writeWhole(path, text);
      written.push(path);
    }
  }
  const made = {
    folder,
    hasPackage: kept.includes(join(folder, "package.json")),
    server: "server.ts",
    client: "client.ts",
  };
  return { written, kept, notes: scaffoldNotes(made, warning) };
}

/** @throws CommandError when a configuration has options for types that none of its interfaces has. */
export function checkTypes(tasks: readonly GenTask[], compilations: Compilations): void {
  const projects = new Set(tasks.map(({ settings }) => settings.project));
  for (const project of projects) {
    checkTypesOf(
      tasks.filter(({ settings }) => settings.project === project),
      compilations,
    );
  }
}

function checkTypesOf(tasks: readonly GenTask[], compilations: Compilations): void {
  const [task] = tasks;
  if (task === undefined) return;
  const { types, procedures } = task.settings.mapping;
  if (types === undefined && procedures === undefined) return;
  const { mapping, project } = task.settings;
  const { config, here } = project;
  const modules: InterfaceModule[] = [];
  // One of several interfaces may be generated on its own.
  const listed = interfaceFiles((config?.config.interfaces ?? []).map(here).filter((file) => existsSync(file)));
  for (const file of new Set([...tasks.map(({ source }) => source), ...listed])) {
    if (!existsSync(file)) return;
    const { module } = compilations.compile(file, project.search, { mapping });
    // The errors of the file are reported when it is generated; they may be the reason for a missing type.
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

function staleHint(source: string, target: string, there: string | undefined, text: string): string {
  if (there === undefined) return `${target} does not exist: it has never been generated from ${source}`;
  const old = there.split("\n");
  const fresh = text.split("\n");
  const line = fresh.findIndex((one, index) => one !== old[index]);
  const at = line < 0 ? fresh.length : line;
  const show = (lines: readonly string[]): string => (lines[at] ?? "(end of file)").trim();
  return `${target} is stale: line ${at + 1} differs from what ${source} makes now\n  - ${show(old)}\n  + ${show(fresh)}`;
}
