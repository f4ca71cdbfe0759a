// What a diagnostic must be: its code, its exact place (between « and »), its message and its hint.
import assert from "node:assert/strict";
import { test } from "node:test";
import { compileInterface } from "../compile.js";
import type { Diagnostic, DiagnosticCode } from "../findings/diagnostics.js";

export interface Expected {
  readonly code: DiagnosticCode;
  /** The text of the file, with « before and » after the place of the diagnostic. */
  readonly text: string;
  readonly message: string;
  readonly hint?: string;
  /** The text at the related places. */
  readonly related?: readonly string[];
}

/** The marked place, found by counting and not by the code under test. */
function marked(text: string): { clean: string; line: number; column: number; offset: number; length: number } {
  const offset = text.indexOf("«");
  const end = text.indexOf("»") - 1;
  const before = text.slice(0, offset).split("\n");
  const clean = text.replace("«", "").replace("»", "");
  return { clean, line: before.length, column: (before.at(-1) ?? "").length + 1, offset, length: end - offset };
}

function assertOnly({ code, text, message, hint, related = [] }: Expected, severity: Diagnostic["severity"]): void {
  const { clean, ...place } = marked(text);
  const { diagnostics, module } = compileInterface({ file: "t.x", text: clean });
  assert.equal(diagnostics.length, 1, JSON.stringify(diagnostics, undefined, 1));
  const [found] = diagnostics;
  assert.ok(found);
  assert.deepEqual([found.severity, found.code, found.message], [severity, code, message]);
  assert.deepEqual(found.span, { file: "t.x", ...place });
  assert.equal(found.hint, hint);
  const places = (found.related ?? []).map(({ span }) => clean.slice(span.offset, span.offset + span.length));
  assert.deepEqual(places, related);
  assert.equal(module === undefined, severity === "error");
}

/** A program of one version with these procedures. */
export function program(procedures: string): string {
  return `program P {\n version V {\n  ${procedures}\n } = 1;\n} = 1;`;
}

/** A test for each expected diagnostic, which must be the only one. */
export function testEach(severity: Diagnostic["severity"], cases: readonly Expected[]): void {
  for (const expected of cases) {
    const text = marked(expected.text).clean.replace(/\s+/g, " ");
    test(`${expected.message}: ${text}`, () => assertOnly(expected, severity));
  }
}
