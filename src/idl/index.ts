// "lupine/idl": compiles interface files to a checked model, with diagnostics; formats, lints, compares and documents them. Does
// no I/O.

export { type Change, type ChangeCategory, compareInterfaces } from "./breaking/index.js";
export { type CompileInput, type CompileResult, compileInterface } from "./compile.js";
export {
  DEFAULT_MAX_ERRORS,
  type Diagnostic,
  type DiagnosticCode,
  type Finding,
  type Severity,
} from "./diagnostics.js";
export {
  type DocFormat,
  type DocumentOptions,
  documentIndex,
  documentInterface,
  type Listed,
  preambleOf,
  sizeText,
  type WireSize,
  wireSize,
} from "./doc/index.js";
export { EXPLANATIONS, type Explanation, explanationsPage, explanationText } from "./explanations.js";
export { formatText } from "./format/index.js";
export { type FormatOptions, formatDiagnostics } from "./format.js";
export { type LintInput, type LintRule, lintInterface, lintRules, type RuleLevel } from "./lint/index.js";
export { applyMapping, type Mapping, type TypeMapping } from "./mapping.js";
export { type MappingProblem, mappingProblems } from "./mapping-check.js";
export type * from "./model.js";
export { camelCase, methodNames } from "./names.js";
export { type ReportFormat, type ReportOptions, reportFindings } from "./report/index.js";
export { decodeText, type SourceText } from "./source.js";
export { behindTypedefs } from "./typedefs.js";
export type { FoundFile, IncludeRequest, IncludeResolver } from "./units.js";
