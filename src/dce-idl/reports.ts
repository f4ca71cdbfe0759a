// The findings about an .idl file: collected, and thrown to leave a definition that cannot be read further.
import type { Finding } from "../idl/findings/diagnostics.js";
import { shortFinding } from "../idl/findings/shortened.js";
import type { Span } from "../idl/model/model.js";

/** The most errors that are reported; the rest is omitted. */
const maxErrors = 100;

/** Ends the reading of one definition. It was reported already. */
export class Stop extends Error {}

/** Why values of a type cannot be sent. */
export interface Problem {
  readonly code: string;
  readonly span: Span;
  readonly message: string;
  readonly hint: string;
}

export class Reports {
  readonly findings: Finding[] = [];

  #isMuted = false;
  #isAbandoned = false;

  /** Whether errors are dropped from now on. @returns whether they were dropped before. */
  mute(isMuted: boolean): boolean {
    const before = this.#isMuted;
    this.#isMuted = isMuted;
    return before;
  }

  /** Whether further errors are dropped. */
  get isFull(): boolean {
    return this.#isMuted || this.#isAbandoned || this.findings.length >= maxErrors;
  }

  get hasErrors(): boolean {
    return this.findings.some(({ severity }) => severity === "error");
  }

  error(code: string, span: Span, message: string, hint?: string): void {
    if (this.isFull) return;
    const details = hint === undefined ? {} : { hint };
    this.findings.push(shortFinding({ severity: "error", code, span, message, ...details }));
  }

  problem(given: Problem | undefined): void {
    if (given !== undefined) this.error(given.code, given.span, given.message, given.hint);
  }

  warning(code: string, span: Span, message: string, hint: string): void {
    if (!this.isFull) this.findings.push(shortFinding({ severity: "warning", code, span, message, hint }));
  }

  /** Reports an error, and drops all that follow. */
  abandon(code: string, span: Span, message: string, hint: string): never {
    this.error(code, span, message, hint);
    this.#isAbandoned = true;
    throw new Stop(message);
  }

  /** Reports an error, and leaves the definition. */
  fail(code: string, span: Span, message: string, hint?: string): never {
    this.error(code, span, message, hint);
    throw new Stop(message);
  }
}
