// The outputs of one interface: its generated file, files to complete by hand, and the interfaces that must be generated too.

import { basename, dirname, join, normalize, relative, sep } from "node:path";
import { importedAs } from "../../codegen/emit/import-path.js";
import { externs, generate } from "../../codegen/index.js";
import type { InterfaceModule } from "../../idl/index.js";
import { withoutEnding } from "../../idl/names/file-names.js";
import type { Compilations } from "../../project/compilations.js";
import { withoutErrors } from "../interface-file.js";
import type { GenTask } from "./gen-plan.js";
import type { Settings } from "./gen-settings.js";

/** A file to write. `once`: a person completes it, so an existing one is not changed. */
export interface Output {
  readonly path: string;
  readonly text: string;
  readonly once?: true;
}

export interface Outputs {
  readonly files: readonly Output[];
  /** The imported interfaces that are in the folder of the importing one or below. */
  readonly imported: readonly GenTask[];
}

/** @throws CommandError when the interface cannot be read or has errors. */
export function outputsOf(task: GenTask, compilations: Compilations): Outputs {
  const module = compile(task.source, task.settings, compilations);
  return {
    files: [...generatedFiles(task, module), ...externsFiles(task, module)],
    imported: importedBy(task, module),
  };
}

/** @throws CommandError when the file cannot be read or has errors. */
export function compile(
  file: string,
  { mapping, search }: Pick<Settings, "mapping" | "search">,
  compilations: Compilations,
): InterfaceModule {
  return withoutErrors(file, compilations.compile(file, search, { mapping })).module;
}

/** One file of TypeScript, or JavaScript and its declarations. */
function generatedFiles({ source, target, settings }: GenTask, module: InterfaceModule): Output[] {
  const { runtime, mapping } = settings;
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

/** The path of the module for types that C code defines, which a person completes. */
function externsFiles({ source, target, settings }: GenTask, module: InterfaceModule): Output[] {
  if (target === "-") return [];
  const options = settings.runtime === undefined ? {} : { runtime: settings.runtime };
  const name = join(dirname(target), `${withoutEnding(basename(source))}.externs`);
  const languages = settings.target === "ts" ? (["ts"] as const) : (["js", "d.ts"] as const);
  return languages.flatMap((language): Output[] => {
    const text = externs(module, { ...options, target: language });
    return text === undefined ? [] : [{ path: `${name}.${language}`, text, once: true }];
  });
}

function importedBy({ source, target, settings }: GenTask, module: InterfaceModule): GenTask[] {
  if (target === "-") return [];
  const home = dirname(normalize(source));
  return (module.imports ?? []).flatMap(({ file, extern }) => {
    const isOutside = extern !== undefined || relative(home, normalize(file)).startsWith("..");
    if (isOutside) return [];
    const folder = settings.out === undefined ? dirname(file) : dirname(target);
    return [{ source: file, target: join(folder, generatedName(file, settings)), settings }];
  });
}

function generatedName(file: string, { target }: Settings): string {
  return `${withoutEnding(basename(file))}.gen.${target}`;
}

/** The import path from the code generated from `source` to the code generated from another interface. */
function importPathFrom(source: string, settings: Settings): (file: string) => string {
  const { out, importExtension } = settings;
  return (file) => {
    const name = importedAs(generatedName(file, settings), importExtension);
    const folder = out === undefined ? relative(dirname(source), dirname(file)).split(sep).join("/") : "";
    const path = folder === "" ? name : `${folder}/${name}`;
    return path.startsWith("../") ? path : `./${path}`;
  };
}
