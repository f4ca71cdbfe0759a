// Signature help for the parentheses around the cursor: arguments of a macro, a discriminant, arguments of a procedure.
import type { SignatureHelp } from "vscode-languageserver";
import type { Lexeme } from "../idl/syntax/lexemes.js";
import { indexAt, type Token } from "./scan.js";
import type { FileIndex, Workspace } from "./workspace.js";

export function signatureHelp(workspace: Workspace, path: string, offset: number): SignatureHelp | null {
  const index = workspace.index(path);
  const call = index && openCall(index, offset);
  if (index === undefined || call === undefined) return null;
  const { tokens, at, commas } = call;
  const name = tokens[at - 1];
  if (name?.kind !== "word") return null;
  const parameters = macroParameters(workspace, path, name.text);
  if (parameters !== undefined) return help(`${name.text}(`, parameters, ")", commas, "a function-like macro");
  const before = statementBefore(tokens, at);
  if (name.text === "switch") return switchHelp(before);
  const isProcedure =
    before.length >= 2 && before.every(({ kind, text }) => kind === "word" || text === "*" || text === ":");
  return isProcedure ? procedureHelp(before, name.text, commas) : null;
}

function help(
  head: string,
  parameters: readonly string[],
  tail: string,
  active: number,
  documentation: string,
): SignatureHelp {
  const label = `${head}${parameters.join(", ")}${tail}`;
  let from = head.length;
  const places = parameters.map((one) => {
    const place: [number, number] = [from, from + one.length];
    from += one.length + 2;
    return { label: place };
  });
  const activeParameter = Math.max(0, Math.min(active, parameters.length - 1));
  return { signatures: [{ label, parameters: places, documentation }], activeSignature: 0, activeParameter };
}

interface OpenCall {
  readonly tokens: readonly Token[];
  /** The offset of the open parenthesis. */
  readonly at: number;
  readonly commas: number;
}

/** The most tokens that are searched backwards: no list of arguments is longer. */
const MAX_BACK = 500;

/** The open parenthesis at an offset, and the commas after it. */
function openCall({ tokens: all }: FileIndex, offset: number): OpenCall | undefined {
  const last = indexAt(all, offset - 1);
  const here = all[last];
  if (here === undefined || (here.kind === "comment" && here.end > offset)) return undefined;
  const tokens = all
    .slice(Math.max(0, last - MAX_BACK), last + 1)
    .filter(({ kind, directive }) => kind !== "comment" && kind !== "passed" && directive === undefined);
  let depth = 0;
  let commas = 0;
  for (let at = tokens.length - 1; at >= 0; at--) {
    const { text } = tokens[at] as Token;
    if (text === ")") depth++;
    else if (text === "(" && depth-- === 0) return { tokens, at, commas };
    else if (text === "," && depth === 0) commas++;
    else if (text === ";" || text === "{" || text === "}") return undefined;
  }
  return undefined;
}

/** The words of the statement up to the parenthesis. */
function statementBefore(tokens: readonly Token[], at: number): Token[] {
  const start = tokens.slice(0, at).findLastIndex(({ text }) => text === ";" || text === "{" || text === "}");
  return tokens.slice(start + 1, at);
}

/** Of `#define NAME(a, b) ...`, here or in a file that this one builds on. */
function macroParameters(workspace: Workspace, path: string, name: string): string[] | undefined {
  for (const file of workspace.reach(path)) {
    if (!file.text.includes(`${name}(`)) continue;
    for (const { word, inner } of file.source.lexemes) {
      const parameters = word === "define" ? parametersOf(inner, name) : undefined;
      if (parameters !== undefined) return parameters;
    }
  }
  return undefined;
}

/** The parameters of a macro in its directive; undefined if it is not this macro, or has none. */
function parametersOf(inner: readonly Lexeme[], name: string): string[] | undefined {
  const [, , macro, open, ...rest] = inner.filter(({ kind }) => kind !== "comment");
  if (macro?.text !== name || open?.text !== "(" || !open.adjacent) return undefined;
  const close = rest.findIndex(({ text }) => text === ")");
  if (close < 0) return undefined;
  const words = rest.slice(0, close).map(({ text }) => text);
  return words
    .join("")
    .split(",")
    .map((one) => one.trim());
}

function switchHelp(before: readonly Token[]): SignatureHelp | null {
  const union = before.findLastIndex(({ text }) => text === "union");
  if (union < 0) return null;
  const name = before.slice(union + 1, -1).map(({ text }) => text);
  const documentation = "the discriminant: an int, an unsigned int, a bool or an enum, and its name";
  return help(`union ${name.join(" ")}${name.length === 0 ? "" : " "}switch (`, ["type name"], ")", 0, documentation);
}

function procedureHelp(before: readonly Token[], name: string, commas: number): SignatureHelp {
  const result = before
    .slice(0, -1)
    .map(({ text }) => text)
    .join(" ");
  const parameters = Array.from({ length: commas + 1 }, (_, at) => (commas === 0 ? "type name" : `type name${at + 1}`));
  const documentation = "the types of the arguments, with optional names; void or nothing if there are no arguments";
  return help(`${result} ${name}(`, parameters, ") = number", commas, documentation);
}
