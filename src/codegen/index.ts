// The code generator: from a checked interface to TypeScript.
export { type Config, defineConfig, type ImportExtension } from "./config.js";
export { type ExternsOptions, externs } from "./emit/externs.js";
export { type GenerateOptions, generate } from "./emit/file.js";
export { type ScaffoldOptions, scaffold, toolVersions } from "./emit/scaffold.js";
export type { Target } from "./emit/scope.js";
