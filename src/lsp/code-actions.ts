// Code actions for the findings at a position: the fixes of their hints, and comments that suppress rules of the linter.
import type { CodeAction, CodeActionContext, Diagnostic, Range, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import type { Finding } from "../idl/findings/diagnostics.js";
import { applyFixes, type Fix } from "../idl/findings/fixes.js";
import { piecesIn } from "../idl/findings/suppressions.js";
import { lintRules } from "../idl/lint/index.js";
import { lineIndexAt } from "../idl/source.js";
import { fileActions } from "./file-actions.js";
import { type DocumentationOf, diagnosticOf, findingsOf, MAX_FINDINGS } from "./findings.js";
import { offsetOf, positionOf, rangeOf, type SourceFile } from "./source-file.js";
import type { FileIndex, Workspace } from "./workspace.js";

/** The kind of the action that applies every safe fix: see `Fix.safe`. */
export const FIX_ALL = "source.fixAll.lupine";

export interface ActionRequest {
  readonly range: Range;
  readonly context: CodeActionContext;
  readonly documentationOf?: DocumentationOf | undefined;
  /** Whether the editor creates files for a server. Default false. */
  readonly canCreate?: boolean;
}

export function codeActions(workspace: Workspace, path: string, request: ActionRequest): CodeAction[] {
  const index = workspace.index(path);
  if (index === undefined) return [];
  const { only } = request.context;
  const wants = (kind: string): boolean =>
    only === undefined || only.some((one) => one === "" || kind === one || kind.startsWith(`${one}.`));
  const all = findingsOf(index);
  return [
    ...(wants("quickfix") ? quickFixes(workspace, index, all, request) : []),
    ...(only !== undefined && wants(FIX_ALL) ? fixAll(index, all) : []),
  ];
}

function quickFixes(
  workspace: Workspace,
  index: FileIndex,
  all: readonly Finding[],
  { range, documentationOf, canCreate = false }: ActionRequest,
): CodeAction[] {
  const { file } = index;
  const [start, end] = [offsetOf(file, range.start), offsetOf(file, range.end)];
  // A line that a program wrote may have a hundred thousand.
  const here = all
    .filter(
      ({ span }) => span.file === file.path && span.offset <= end && span.offset + Math.max(1, span.length) >= start,
    )
    .slice(0, MAX_FINDINGS);
  const begins = commentLines(file);
  const around = { config: workspace.configOf(file.path), canCreate };
  return here.flatMap((finding) => {
    const diagnostics = [diagnosticOf(workspace, index, finding, documentationOf?.(finding.code))];
    const fixes = (finding.fixes ?? []).map((fix, at) => fixAction(workspace, fix, diagnostics, at === 0));
    const others = fileActions(finding, file.path, around).map((one) => ({ ...one, kind: "quickfix", diagnostics }));
    return [...fixes, ...others, ...silence(index, finding, diagnostics, begins)].filter((one) => one !== undefined);
  });
}

/** The code action of a fix; undefined if a file that the fix changes cannot be read. */
function fixAction(
  workspace: Workspace,
  { title, edits }: Fix,
  diagnostics: Diagnostic[],
  isPreferred: boolean,
): CodeAction | undefined {
  const changes: Record<string, TextEdit[]> = {};
  for (const { span, text } of edits) {
    const file = workspace.file(span.file);
    if (file === undefined) return undefined;
    changes[file.uri] ??= [];
    changes[file.uri]?.push({ range: rangeOf(file, span.offset, span.offset + span.length), newText: text });
  }
  return { title, kind: "quickfix", diagnostics, edit: { changes }, ...(isPreferred ? { isPreferred } : {}) };
}

const rules: ReadonlySet<string> = new Set(lintRules.map(({ id }) => id));

/** The first line of the comment that a line continues, by line: another comment cannot be inserted between the two. */
function commentLines({ source }: SourceFile): Map<number, number> {
  const begins = new Map<number, number>();
  for (const { kind, offset, text } of piecesIn(source)) {
    if (kind !== "comment" || !/[\r\n]/.test(text)) continue;
    const first = lineIndexAt(source, offset);
    const last = lineIndexAt(source, offset + text.length);
    // A comment may begin on the last line of the one before.
    for (let line = first + 1; line <= last; line++) begins.set(line, begins.get(first) ?? first);
  }
  return begins;
}

/** A comment above the line, or above the comment that the line is part of; the person fills in the reason. */
function silence(
  { file }: FileIndex,
  { code, severity, span }: Finding,
  diagnostics: Diagnostic[],
  begins: ReadonlyMap<number, number>,
): CodeAction[] {
  // An error of the compiler cannot be silenced.
  if (code === "suppression" || (severity === "error" && !rules.has(code))) return [];
  const { line: own } = positionOf(file, span.offset);
  const line = begins.get(own) ?? own;
  const start = offsetOf(file, { line, character: 0 });
  const indent = /^[ \t]*/.exec(file.text.slice(start))?.[0] ?? "";
  const newText = `${indent}/* lupine-ignore ${code}: reason */\n`;
  const edit = { changes: { [file.uri]: [{ range: rangeOf(file, start, start), newText }] } };
  return [{ title: `Silence ${code} here, with a reason`, kind: "quickfix", diagnostics, edit }];
}

function fixAll({ file }: FileIndex, all: readonly Finding[]): CodeAction[] {
  const fixes = all.flatMap((one) => one.fixes ?? []).filter(({ safe }) => safe);
  const { text, applied } = applyFixes(file.path, file.text, fixes);
  if (applied === 0) return [];
  const edit: WorkspaceEdit = {
    changes: { [file.uri]: [{ range: rangeOf(file, 0, file.text.length), newText: text }] },
  };
  return [{ title: `Apply all safe fixes (${applied})`, kind: FIX_ALL, edit }];
}
