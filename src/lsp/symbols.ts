// The outline of a file, its foldable ranges, and the symbols of all files.
import { setImmediate } from "node:timers/promises";
import type {
  CancellationToken,
  DocumentSymbol,
  FoldingRange,
  SymbolInformation,
  SymbolKind,
} from "vscode-languageserver";
import { type Declaration, type DeclarationKind, flat } from "./declarations.js";
import { positionOf, rangeOf, type SourceFile } from "./source-file.js";
import type { FileIndex, Workspace } from "./workspace.js";

/** SymbolKind, whose values would load the library. */
const KINDS: Readonly<Record<DeclarationKind, SymbolKind>> = {
  const: 14,
  enum: 10,
  member: 22,
  struct: 23,
  union: 23,
  typedef: 11,
  program: 2,
  version: 3,
  procedure: 6,
  field: 8,
  discriminant: 8,
  arm: 8,
  argument: 13,
};

export function documentSymbols(workspace: Workspace, path: string): DocumentSymbol[] {
  const index = workspace.index(path);
  return index === undefined ? [] : index.declarations.map((one) => symbol(index.file, one));
}

function symbol(file: SourceFile, declaration: Declaration): DocumentSymbol {
  const { name, kind, start, end, extent, children } = declaration;
  const listed = children.filter((child) => child.kind !== "argument");
  return {
    name,
    kind: KINDS[kind],
    detail: kind,
    // Clients reject a name outside of the symbol's range.
    range: rangeOf(file, Math.min(extent.start, start), Math.max(extent.end, end)),
    selectionRange: rangeOf(file, start, end),
    ...(listed.length === 0 ? {} : { children: listed.map((child) => symbol(file, child)) }),
  };
}

/** The most symbols that are listed. */
const MAX_SYMBOLS = 1000;

/** Symbols of the open files and folders whose names contain the letters of the query in order, regardless of case. */
export async function workspaceSymbols(
  workspace: Workspace,
  query: string,
  token: CancellationToken,
): Promise<SymbolInformation[]> {
  const found: SymbolInformation[] = [];
  const letters = query.toLowerCase().replace(/\s/g, "");
  for (const path of workspace.own()) {
    // Lets other requests, including a cancellation, run between two files.
    await setImmediate();
    if (token.isCancellationRequested) break;
    const index = workspace.index(path);
    for (const one of flat(index?.declarations ?? [])) {
      if (index === undefined || one.kind === "argument" || !hasLetters(one.name.toLowerCase(), letters)) continue;
      const { kind, name, owner, start, end } = one;
      const location = { uri: index.file.uri, range: rangeOf(index.file, start, end) };
      found.push({ name, kind: KINDS[kind], location, ...(owner === undefined ? {} : { containerName: owner.name }) });
      if (found.length === MAX_SYMBOLS) return found;
    }
  }
  return found;
}

function hasLetters(name: string, letters: string): boolean {
  let at = 0;
  for (const letter of letters) {
    at = name.indexOf(letter, at) + 1;
    if (at === 0) return false;
  }
  return true;
}

/** Braces and comments of more than one line, and conditionals. */
export function foldingRanges(workspace: Workspace, path: string): FoldingRange[] {
  const index = workspace.index(path);
  if (index === undefined) return [];
  const found: FoldingRange[] = [];
  const braces: number[] = [];
  const conditionals: number[] = [];
  for (const { kind, text, start, end, directive } of index.tokens) {
    if (kind === "comment") add(found, index, start, end, "comment");
    else if (kind === "directive") foldConditional(found, index, conditionals, { start, word: directive ?? "" });
    else if (text === "{") braces.push(start);
    else if (text === "}") addFrom(found, index, braces.pop(), start);
  }
  return found;
}

function foldConditional(
  found: FoldingRange[],
  index: FileIndex,
  open: number[],
  { start, word }: { readonly start: number; readonly word: string },
): void {
  if (/^(?:elif|else|endif)$/.test(word)) addFrom(found, index, open.pop(), start);
  if (/^(?:if|ifdef|ifndef|elif|else)$/.test(word)) open.push(start);
}

/** The last line, with its brace or directive, stays visible. */
function addFrom(found: FoldingRange[], index: FileIndex, start: number | undefined, end: number): void {
  if (start === undefined) return;
  const startLine = positionOf(index.file, start).line;
  const endLine = positionOf(index.file, end).line - 1;
  if (endLine > startLine) found.push({ startLine, endLine });
}

function add(found: FoldingRange[], { file }: FileIndex, start: number, end: number, kind: "comment"): void {
  const startLine = positionOf(file, start).line;
  const endLine = positionOf(file, end).line;
  if (endLine > startLine) found.push({ startLine, endLine, kind });
}
