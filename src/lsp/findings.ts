// The findings of a file, as the editor shows them: the compiler's diagnostics, or without errors the linter's.
import type { Diagnostic, DiagnosticRelatedInformation, DiagnosticSeverity, Range } from "vscode-languageserver";
import type { Finding } from "../idl/findings/diagnostics.js";
import type { Span } from "../idl/index.js";
import { lintSource } from "../idl/lint/index.js";
import { rangeOf, uriOf } from "./source-file.js";
import type { FileIndex, Workspace } from "./workspace.js";

/** The most findings reported for one file; some editors cannot handle more. */
export const MAX_FINDINGS = 500;

const SEVERITIES = { error: 1, warning: 2, note: 3 } as const satisfies Record<string, DiagnosticSeverity>;

/** The URL of the page about a code. */
export type DocumentationOf = (code: string) => string | undefined;

export function findings(workspace: Workspace, path: string, documentationOf?: DocumentationOf): Diagnostic[] {
  const index = workspace.index(path);
  if (index === undefined) return [];
  const own = findingsOf(index).filter(({ span }) => span.file === path);
  const listed = own
    .slice(0, MAX_FINDINGS)
    .map((one) => diagnosticOf(workspace, index, one, documentationOf?.(one.code)));
  return [...listed, ...ofIncluded(workspace, index)];
}

const known = new WeakMap<FileIndex, readonly Finding[]>();

/** All findings of the compiler, in any file, and of the linter; computed once. */
export function findingsOf(index: FileIndex): readonly Finding[] {
  let found = known.get(index);
  if (found === undefined) {
    found = [...index.analysis.diagnostics, ...lint(index)];
    known.set(index, found);
  }
  return found;
}

/** The linter runs only on interfaces that compile. */
function lint({ file, analysis, settings }: FileIndex): Finding[] {
  if (analysis.failed) return [];
  return lintSource(file.source, analysis.module, settings.levels);
}

export function diagnosticOf(
  workspace: Workspace,
  index: FileIndex,
  finding: Finding,
  href: string | undefined,
): Diagnostic {
  const { severity, code, message, span, hint, related = [] } = finding;
  const relatedInformation = related.flatMap((one) => place(workspace, one.span, one.message));
  return {
    range: rangeOfSpan(index, span),
    severity: SEVERITIES[severity],
    code,
    ...(href === undefined ? {} : { codeDescription: { href } }),
    source: "lupine",
    message: hint === undefined ? message : `${message}\n${hint}`,
    ...(relatedInformation.length === 0 ? {} : { relatedInformation }),
    ...(code === "unused-type" ? { tags: [1] } : {}),
  };
}

function rangeOfSpan({ file }: FileIndex, { offset, length }: Span): Range {
  return rangeOf(file, offset, offset + Math.max(1, length));
}

function place(workspace: Workspace, span: Span, message: string): DiagnosticRelatedInformation[] {
  const file = workspace.file(span.file);
  if (file === undefined) return [];
  const range = rangeOf(file, span.offset, span.offset + span.length);
  return [{ location: { uri: uriOf(span.file), range }, message }];
}

/** The most reported positions in included files. */
const MAX_PLACES = 10;

/** An error in an included file is reported at the include directive. */
function ofIncluded(workspace: Workspace, index: FileIndex): Diagnostic[] {
  const { path } = index.file;
  const errors = index.analysis.diagnostics.filter(({ severity, span }) => severity === "error" && span.file !== path);
  if (errors.length === 0) return [];
  return index.links.flatMap((link) => {
    const target = workspace.target(link);
    const behind = new Set(target === undefined ? [] : workspace.reach(target.path).map((file) => file.path));
    const inside = errors.filter(({ span }) => behind.has(span.file));
    if (inside.length === 0) return [];
    const count = `${inside.length} ${inside.length === 1 ? "error" : "errors"}`;
    const relatedInformation = inside
      .slice(0, MAX_PLACES)
      .flatMap(({ span, message }) => place(workspace, span, message));
    const range = rangeOf(index.file, link.start, link.end);
    const message = `${link.name}, or what it includes, has ${count}`;
    return [
      { range, severity: SEVERITIES.error, code: "included-errors", source: "lupine", message, relatedInformation },
    ];
  });
}
