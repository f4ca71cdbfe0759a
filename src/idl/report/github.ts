// Findings as GitHub's workflow commands, which it shows beside the lines of a pull request.
import type { Finding } from "../findings/diagnostics.js";

const COMMANDS = { error: "error", warning: "warning", note: "notice" } as const;

export function githubReport(findings: readonly Finding[]): string {
  return findings.map(command).join("\n");
}

function command({ severity, code, message, span, hint }: Finding): string {
  const place: Readonly<Record<string, string | number>> = {
    file: span.file,
    line: span.line,
    col: span.column,
    endColumn: span.column + Math.max(1, span.length),
    title: code,
  };
  const properties = Object.entries(place).map(([name, value]) => `${name}=${escapeProperty(String(value))}`);
  const text = hint === undefined ? message : `${message}\nhint: ${hint}`;
  return `::${COMMANDS[severity]} ${properties.join(",")}::${escapeData(text)}`;
}

function escapeData(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("\r", "%0D").replaceAll("\n", "%0A");
}

function escapeProperty(text: string): string {
  return escapeData(text).replaceAll(":", "%3A").replaceAll(",", "%2C");
}
