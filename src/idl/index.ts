// lupine/idl: interface files to checked models. Does no I/O.
export { type CompileInput, type CompileResult, compileInterface } from "./compile.js";
export { DEFAULT_MAX_ERRORS, type Diagnostic, type DiagnosticCode, type Severity } from "./diagnostics.js";
export { type FormatOptions, formatDiagnostics } from "./format.js";
export { applyMapping, type Mapping, type TypeMapping } from "./mapping.js";
export { type MappingProblem, mappingProblems } from "./mapping-check.js";
export type * from "./model.js";
export { camelCase, methodNames } from "./names.js";
export { decodeText, type SourceText } from "./source.js";
export { behindTypedefs } from "./typedefs.js";
export type { FoundFile, IncludeRequest, IncludeResolver } from "./units.js";
