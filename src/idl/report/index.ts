// Reports of findings, whatever found them.
export { countFindings, REPORT_FORMATS, type ReportFormat, type ReportOptions, reportFindings } from "./report.js";
export type { RuleDescription } from "./sarif.js";
