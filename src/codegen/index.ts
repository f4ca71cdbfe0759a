// "lupine/codegen": generates TypeScript from a compiled interface, and the type of `lupine.config.ts`.
export { type Config, defineConfig, type ImportExtension } from "./config.js";
export { type ExternsOptions, externs } from "./emit/externs.js";
export { type GenerateOptions, generate } from "./emit/file.js";
export { type ScaffoldOptions, scaffold, toolVersions } from "./emit/scaffold.js";
export type { OutputLanguage } from "./emit/scope.js";
