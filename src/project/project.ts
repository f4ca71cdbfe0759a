// The settings for reading an interface: the nearest lupine.config.ts, overridden by the tool's options.
import { dirname, join, relative } from "node:path";
import type { Mapping } from "../idl/index.js";
import type { RuleLevel } from "../idl/lint/index.js";
import { type FoundConfig, findConfig, type LoadedConfig, loadConfig } from "./config-file.js";
import { mappingKeys } from "./config-options.js";

/** A tool's own options, which override the configuration. */
export interface ProjectOptions {
  /** Folders to search for included and imported files, before those of the configuration. */
  readonly folders?: readonly string[];
  /** Symbols for `#if` and macros. */
  readonly symbols?: Readonly<Record<string, string>>;
  /** Interfaces whose names can be used. */
  readonly imports?: readonly string[];
  /** Types that are written by hand, and the modules that export them. */
  readonly externs?: Readonly<Record<string, string>>;
  /** The path of the configuration; false for none. Default: the nearest one. */
  readonly config?: string | boolean;
}

/** Where an interface finds the files that it needs. Paths are relative to the working folder. */
export interface Search {
  /** Folders to search, after that of the including file. */
  readonly folders: readonly string[];
  readonly symbols: Readonly<Record<string, string>>;
  /** Interfaces whose names can be used. */
  readonly imports: readonly string[];
  /** Types that are written by hand, and the modules that export them. */
  readonly externs: Readonly<Record<string, string>>;
  /** Levels of warnings and of the linter's rules that the configuration sets. */
  readonly levels?: ReadonlyMap<string, RuleLevel>;
}

export interface Project {
  readonly config: LoadedConfig | undefined;
  /** A configuration that was found but is not used, and why. */
  readonly distrusted?: Required<FoundConfig>;
  readonly search: Search;
  /** The mapping that the configuration sets. */
  readonly mapping: Mapping;
  /** Levels of the linter's rules that the configuration sets. */
  readonly levels: ReadonlyMap<string, RuleLevel>;
  /** A path of the configuration, relative to the working folder. */
  here(path: string): string;
}

/** The project of a file, or of the working folder. @throws ProjectError if the configuration is not valid. */
export type FindProject = (file?: string) => Promise<Project>;

/** Looks from a file's folder upwards, then from the working folder; each configuration is loaded once. */
export function projects(options: ProjectOptions = {}): FindProject {
  const known = new Map<string | undefined, Promise<Project>>();
  return (file) => {
    const found = configFor(options, file);
    const project = known.get(found?.path) ?? openProject(found, options);
    known.set(found?.path, project);
    return project;
  };
}

/** The configuration for a file, if it has one. Do not use a configuration that has `distrust`. */
export function configFor({ config }: Pick<ProjectOptions, "config">, file?: string): FoundConfig | undefined {
  if (config === false) return undefined;
  if (typeof config === "string") return { path: config };
  const near = file === undefined || file === "-" ? undefined : findConfig(dirname(file));
  return near ?? findConfig(".");
}

async function openProject(found: FoundConfig | undefined, options: ProjectOptions): Promise<Project> {
  const { path, distrust } = found ?? {};
  const loaded = path === undefined || distrust !== undefined ? undefined : await loadConfig(path);
  const config = loaded?.config ?? {};
  const folder = loaded === undefined ? "." : dirname(loaded.path);
  const here = (file: string): string => relative(".", join(folder, file)) || ".";
  const levels = new Map(Object.entries(config.lint ?? {}));
  return {
    config: loaded,
    ...(path === undefined || distrust === undefined ? {} : { distrusted: { path, distrust } }),
    search: {
      folders: [...(options.folders ?? []), ...(config.includeFolders ?? []).map(here)],
      symbols: { ...config.symbols, ...options.symbols },
      imports: [...(options.imports ?? []), ...(config.imports ?? []).map(here)],
      externs: { ...config.externs, ...options.externs },
      levels,
    },
    mapping: Object.fromEntries(
      [...mappingKeys, "types" as const, "procedures" as const].flatMap((key) =>
        config[key] === undefined ? [] : [[key, config[key]]],
      ),
    ),
    levels,
    here,
  };
}
