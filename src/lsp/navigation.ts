// Where a name is declared, where it is used, and whether it can be renamed.
import type { DocumentLink, Location, Range, TextEdit, WorkspaceEdit } from "vscode-languageserver";
import { BUILTIN_CONSTANTS, BUILTIN_TYPES } from "../idl/c-names/builtins.js";
import { TYPE_WORDS } from "../idl/syntax/type-words.js";
import type { Declaration } from "./declarations.js";
import { isSame, isShared, lookUp, type Mention, meaningAt, mentionsOf } from "./names.js";
import { blocksOf, mentionsOfNamespace, type NamespaceMention, namespaceAt } from "./namespaces.js";
import { positionOf, rangeOf, type SourceFile } from "./source-file.js";
import type { Workspace } from "./workspace.js";

export function definition(workspace: Workspace, path: string, offset: number): Location | Location[] | null {
  const index = workspace.index(path);
  if (index === undefined) return null;
  const namespace = namespaceAt(index, offset);
  if (namespace !== undefined) return blocksOf(workspace, path, namespace.name).map(placeOf);
  const link = index.links.find(({ start, end }) => start <= offset && offset <= end);
  const target = link && workspace.target(link);
  if (target !== undefined) return locationOf(target, 0, 0);
  const found = meaningAt(workspace, index, offset)?.declaration;
  const file = found && workspace.file(found.file);
  return found === undefined || file === undefined ? null : locationOf(file, found.start, found.end);
}

const TYPES = new Set(["enum", "struct", "union", "typedef"]);

/** The type of a field, argument, result or typedef; the enum of a member; of a type itself its own definition. */
export function typeDefinition(workspace: Workspace, path: string, offset: number): Location | null {
  const index = workspace.index(path);
  const found = index && meaningAt(workspace, index, offset)?.declaration;
  if (found === undefined) return null;
  const named = found.typeName === undefined ? undefined : lookUp(workspace, found.file, found.typeName);
  const enclosed = found.children.find(({ kind }) => TYPES.has(kind));
  const own = TYPES.has(found.kind) ? found : undefined;
  const type = named ?? enclosed ?? (found.kind === "member" ? found.owner : own);
  const file = type && workspace.file(type.file);
  return type === undefined || file === undefined ? null : locationOf(file, type.start, type.end);
}

function placeOf({ index: { file }, start, end }: Pick<Mention, "index" | "start" | "end">): Location {
  return locationOf(file, start, end);
}

function locationOf(file: SourceFile, start: number, end: number): Location {
  return { uri: file.uri, range: rangeOf(file, start, end) };
}

/** @param withDeclaration whether to include the declaration itself. */
export function references(workspace: Workspace, path: string, offset: number, withDeclaration: boolean): Location[] {
  const index = workspace.index(path);
  const namespace = index && namespaceAt(index, offset);
  if (namespace !== undefined) return namespaceReferences(workspace, namespace, withDeclaration).map(placeOf);
  const found = index && meaningAt(workspace, index, offset)?.declaration;
  if (found === undefined) return [];
  return mentionsOf(workspace, found)
    .filter((one) => withDeclaration || !isDeclaration(one, found))
    .map(({ index: { file }, start, end }) => locationOf(file, start, end));
}

function namespaceReferences(
  workspace: Workspace,
  { name }: NamespaceMention,
  withDeclaration: boolean,
): NamespaceMention[] {
  return mentionsOfNamespace(workspace, name).filter((one) => withDeclaration || one.blockEnd === undefined);
}

/** Finds the references within one file, for editors that highlight them. */
export function highlights(workspace: Workspace, path: string, offset: number): { range: Range }[] {
  const index = workspace.index(path);
  const namespace = index && namespaceAt(index, offset);
  const found = index && meaningAt(workspace, index, offset)?.declaration;
  if (namespace !== undefined) {
    const own = namespaceReferences(workspace, namespace, true).filter((one) => one.index === index);
    return own.map((one) => ({ range: placeOf(one).range }));
  }
  if (index === undefined || found === undefined) return [];
  return mentionsOf(workspace, found, [index.file]).map(({ start, end }) => ({
    range: rangeOf(index.file, start, end),
  }));
}

function isDeclaration({ index, start }: Mention, declaration: Declaration): boolean {
  return index.file.path === declaration.file && start === declaration.start;
}

/** Why something cannot be renamed, for the person who asked. */
export class RenameError extends Error {}

/** The name that a rename would change, or null if there is no name. @throws RenameError if it cannot be renamed. */
export function prepareRename(workspace: Workspace, path: string, offset: number): Range | null {
  const index = workspace.index(path);
  const namespace = index && namespaceAt(index, offset);
  if (namespace !== undefined) return placeOf(namespace).range;
  const found = index && meaningAt(workspace, index, offset);
  if (index === undefined || found === undefined) return null;
  checkOwned(workspace, found.declaration);
  return rangeOf(index.file, found.token.start, found.token.end);
}

/** @throws RenameError if the new name is invalid or in use. */
export function rename(workspace: Workspace, path: string, offset: number, name: string): WorkspaceEdit | null {
  const index = workspace.index(path);
  const namespace = index && namespaceAt(index, offset);
  if (namespace !== undefined) return renameNamespace(workspace, namespace, name);
  const declaration = index && meaningAt(workspace, index, offset)?.declaration;
  if (declaration === undefined) return null;
  checkOwned(workspace, declaration);
  checkName(declaration, name);
  const mentions = mentionsOf(workspace, declaration);
  if (name !== declaration.name) checkFree(workspace, declaration, name, mentions);
  return editsOf(mentions, name);
}

/** Every block of the namespace and every `a::`, in all files; blocks of two namespaces may be merged. */
function renameNamespace(workspace: Workspace, namespace: NamespaceMention, name: string): WorkspaceEdit {
  checkWord(name);
  const mentions = mentionsOfNamespace(workspace, namespace.name);
  const foreign = mentions.find(({ index: { file } }) => !workspace.isOwn(file.path));
  if (foreign !== undefined) checkOwned(workspace, { name: namespace.name, file: foreign.index.file.path });
  return editsOf(mentions, name);
}

function editsOf(mentions: readonly Mention[], name: string): WorkspaceEdit {
  const changes: Record<string, TextEdit[]> = {};
  for (const { index: where, start, end } of mentions) {
    const { file } = where;
    changes[file.uri] ??= [];
    changes[file.uri]?.push({ range: rangeOf(file, start, end), newText: name });
  }
  return { changes };
}

function checkOwned(workspace: Workspace, { name, file }: Pick<Declaration, "name" | "file">): void {
  if (workspace.isOwn(file)) return;
  throw new RenameError(`${name} is declared in ${file}, which is outside of the folders that are open`);
}

/** Reserved words of the language (RFC 4506 section 6.2, RFC 5531 section 12.2), and C's integers. */
const RESERVED = new Set([...TYPE_WORDS, ...["case", "const", "default", "program", "switch", "typedef", "version"]]);

function checkName(declaration: Declaration, name: string): void {
  checkWord(name);
  if (isShared(declaration) && (BUILTIN_TYPES.has(name) || BUILTIN_CONSTANTS.has(name))) {
    throw new RenameError(`${name} is built in and has no declaration`);
  }
}

function checkWord(name: string): void {
  if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) {
    throw new RenameError(`${JSON.stringify(name)} is not a name: use letters, digits and _, and no digit first`);
  }
  if (RESERVED.has(name)) throw new RenameError(`${name} is a word of the language`);
}

function checkFree(workspace: Workspace, declaration: Declaration, name: string, mentions: readonly Mention[]): void {
  const { owner, kind } = declaration;
  const siblings = owner?.children ?? [];
  const sibling = siblings.find((one) => one.name === name && !isSame(one, declaration));
  if (sibling !== undefined) throw taken(workspace, sibling);
  if (!isShared(declaration) || kind === "version" || kind === "procedure") return;
  for (const path of new Set(mentions.map(({ index }) => index.file.path))) {
    const other = lookUp(workspace, path, name);
    if (other !== undefined && other.kind !== "version" && other.kind !== "procedure") throw taken(workspace, other);
  }
}

function taken(workspace: Workspace, { kind, name, file, start }: Declaration): RenameError {
  const where = workspace.file(file);
  const line = where === undefined ? "" : `:${positionOf(where, start).line + 1}`;
  return new RenameError(`${name} is taken: the ${kind} of that name is declared at ${file}${line}`);
}

/** The files that a file includes, as clickable links. */
export function links(workspace: Workspace, path: string): DocumentLink[] {
  const index = workspace.index(path);
  if (index === undefined) return [];
  return index.links.flatMap((link) => {
    const target = workspace.target(link);
    return target === undefined ? [] : [{ range: rangeOf(index.file, link.start, link.end), target: target.uri }];
  });
}
