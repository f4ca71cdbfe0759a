// How an interface is read in its project: the nearest lupine.config.ts, and the flags of the command over it.
import { dirname, join, relative } from "node:path";
import type { Mapping } from "../idl/index.js";
import type { RuleLevel } from "../idl/lint/index.js";
import { findConfig, type LoadedConfig, loadConfig } from "./config-file.js";
import { mappingKeys } from "./config-options.js";
import type { InterfaceFlags } from "./interface-options.js";
import { note } from "./output.js";

/** Where an interface finds what it builds on. Paths are relative to the working folder. */
export interface Search {
  /** Folders to look in, after the one of the file that asks. */
  readonly folders: readonly string[];
  readonly symbols: Readonly<Record<string, string>>;
  /** Interfaces whose names count too. */
  readonly imports: readonly string[];
  /** Types that are written by hand, and the modules that export them. */
  readonly externs: Readonly<Record<string, string>>;
  /** Levels of warnings and of the linter's rules that the configuration sets. */
  readonly levels?: ReadonlyMap<string, RuleLevel>;
}

export interface Project {
  readonly config: LoadedConfig | undefined;
  readonly search: Search;
  /** As the configuration has it. */
  readonly mapping: Mapping;
  /** Levels of the linter's rules that the configuration sets. */
  readonly levels: ReadonlyMap<string, RuleLevel>;
  /** A path of the configuration, relative to the working folder. */
  here(path: string): string;
}

/** The project of a file, or of the working folder. @throws CommandError for a configuration that is not right. */
export type FindProject = (file?: string) => Promise<Project>;

/** Looks from a file's folder upwards, then from the working folder; each configuration is loaded once. */
export function projects(flags: InterfaceFlags): FindProject {
  const known = new Map<string | undefined, Promise<Project>>();
  return (file) => {
    const path = configFor(flags, file);
    const project = known.get(path) ?? openProject(path, flags);
    known.set(path, project);
    return project;
  };
}

/** The configuration that counts for a file; undefined for none. */
export function configFor({ config }: InterfaceFlags, file?: string): string | undefined {
  if (config === false) return undefined;
  if (typeof config === "string") return config;
  const near = file === undefined || file === "-" ? undefined : findConfig(dirname(file));
  const found = near ?? findConfig(".");
  if (found?.distrust === undefined) return found?.path;
  tellDistrust(found.path, found.distrust);
  return undefined;
}

const told = new Set<string>();

/** Once for each file. */
function tellDistrust(path: string, why: string): void {
  if (told.has(path)) return;
  told.add(path);
  note(`${path} is not used: ${why}. Name it with --config to use it all the same, or say --no-config`);
}

async function openProject(path: string | undefined, flags: InterfaceFlags): Promise<Project> {
  const loaded = path === undefined ? undefined : await loadConfig(path);
  const config = loaded?.config ?? {};
  const folder = path === undefined ? "." : dirname(path);
  const here = (file: string): string => relative(".", join(folder, file)) || ".";
  return {
    config: loaded,
    search: {
      folders: [...(flags.I ?? []), ...(config.includeFolders ?? []).map(here)],
      symbols: { ...config.symbols, ...flags.D },
      imports: [...(flags.import ?? []), ...(config.imports ?? []).map(here)],
      externs: { ...config.externs, ...flags.extern },
      levels: new Map(Object.entries(config.lint ?? {})),
    },
    mapping: Object.fromEntries(
      [...mappingKeys, "types" as const].flatMap((key) => (config[key] === undefined ? [] : [[key, config[key]]])),
    ),
    levels: new Map(Object.entries(config.lint ?? {})),
    here,
  };
}
