// Completion at the cursor: keywords, types, constants, or the members that a case asks for.
import type { CompletionItem, CompletionItemKind } from "vscode-languageserver";
import { BUILTIN_TYPES } from "../idl/c-names/builtins.js";
import { PRIMITIVE_NAMES } from "../idl/model/primitives.js";
import { ANNOTATIONS } from "../idl/syntax/annotations.js";
import { type Context, contextAt } from "./context.js";
import type { Declaration, DeclarationKind } from "./declarations.js";
import { enumCalled, namesInScope } from "./names.js";
import { blocksOf, isWithin, qualifierBefore } from "./namespaces.js";
import { indexAt } from "./scan.js";
import { definitionSnippets, versionSnippets } from "./snippets.js";
import { rangeOf } from "./source-file.js";
import type { FileIndex, Workspace } from "./workspace.js";

/** Values of CompletionItemKind, repeated here because importing them would load the library. */
const KIND = {
  Keyword: 14,
  Type: 22,
  Constant: 21,
  Member: 20,
  Enum: 13,
  Struct: 22,
  Class: 7,
  Interface: 8,
} as const satisfies Record<string, CompletionItemKind>;

const TYPE_WORDS = [
  ...PRIMITIVE_NAMES.filter((name) => name !== "void"),
  ...["opaque", "string", "struct", "union", "enum"],
];
const DEFINITION_WORDS = ["const", "typedef", "enum", "struct", "union", "program"];
const INTEGER_WORDS = ["int", "hyper", "char", "short", "long"];

const KINDS: Readonly<Record<string, CompletionItemKind>> = {
  enum: KIND.Enum,
  struct: KIND.Struct,
  union: KIND.Struct,
  typedef: KIND.Interface,
  const: KIND.Constant,
  member: KIND.Member,
};

/** @param snippets whether the editor takes snippets. */
export function complete(workspace: Workspace, path: string, offset: number, snippets: boolean): CompletionItem[] {
  const index = workspace.index(path);
  if (index === undefined) return [];
  const annotations = annotationsAt(index, offset);
  if (annotations !== undefined) return annotations;
  const context = contextAt(index.tokens, offset);
  const qualifier = qualifierBefore(index.file.text, offset);
  if (qualifier !== undefined && context.kind !== "nothing") return within(workspace, path, qualifier, context);
  switch (context.kind) {
    case "nothing":
      return [];
    case "definition":
      return [...words(DEFINITION_WORDS), ...(snippets ? definitionSnippets(path) : [])];
    case "version":
      return [...words(["version"]), ...(snippets ? versionSnippets() : [])];
    case "integer":
      return words(INTEGER_WORDS);
    case "arm":
      return words(["case", "default"]);
    case "type":
      return [...types(workspace, path), ...words([...TYPE_WORDS, ...context.extra])];
    case "tagged":
      return named(workspace, path, [context.tag]);
    case "constant":
      return constants(workspace, index, offset);
    case "case":
      return isBool(context.type) ? boolLabels() : labels(workspace, index, offset, context);
  }
}

/** In a comment, after an `@` at the beginning of a line or after another annotation; undefined elsewhere. */
function annotationsAt({ tokens, file }: FileIndex, offset: number): CompletionItem[] | undefined {
  const comment = tokens[indexAt(tokens, offset - 1)];
  if (comment?.kind !== "comment" || comment.end < offset) return undefined;
  const line = file.text.slice(comment.start, offset).split("\n").at(-1) ?? "";
  if (!/^[ \t]*(?:\/\*+|\/\/+|\*+)?[ \t]*(?:@[\w-]+[ \t,]+)*@[\w-]*$/.test(line)) return undefined;
  const range = rangeOf(file, offset - (line.length - line.lastIndexOf("@")), offset);
  return [...ANNOTATIONS].map(([name, { summary, argument = "" }]) => {
    const newText = `@${name}${argument === "" ? "" : " "}`;
    return {
      label: `@${name} ${argument}`.trim(),
      kind: KIND.Keyword,
      filterText: `@${name}`,
      documentation: summary,
      textEdit: { range, newText },
    };
  });
}

/** After `a::`: the declarations in the blocks of namespace a that fit. */
function within(workspace: Workspace, path: string, namespace: string, { kind }: Context): CompletionItem[] {
  const blocks = blocksOf(workspace, path, namespace);
  const kinds = kind === "constant" || kind === "case" ? CONSTANTS : TYPES;
  return [...namesInScope(workspace, path).values()]
    .filter((one) => kinds.includes(one.kind) && isWithin(blocks, one))
    .map(item);
}

function words(list: readonly string[]): CompletionItem[] {
  return list.map((label) => ({ label, kind: KIND.Keyword }));
}

function item(declaration: Declaration): CompletionItem {
  const { kind, name, owner, comment } = declaration;
  const detail = owner === undefined ? kind : `${kind} of ${owner.name}`;
  const made = { label: name, kind: KINDS[kind] ?? KIND.Type, detail };
  return comment === undefined ? made : { ...made, documentation: comment };
}

function named(workspace: Workspace, path: string, kinds: readonly string[]): CompletionItem[] {
  const wanted = new Set<string>(kinds);
  return [...namesInScope(workspace, path).values()].filter(({ kind }) => wanted.has(kind)).map(item);
}

const CONSTANTS: readonly DeclarationKind[] = ["const", "member"];
const TYPES: readonly DeclarationKind[] = ["enum", "struct", "union", "typedef"];

function types(workspace: Workspace, path: string): CompletionItem[] {
  const own = named(workspace, path, TYPES);
  const taken = new Set(own.map(({ label }) => label));
  const builtin = [...BUILTIN_TYPES.keys()].filter((name) => !taken.has(name));
  return [...own, ...builtin.map((label) => ({ label, kind: KIND.Type, sortText: `~${label}` }))];
}

/** The constants that can be used at an offset: all except the one that is being defined there. */
function constants(workspace: Workspace, { file }: FileIndex, offset: number): CompletionItem[] {
  const isOpen = (one: Declaration): boolean =>
    one.kind === "const" &&
    one.file === file.path &&
    one.end <= offset &&
    !file.text.slice(one.end, offset).includes(";");
  return [...namesInScope(workspace, file.path).values()]
    .filter((one) => (one.kind === "const" || one.kind === "member") && !isOpen(one))
    .map(item);
}

function isBool(type: string | undefined): boolean {
  return type === "bool" || type === "bool_t";
}

function boolLabels(): CompletionItem[] {
  return ["FALSE", "TRUE"].map((label) => ({ label, kind: KIND.Constant }));
}

/** The members of the discriminant's enum, those without a case first. */
function labels(
  workspace: Workspace,
  index: FileIndex,
  offset: number,
  { type, used }: Context & { kind: "case" },
): CompletionItem[] {
  const owner = enumCalled(workspace, index.file.path, type);
  if (owner === undefined) return constants(workspace, index, offset);
  const members = owner.children.filter(({ kind }) => kind === "member").map(item);
  return members.map((one) => (used.has(one.label) ? { ...one, sortText: `~${one.label}` } : one));
}
