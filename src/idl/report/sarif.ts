// Findings as SARIF 2.1.0 (OASIS), which code scanning services read.
import type { Finding } from "../findings/diagnostics.js";
import type { Span } from "../model/model.js";

/** A rule, for the reader of a report. */
export interface RuleDescription {
  readonly id: string;
  /** One sentence. */
  readonly summary: string;
  /** Why it matters, and what to do. */
  readonly reason?: string;
  /** The reason in full, with examples, as Markdown. */
  readonly page?: string;
}

export interface SarifOptions {
  readonly rules?: readonly RuleDescription[];
  readonly version?: string;
  readonly documentationOf?: (code: string) => string | undefined;
}

export function sarifReport(findings: readonly Finding[], options: SarifOptions): string {
  const { rules = [], version, documentationOf } = options;
  const described = new Map(rules.map((rule) => [rule.id, rule]));
  const ids = [...new Set([...described.keys(), ...findings.map((finding) => finding.code)])];
  const driver = {
    name: "lupine",
    ...(version === undefined ? {} : { semanticVersion: version }),
    rules: ids.map((id) => ({ ...ruleOf(id, described.get(id)), ...helpUri(documentationOf?.(id)) })),
  };
  const results = findings.map((finding) => resultOf(finding, ids.indexOf(finding.code)));
  const run = { tool: { driver }, columnKind: "utf16CodeUnits", results };
  const log = { $schema: "https://json.schemastore.org/sarif-2.1.0.json", version: "2.1.0", runs: [run] };
  return JSON.stringify(log, undefined, 2);
}

function helpUri(uri: string | undefined): object {
  return uri === undefined ? {} : { helpUri: uri };
}

function ruleOf(id: string, rule: RuleDescription | undefined): object {
  if (rule === undefined) return { id };
  const { reason, page } = rule;
  const help =
    reason === undefined ? {} : { help: { text: reason, ...(page === undefined ? {} : { markdown: page }) } };
  return { id, shortDescription: { text: rule.summary }, ...help };
}

function resultOf(finding: Finding, ruleIndex: number): unknown {
  const { severity, code, message, span, hint, related = [] } = finding;
  const text = hint === undefined ? message : `${message}\nhint: ${hint}`;
  const others = related.map((one) => ({ ...locationOf(one.span), message: { text: one.message } }));
  return {
    ruleId: code,
    ruleIndex,
    level: severity,
    message: { text },
    locations: [locationOf(span)],
    ...(others.length === 0 ? {} : { relatedLocations: others }),
  };
}

function locationOf({ file, line, column, offset, length }: Span): { physicalLocation: unknown } {
  const uri = file.split(/[\\/]/).map(encodeURIComponent).join("/");
  const region = { startLine: line, startColumn: column, charOffset: offset, charLength: length };
  return { physicalLocation: { artifactLocation: { uri }, region } };
}
