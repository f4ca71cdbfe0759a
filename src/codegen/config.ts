// The options of a project's interfaces, as lupine.config.ts holds them.
import type { Mapping } from "../idl/mapping.js";

/** What `lupine gen` is to make. Each option is also a flag of the command, which wins; paths are relative to the file. */
export interface Config extends Mapping {
  /** The interface files that `lupine gen` compiles when it is given none: `["rpc/add.x"]`. */
  readonly interfaces?: readonly string[];
  /** A folder that the generated files go to. Default: beside each interface. */
  readonly out?: string;
  /** TypeScript, or JavaScript with declarations. Default "ts". */
  readonly target?: "ts" | "js";
  /** How the scaffold's files and generated files name each other: "./add.gen.js", "./add.gen.ts", "./add.gen". Default "js". */
  readonly importExtension?: ImportExtension;
  /** What generated code imports. Default "lupine/codegen/v1". */
  readonly runtime?: string;
}

export type ImportExtension = "js" | "ts" | "none";

/** Its argument, so that an editor knows what may stand in it. */
export function defineConfig(config: Config): Config {
  return config;
}
