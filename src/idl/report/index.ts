// Formats findings of the compiler, the linter and the comparison as reports.
export { countFindings, REPORT_FORMATS, type ReportFormat, type ReportOptions, reportFindings } from "./report.js";
export type { RuleDescription } from "./sarif.js";
