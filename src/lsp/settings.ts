// The settings for reading each file: loaded once for a folder, and again after a change.
import { dirname, isAbsolute } from "node:path";
import type { RuleLevel } from "../idl/lint/index.js";
import type { Mapping } from "../idl/model/mapping.js";

export interface FileSettings {
  /** Where `#include` looks besides the file's own folder; absolute. */
  readonly includeFolders: readonly string[];
  /** Symbols as `-D` gives them. */
  readonly symbols: Readonly<Record<string, string>>;
  /** Interfaces whose names can be used, too; absolute. */
  readonly imports: readonly string[];
  /** Types that are written by hand, and the modules that export them. */
  readonly externs: Readonly<Record<string, string>>;
  readonly mapping: Mapping;
  /** Levels of the linter's rules. */
  readonly levels: ReadonlyMap<string, RuleLevel>;
}

export const DEFAULT_SETTINGS: FileSettings = {
  includeFolders: [],
  symbols: {},
  imports: [],
  externs: {},
  mapping: {},
  levels: new Map(),
};

export interface LoadedSettings {
  readonly settings: FileSettings;
  /** The configuration that they come from, absolute; undefined for none. */
  readonly config?: string;
  /** The errors of the configuration. */
  readonly problem?: string;
  /** Whether loading them again would give the same result. */
  isCurrent(): boolean;
}

/**
 * Loads the settings of the files in a folder; never rejects.
 * @param isTrusted whether a configuration that is a program may be run.
 */
export type LoadSettings = (folder: string, isTrusted: (config: string) => boolean) => Promise<LoadedSettings>;

export class SettingsStore {
  readonly #load: LoadSettings;
  readonly #isTrusted: (config: string) => boolean;
  readonly #loaded = new Map<string, LoadedSettings>();
  readonly #loading = new Map<string, Promise<LoadedSettings>>();

  constructor(
    load: LoadSettings = async () => ({ settings: DEFAULT_SETTINGS, isCurrent: () => true }),
    isTrusted: (config: string) => boolean = () => false,
  ) {
    this.#load = load;
    this.#isTrusted = isTrusted;
  }

  /** The settings of a file if they are loaded, else those of the nearest folder above. */
  of(path: string): FileSettings {
    return this.#nearest(path)?.settings ?? DEFAULT_SETTINGS;
  }

  /** The configuration that they come from; undefined for none. */
  configOf(path: string): string | undefined {
    return this.#nearest(path)?.config;
  }

  #nearest(path: string): LoadedSettings | undefined {
    for (let folder = folderOf(path); ; folder = dirname(folder)) {
      const found = this.#loaded.get(folder);
      if (found !== undefined || folder === dirname(folder)) return found;
    }
  }

  /** Loads the settings of a file if they are missing or outdated; undefined if there is nothing to wait for. */
  prepare(path: string): Promise<LoadedSettings> | undefined {
    const folder = folderOf(path);
    const under = this.#loading.get(folder);
    if (under !== undefined) return under;
    if (this.#loaded.get(folder)?.isCurrent()) return undefined;
    const loading = this.#load(folder, this.#isTrusted).then((loaded) => {
      this.#loading.delete(folder);
      this.#loaded.set(folder, loaded);
      return loaded;
    });
    this.#loading.set(folder, loading);
    return loading;
  }
}

/** The folder of a file. For a text without a file it is the working folder. */
function folderOf(path: string): string {
  return isAbsolute(path) ? dirname(path) : process.cwd();
}
