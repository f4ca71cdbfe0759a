// Finds and loads lupine.config.ts (or .mts, .js, .mjs, .json). TypeScript is loaded with jiti, because Node 20 cannot
// run it.

import { existsSync, readFileSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Clock, systemClock } from "../base/clock.js";
import { messageOf } from "../base/show.js";
import { waitFor } from "../base/wait.js";
import type { Config } from "../codegen/config.js";
import { distrustOf } from "./config-trust.js";
import { mountPoints } from "./mount-points.js";
import { ProjectError, whyNot } from "./problem.js";

/** A configuration and its path. */
export interface LoadedConfig {
  readonly path: string;
  readonly config: Config;
}

/** The possible names of a configuration file. */
export const configNames = ["ts", "mts", "js", "mjs", "json"].map((extension) => `lupine.config.${extension}`);

/** A configuration that was found, and the reason if it must not be run. */
export interface FoundConfig {
  readonly path: string;
  readonly distrust?: string;
}

/**
 * The nearest configuration in `folder` or above, up to the folder of the project's package.json, the home folder, or
 * the place where its file system is mounted. On Linux without /proc only `folder` itself is searched.
 */
export function findConfig(folder: string): FoundConfig | undefined {
  for (const at of foldersFrom(folder)) {
    const name = configNames.find((one) => existsSync(join(at, one)));
    if (name === undefined) continue;
    const path = join(at, name);
    const distrust = distrustOf(path);
    return distrust === undefined ? { path } : { path, distrust };
  }
  return undefined;
}

/** Every path that `findConfig` checks, whether or not the file exists. */
export function configPlaces(folder: string): string[] {
  return foldersFrom(folder).flatMap((at) => [...configNames.map((name) => join(at, name)), join(at, "package.json")]);
}

function foldersFrom(folder: string): string[] {
  const folders: string[] = [];
  const mounts = mountPoints();
  for (let at = resolve(folder); ; at = dirname(at)) {
    folders.push(at);
    if (existsSync(join(at, "package.json")) || at === homedir() || isTop(at, mounts)) return folders;
  }
}

/** Whether something is or may be mounted there, or the parent folder is on another file system or does not exist. */
function isTop(folder: string, mounts: ReadonlySet<string> | undefined): boolean {
  if (mounts === undefined) return true;
  const above = dirname(folder);
  if (above === folder || deviceOf(above) !== deviceOf(folder)) return true;
  return mounts.has(folder) || (existsSync(folder) && mounts.has(realpathSync(folder)));
}

function deviceOf(path: string): number | undefined {
  return statSync(path, { throwIfNoEntry: false })?.dev;
}

/** Milliseconds that a configuration may take: it is a program, and may wait for something that never comes. */
const patience = 30_000;

/** @throws ProjectError if it cannot be loaded, or has unknown options. */
export async function loadConfig(path: string, clock = systemClock): Promise<LoadedConfig> {
  const config = await importConfig(path, clock);
  const { asConfig, configProblems } = await import("./config-problems.js");
  const problems = configProblems(config);
  if (problems.length > 0) {
    const message = problems.map((problem) => `${path}: ${problem}`).join("\n");
    throw new ProjectError("BAD_CONFIG", message, { file: path, problems });
  }
  return { path, config: asConfig(config) };
}

async function importConfig(path: string, clock: Clock): Promise<unknown> {
  const onTimeout = (): Error => new Error(`it has not ended after ${patience / 1000} seconds`);
  try {
    statSync(path);
    if (path.endsWith(".json")) return JSON.parse(readFileSync(path, "utf8"));
    return await waitFor(runConfig(path), { timeout: patience, clock, onTimeout });
  } catch (error) {
    const isGone = (error as NodeJS.ErrnoException | null | undefined)?.code === "ENOENT";
    const text = isGone ? whyNot(error) : messageOf(error);
    const message = `${path} cannot be loaded: ${text}`;
    throw new ProjectError("BAD_CONFIG", message, { file: path }, { cause: error });
  }
}

async function runConfig(path: string): Promise<unknown> {
  if (!/\.[cm]?js$/.test(path)) return await importTypeScript(path);
  // Node caches loaded modules, so a changed file is loaded under another URL.
  const url = `${pathToFileURL(resolve(path)).href}?${statSync(path).mtimeMs}`;
  return ((await import(url)) as { default?: unknown }).default;
}

/** `lupine/codegen` resolves to the running package, so that a configuration loads before anything is installed. */
async function importTypeScript(path: string): Promise<unknown> {
  const { createJiti } = await import("jiti");
  const alias = { "lupine/codegen": fileURLToPath(new URL("../codegen/index.js", import.meta.url)) };
  const jiti = createJiti(import.meta.url, { alias, fsCache: false, moduleCache: false, interopDefault: true });
  return jiti.import(resolve(path), { default: true });
}
