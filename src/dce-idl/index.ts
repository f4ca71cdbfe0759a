// The compiler of .idl files, as the command uses it.
export { compileIdl, type IdlCompilation, type LoadImport } from "./compile.js";
export { type EmitOptions, emitIdl } from "./emit.js";
export type { IdlModel } from "./model.js";
