// A whole file in house style, as the one edit that is needed.
import type { TextEdit } from "vscode-languageserver";
import { formatText, syntaxErrors } from "../idl/format/index.js";
import { rangeOf } from "./source-file.js";
import type { Workspace } from "./workspace.js";

/** No edits for a file that is formatted already, or whose syntax has errors. */
export function format(workspace: Workspace, path: string): TextEdit[] {
  const index = workspace.index(path);
  if (index === undefined) return [];
  const { file, analysis } = index;
  if (syntaxErrors(analysis.diagnostics.filter(({ span }) => span.file === path)).length > 0) return [];
  const { text } = file;
  const formatted = formatText(text);
  if (formatted === text) return [];
  const start = commonStart(text, formatted);
  const end = commonEnd(text, formatted, start);
  return [{ range: rangeOf(file, start, text.length - end), newText: formatted.slice(start, formatted.length - end) }];
}

/** How many characters of whole lines at the beginning are the same. */
function commonStart(a: string, b: string): number {
  let same = 0;
  while (same < a.length && same < b.length && a.charCodeAt(same) === b.charCodeAt(same)) same++;
  return a.slice(0, same).lastIndexOf("\n") + 1;
}

/** How many characters of whole lines at the end are the same. */
function commonEnd(a: string, b: string, start: number): number {
  const most = Math.min(a.length, b.length) - start;
  let same = 0;
  while (same < most && a.charCodeAt(a.length - 1 - same) === b.charCodeAt(b.length - 1 - same)) same++;
  const next = a.indexOf("\n", a.length - same);
  return next === -1 ? 0 : a.length - 1 - next;
}
