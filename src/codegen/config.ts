// The options of a project's interfaces, as lupine.config.ts holds them.
import type { Mapping } from "../idl/model/mapping.js";

/**
 * The options for reading the interfaces of a project, and for `lupine gen`. Each is also a flag of the commands, which
 * takes precedence; paths are relative to the file.
 */
export interface Config extends Mapping {
  /** The interface files that `lupine gen` compiles when it is given none: `["rpc/add.x"]`. */
  readonly interfaces?: readonly string[];
  /** Folders to search for included and imported files, like `-I`. */
  readonly includeFolders?: readonly string[];
  /** Symbols for `#if` and macros, as `-D`: `{ ROOM: "16" }`. */
  readonly symbols?: Readonly<Record<string, string>>;
  /** Interfaces whose names can be used, like `--import`. */
  readonly imports?: readonly string[];
  /** Types that are written by hand, and the modules that export them: `{ netaddr: "./netaddr.js" }`. */
  readonly externs?: Readonly<Record<string, string>>;
  /** Levels of the rules of `lupine lint`: `{ unbounded: "error", "case-style": "off" }`. */
  readonly lint?: Readonly<Record<string, "off" | "warn" | "error">>;
  /** A folder that the generated files go to. Default: beside each interface. */
  readonly out?: string;
  /** TypeScript, or JavaScript with declarations. Default "ts". */
  readonly target?: "ts" | "js";
  /**
   * How the generated and scaffold files import each other: "./add.gen.js", "./add.gen.ts", "./add.gen". Default "js".
   */
  readonly importExtension?: ImportExtension;
  /** The runtime that generated code imports. Default "lupine/codegen/v1". */
  readonly runtime?: string;
}

/** The extension of generated files in import statements. */
export type ImportExtension = "js" | "ts" | "none";

/**
 * Returns its argument. Use it in `lupine.config.ts`, so that the editor checks and completes the options.
 * @example
 * export default defineConfig({ interfaces: ["rpc/add.x"], includeFolders: ["rpc/include"] });
 */
export function defineConfig(config: Config): Config {
  return config;
}
