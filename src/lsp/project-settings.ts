// The settings for a folder's files, the same that commands use.

import { statSync } from "node:fs";
import { join, resolve } from "node:path";
import { messageOf } from "../base/show.js";
import { configFor, type Project, type ProjectOptions, projects } from "../project/project.js";
import type { FileSettings, LoadedSettings, LoadSettings } from "./settings.js";

/** If the configuration is invalid or not trusted, only the options count. */
export function projectSettings(options: ProjectOptions): LoadSettings {
  return (folder, isTrusted) => loadSettings(folder, options, isTrusted);
}

async function loadSettings(
  folder: string,
  options: ProjectOptions,
  isTrusted: (config: string) => boolean,
): Promise<LoadedSettings> {
  const file = join(folder, "interface.x");
  // A configuration that is named is trusted, and one in JSON is not run.
  const mayRun = (path: string): boolean =>
    typeof options.config === "string" || path.endsWith(".json") || isTrusted(resolve(path));
  const stamp = (): string => {
    const { path, distrust = "" } = configFor(options, file) ?? {};
    if (path === undefined) return "";
    return `${path} ${statSync(path, { throwIfNoEntry: false })?.mtimeMs} ${distrust} ${mayRun(path)}`;
  };
  const before = stamp();
  const isCurrent = (): boolean => stamp() === before;
  const { path, distrust } = configFor(options, file) ?? {};
  const config = path === undefined ? {} : { config: resolve(path) };
  const without = async (problem: string): Promise<LoadedSettings> => {
    const settings = absolute(await projects({ ...options, config: false })(file));
    return { settings, ...config, problem, isCurrent };
  };
  if (distrust !== undefined) return without(`this configuration is not used: ${distrust}`);
  if (path !== undefined && !mayRun(path)) return without(UNTRUSTED);
  try {
    return { settings: absolute(await projects(options)(file)), ...config, isCurrent };
  } catch (error) {
    return without(messageOf(error));
  }
}

const UNTRUSTED =
  "this configuration is a program and is not run, since it is not marked as trusted: answer the editor's question, or set the initialization option `trusted`";

/** The editor's files have absolute paths. */
function absolute({ search, mapping, levels }: Project): FileSettings {
  const { folders, symbols, imports, externs } = search;
  const includeFolders = folders.map((one) => resolve(one));
  return { includeFolders, symbols, imports: imports.map((one) => resolve(one)), externs, mapping, levels };
}
