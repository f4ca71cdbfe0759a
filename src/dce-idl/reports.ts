// The findings about an .idl file: collected, and thrown to leave a definition that cannot be read further.
import type { Finding } from "../idl/findings/diagnostics.js";
import type { Span } from "../idl/model/model.js";

/** The most errors that are reported; the rest is omitted. */
const maxErrors = 100;

/** Ends the reading of one definition. It was reported already. */
export class Stop extends Error {}

export class Reports {
  readonly findings: Finding[] = [];

  get hasErrors(): boolean {
    return this.findings.some(({ severity }) => severity === "error");
  }

  error(code: string, span: Span, message: string, hint?: string): void {
    if (this.findings.length >= maxErrors) return;
    this.findings.push({ severity: "error", code, span, message, ...(hint === undefined ? {} : { hint }) });
  }

  /** Reports an error, and leaves the definition. */
  fail(code: string, span: Span, message: string, hint?: string): never {
    this.error(code, span, message, hint);
    throw new Stop(message);
  }
}
