// "lupine/idl": compiles interface files to a checked model, with diagnostics; formats, lints, compares and documents them. Does
// no I/O.

export { type Change, type ChangeCategory, compareInterfaces } from "./breaking/index.js";
export { type CompileInput, type CompileResult, compileInterface } from "./compile.js";
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
export {
  DEFAULT_MAX_ERRORS,
  type Diagnostic,
  type DiagnosticCode,
  type Finding,
  type Severity,
} from "./findings/diagnostics.js";
export { EXPLANATIONS, type Explanation, explanationsPage, explanationText } from "./findings/explanations.js";
export { type FormatOptions, formatDiagnostics } from "./findings/format.js";
export { formatText } from "./format/index.js";
export { type LintInput, type LintRule, lintInterface, lintRules, type RuleLevel } from "./lint/index.js";
export { applyMapping, type Mapping, type TypeMapping } from "./model/mapping.js";
export { type MappingProblem, mappingProblems } from "./model/mapping-check.js";
export type * from "./model/model.js";
export { behindTypedefs } from "./model/typedefs.js";
export { camelCase, methodNames } from "./names/names.js";
export type { FoundFile, IncludeRequest, IncludeResolver } from "./preprocess/units.js";
export { type ReportFormat, type ReportOptions, reportFindings } from "./report/index.js";
export { decodeText, type SourceText } from "./source.js";
