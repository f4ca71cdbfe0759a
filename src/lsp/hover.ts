// Hover text of a name: its TypeScript, its size on the wire, its comment, and where it is declared.
import { basename } from "node:path";
import type { Hover } from "vscode-languageserver";
import { Preview } from "../codegen/emit/preview.js";
import { BUILTIN_CONSTANTS, BUILTIN_TYPES } from "../idl/c-names/builtins.js";
import { sizeText, type WireSize, wireSize } from "../idl/doc/index.js";
import type { ConstDefinition, Definition, ProcedureDefinition, Type, TypeDefinition } from "../idl/model/model.js";
import { membersOf } from "../idl/model/references.js";
import { ANNOTATIONS, annotationsIn } from "../idl/syntax/annotations.js";
import { PRIMITIVES } from "../idl/syntax/type-words.js";
import type { Declaration } from "./declarations.js";
import { meaningAt } from "./names.js";
import { blocksOf, namespaceAt } from "./namespaces.js";
import { indexAt, type Token, tokenAt } from "./scan.js";
import { positionOf, rangeOf } from "./source-file.js";
import type { FileIndex, Workspace } from "./workspace.js";

export function hover(workspace: Workspace, path: string, offset: number): Hover | null {
  const index = workspace.index(path);
  if (index === undefined) return null;
  const namespace = namespaceAt(index, offset);
  if (namespace !== undefined) {
    const places = blocksOf(workspace, path, namespace.name).map(
      ({ index: { file }, start }) => `${basename(file.path)}:${positionOf(file, start).line + 1}`,
    );
    const about = `namespace \`${namespace.name}\`${places.length === 0 ? "" : `, opened in ${places.join(", ")}`}`;
    return { contents: { kind: "markdown", value: about }, range: rangeOf(index.file, namespace.start, namespace.end) };
  }
  const found = meaningAt(workspace, index, offset);
  if (found !== undefined) return result(index, found.token, aboutDeclaration(workspace, index, found.declaration));
  const annotation = annotationAt(index, offset);
  if (annotation !== undefined) return annotation;
  const token = tokenAt(index.tokens, offset);
  const lines = token?.kind === "word" ? aboutWord(index, token) : undefined;
  return token === undefined || lines === undefined ? null : result(index, token, lines);
}

/** The meaning of an annotation in a comment. */
function annotationAt({ file, tokens }: FileIndex, offset: number): Hover | undefined {
  const comment = tokens[indexAt(tokens, offset)];
  if (comment?.kind !== "comment" || comment.end < offset) return undefined;
  const at = annotationsIn(comment.text).find(
    (one) => comment.start + one.offset <= offset && offset <= comment.start + one.offset + one.length,
  );
  const kind = at === undefined ? undefined : ANNOTATIONS.get(at.name);
  if (at === undefined || kind === undefined) return undefined;
  const start = comment.start + at.offset;
  const value = `annotation \`@${at.name}\`\n\n${kind.summary}`;
  return { contents: { kind: "markdown", value }, range: rangeOf(file, start, start + at.length) };
}

function result({ file }: FileIndex, { start, end }: Token, lines: readonly string[]): Hover {
  return { contents: { kind: "markdown", value: lines.join("\n\n") }, range: rangeOf(file, start, end) };
}

function aboutDeclaration(workspace: Workspace, index: FileIndex, declaration: Declaration): string[] {
  const home = workspace.index(declaration.file);
  const known = home && modelOf([index, home], declaration);
  const file = workspace.file(declaration.file);
  const line = file === undefined ? 0 : positionOf(file, declaration.start).line + 1;
  const place = `${titleOf(declaration)}, declared in ${basename(declaration.file)}:${line}`;
  return [...(known === undefined ? [] : told(known)), ...comment(declaration.comment), place];
}

function titleOf({ kind, name, owner }: Declaration): string {
  if (owner === undefined) return `${kind} \`${name}\``;
  return `${kind} \`${name}\` of ${owner.kind} \`${owner.name}\``;
}

function comment(text: string | undefined): string[] {
  if (text === undefined || text.trim() === "") return [];
  // A comment is plain text: its Markdown characters are escaped, and its lines kept.
  const lines = text.trim().split(/\r\n|[\r\n]/);
  return [lines.map((line) => line.replace(/[\\`*_{}[\]<>#|]/g, "\\$&")).join("  \n")];
}

function code(text: string): string {
  return `\`\`\`typescript\n${text}\n\`\`\``;
}

interface Known {
  readonly preview: Preview;
  readonly definition: Definition;
  readonly declaration: Declaration;
}

const previews = new WeakMap<FileIndex, Preview>();

/** The definition in the model that contains a declaration; undefined if errors have removed it. */
function modelOf(indexes: readonly FileIndex[], declaration: Declaration): Known | undefined {
  for (const index of indexes) {
    const { definitions } = index.analysis;
    const definition = definitions.find((one) => holds(one, declaration));
    if (definition === undefined || isBroken(index, declaration)) continue;
    const preview = previews.get(index) ?? new Preview(index.analysis.module);
    previews.set(index, preview);
    return { preview, definition, declaration };
  }
  return undefined;
}

function isAt({ span }: { readonly span: { file: string; offset: number } }, { file, start }: Declaration): boolean {
  return span.file === file && span.offset === start;
}

/** The link of a linked list is not a field of the model: the list is an array. */
function isLink({ link, ...definition }: Definition & { kind: "struct" }, { name, owner }: Declaration): boolean {
  return link === name && owner !== undefined && isAt(definition, owner);
}

function holds(definition: Definition, declaration: Declaration): boolean {
  // This enum was created for a union, and has the positions of the declared enum.
  if (definition.kind === "enum" && definition.widens !== undefined) return false;
  if (isAt(definition, declaration)) return true;
  switch (definition.kind) {
    case "enum":
      return definition.members.some((one) => isAt(one, declaration));
    case "struct":
      return definition.fields.some((one) => isAt(one, declaration)) || isLink(definition, declaration);
    case "union":
      return [definition.discriminant, ...membersOf(definition)].some((one) => isAt(one, declaration));
    case "program":
      return definition.versions.some(
        (one) =>
          isAt(one, declaration) ||
          one.procedures.some((two) => isAt(two, declaration) || isAt(two, declaration.owner ?? declaration)),
      );
    default:
      return false;
  }
}

/** Whether the declaration has an error: the model then contains a guess. */
function isBroken({ analysis }: FileIndex, { file, extent, kind }: Declaration): boolean {
  if (kind === "program" || kind === "version") return false;
  return analysis.diagnostics.some(
    ({ severity, span }) =>
      severity === "error" && span.file === file && span.offset >= extent.start && span.offset < extent.end,
  );
}

function told(known: Known): string[] {
  const { definition, declaration, preview } = known;
  if (isAt(definition, declaration)) {
    if (definition.kind === "const") return aboutConst(preview, definition);
    if (definition.kind === "program") return aboutNumber(definition.number);
    return [code(preview.definition(definition)), ...aboutSize(typeOf(definition))];
  }
  switch (definition.kind) {
    case "enum": {
      const member = definition.members.find((one) => isAt(one, declaration));
      return member === undefined ? [] : [code(`${definition.name}.${member.name} = ${member.value}`)];
    }
    case "program":
      return aboutProgramPart(known, definition);
    case "struct":
    case "union":
      return aboutField(preview, definition, declaration);
    default:
      return [];
  }
}

function aboutConst(preview: Preview, definition: ConstDefinition): string[] {
  const { value } = definition;
  const hex = typeof value === "bigint" && value > 9n ? [`0x${value.toString(16)}`] : [];
  return [code(preview.definition(definition)), ...hex];
}

function aboutNumber(number: number): string[] {
  return Number.isNaN(number) ? [] : [code(`${number} = 0x${number.toString(16)}`)];
}

function aboutField(preview: Preview, definition: TypeDefinition, declaration: Declaration): string[] {
  if (definition.kind !== "struct" && definition.kind !== "union") return [];
  if (definition.kind === "struct" && isLink(definition, declaration)) {
    return [`the link of a linked list, whose values are ${"`"}${preview.type(typeOf(definition))}${"`"}`];
  }
  const own = definition.kind === "union" ? [definition.discriminant] : [];
  const field = [...own, ...membersOf(definition)].find((one) => isAt(one, declaration));
  return field === undefined ? [] : [code(`${field.name}: ${preview.type(field.type)}`), ...aboutSize(field.type)];
}

function aboutProgramPart({ preview, declaration }: Known, { versions }: Definition & { kind: "program" }): string[] {
  for (const version of versions) {
    if (isAt(version, declaration)) return aboutNumber(version.number);
    for (const procedure of version.procedures) {
      if (isAt(procedure, declaration)) return aboutProcedure(preview, procedure);
      const arg = procedure.args.find(({ name }) => declaration.kind === "argument" && name === declaration.name);
      if (arg === undefined || !isAt(procedure, declaration.owner ?? declaration)) continue;
      return [code(`${arg.name}: ${preview.type(arg.type)}`), ...aboutSize(arg.type)];
    }
  }
  return [];
}

function aboutProcedure(preview: Preview, procedure: ProcedureDefinition): string[] {
  const sizes = procedure.args.map(({ type }) => wireSize(type));
  const args = sizeIn({
    least: sizes.reduce((sum, { least }) => sum + least, 0),
    most: sizes.reduce((sum, { most }) => sum + most, 0),
  });
  const wire = `on the wire: arguments ${args ?? "unknown"}, result ${sizeIn(wireSize(procedure.result)) ?? "unknown"}`;
  return [code(preview.method(procedure)), `procedure number ${procedure.number}`, wire, ...annotationLines(procedure)];
}

function annotationLines({ oneWay, stream, idempotent, semantics, inout = [], since }: ProcedureDefinition): string[] {
  return [
    ...(oneWay ? ["one-way: the server sends no reply"] : []),
    ...(stream ? ["stream: many results, which clients read with `for await`"] : []),
    ...inout.map((name) => `copy/restore: the client copies the returned ${name} into the caller's own`),
    ...(idempotent ? ["idempotent: clients repeat a call when no reply comes"] : []),
    ...(semantics === undefined ? [] : [`semantics: ${semantics}, unless the client chooses`]),
    ...(since === undefined ? [] : [`since ${since}`]),
  ];
}

/** The type of a definition's values. For the entry of a linked list, that is the whole list. */
function typeOf(definition: TypeDefinition): Type {
  const isList = definition.kind === "struct" && definition.link !== undefined;
  return isList ? { kind: "list", element: definition, optional: false } : { kind: "named", definition };
}

function aboutSize(type: Type): string[] {
  const size = sizeIn(wireSize(type));
  return size === undefined ? [] : [`on the wire: ${size}`];
}

/** The size in words; undefined for an infinite type, which is reported elsewhere. */
function sizeIn(size: WireSize): string | undefined {
  return Number.isFinite(size.least) ? sizeText(size) : undefined;
}

const WORDS: ReadonlyMap<string, Type> = new Map<string, Type>([
  ...[...PRIMITIVES]
    .filter(([word]) => word !== "void")
    .map(([word, name]): [string, Type] => [word, { kind: "primitive", name }]),
  ["unsigned", { kind: "primitive", name: "unsigned int" }],
  ["unsigned hyper", { kind: "primitive", name: "unsigned hyper" }],
]);

/** A word of the language, or a name that needs no declaration. */
function aboutWord({ tokens, file }: FileIndex, token: Token): string[] | undefined {
  const { text } = token;
  const constant = BUILTIN_CONSTANTS.get(text);
  if (constant !== undefined) return [code(`${text} = ${constant}`)];
  const at = tokens.indexOf(token);
  const isWide =
    (text === "hyper" && tokens[at - 1]?.text === "unsigned") ||
    (text === "unsigned" && tokens[at + 1]?.text === "hyper");
  const written = isWide ? "unsigned hyper" : text;
  const type = WORDS.get(written) ?? BUILTIN_TYPES.get(text);
  if (type === undefined) return undefined;
  const preview = new Preview({ file: file.path, definitions: [] });
  return [code(`${written}: ${preview.type(type)}`), ...aboutSize(type)];
}
