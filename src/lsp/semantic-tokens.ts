// The kind of each word, for editors that colour by meaning: a type, a constant, a field, and whether it is declared there.
import type { Range, SemanticTokens, SemanticTokensLegend } from "vscode-languageserver";
import { BUILTIN_CONSTANTS, BUILTIN_TYPES } from "../idl/c-names/builtins.js";
import { TYPE_WORDS } from "../idl/syntax/type-words.js";
import type { Declaration, DeclarationKind } from "./declarations.js";
import { meanings } from "./names.js";
import { namespacesIn } from "./namespaces.js";
import { indexAt, type Token } from "./scan.js";
import { lineEnd, offsetOf, positionOf } from "./source-file.js";
import type { FileIndex, Workspace } from "./workspace.js";

const TYPES = [
  ...["namespace", "type", "enum", "enumMember", "struct", "class", "interface", "method", "property", "parameter"],
  ...["variable", "macro", "keyword", "comment", "string", "number"],
] as const;
type TokenType = (typeof TYPES)[number];

const DECLARATION = 1;
const READONLY = 2;
const DEFAULT_LIBRARY = 4;

export const LEGEND: SemanticTokensLegend = {
  tokenTypes: [...TYPES],
  tokenModifiers: ["declaration", "readonly", "defaultLibrary"],
};

const KINDS: Readonly<Record<DeclarationKind, TokenType>> = {
  const: "variable",
  enum: "enum",
  member: "enumMember",
  struct: "struct",
  union: "struct",
  typedef: "type",
  program: "class",
  version: "interface",
  procedure: "method",
  field: "property",
  discriminant: "property",
  arm: "property",
  argument: "parameter",
};

const KEYWORDS = new Set([
  ...TYPE_WORDS,
  ...["case", "const", "default", "namespace", "program", "switch", "typedef", "version"],
]);

/** @param range the part that is wanted; absent for the whole file. */
export function semanticTokens(workspace: Workspace, path: string, range?: Range): SemanticTokens {
  const index = workspace.index(path);
  if (index === undefined) return { data: [] };
  const { tokens, file } = index;
  const end = range === undefined ? file.text.length : offsetOf(file, range.end);
  const first = range === undefined ? 0 : Math.max(0, indexAt(tokens, offsetOf(file, range.start)));
  const describe = describer(workspace, index);
  const data: number[] = [];
  let [line, character] = [0, 0];
  for (let at = first; at < tokens.length && (tokens[at]?.start ?? 0) <= end; at++) {
    const token = tokens[at] as Token;
    const described = describe(token);
    if (described === undefined) continue;
    for (const piece of linesOf(index, token)) {
      const next = positionOf(file, piece.start);
      const column = next.line === line ? next.character - character : next.character;
      data.push(next.line - line, column, piece.end - piece.start, TYPES.indexOf(described.type), described.modifiers);
      [line, character] = [next.line, next.character];
    }
  }
  return { data };
}

interface Described {
  readonly type: TokenType;
  readonly modifiers: number;
}

function describer(workspace: Workspace, index: FileIndex): (token: Token) => Described | undefined {
  const meaningOf = meanings(workspace, index);
  const namespaces = new Set(namespacesIn(index).map(({ start }) => start));
  return (token) => {
    const { kind, text, start } = token;
    if (kind === "comment" || kind === "string" || kind === "number") return { type: kind, modifiers: 0 };
    if (kind === "directive") return { type: "macro", modifiers: 0 };
    if (kind !== "word") return undefined;
    if (namespaces.has(start)) return { type: "namespace", modifiers: 0 };
    const meant = meaningOf(token);
    if (meant !== undefined) return { type: KINDS[meant.kind], modifiers: modifiersOf(meant, index, token) };
    if (KEYWORDS.has(text) || BUILTIN_TYPES.has(text)) {
      return { type: "keyword", modifiers: KEYWORDS.has(text) ? 0 : DEFAULT_LIBRARY };
    }
    return BUILTIN_CONSTANTS.has(text) ? { type: "variable", modifiers: READONLY | DEFAULT_LIBRARY } : undefined;
  };
}

function modifiersOf({ kind, file, start }: Declaration, index: FileIndex, token: Token): number {
  const isDeclared = file === index.file.path && start === token.start;
  return (isDeclared ? DECLARATION : 0) | (kind === "const" || kind === "member" ? READONLY : 0);
}

/** One token for each line of a multi-line comment, because not every editor accepts it as a whole. */
function linesOf({ file }: FileIndex, { start, end }: Token): { start: number; end: number }[] {
  const pieces: { start: number; end: number }[] = [];
  for (let line = positionOf(file, start).line; ; line++) {
    const from = Math.max(start, file.source.lineStarts[line] ?? end);
    if (from >= end) return pieces;
    const to = Math.min(end, lineEnd(file, line));
    if (to > from) pieces.push({ start: from, end: to });
  }
}
