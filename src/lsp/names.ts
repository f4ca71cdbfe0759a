// Resolves a name at a position. Types, constants, enum members and programs share one namespace; fields, arms and
// arguments have their own; a case label refers to a member of its union's enum first.
import { type Declaration, flat } from "./declarations.js";
import { type Token, tokenAt } from "./scan.js";
import type { SourceFile } from "./source-file.js";
import type { FileIndex, Workspace } from "./workspace.js";

const LOCAL = new Set(["field", "discriminant", "arm", "argument"]);

/** Whether a declaration can be referred to from elsewhere. */
export function isShared({ kind }: Declaration): boolean {
  return !LOCAL.has(kind);
}

interface Names {
  readonly byStart: ReadonlyMap<number, Declaration>;
  readonly shared: ReadonlyMap<string, Declaration>;
}

const known = new WeakMap<FileIndex, Names>();

/**
 * The precedence of a kind of declaration for a plain name: a procedure comes last, because only its number has the
 * name.
 */
const ORDER = ["enum", "struct", "union", "typedef", "const", "member", "program", "version", "procedure"];

function namesOf(index: FileIndex): Names {
  let names = known.get(index);
  if (names === undefined) {
    const all = flat(index.declarations);
    const shared = new Map<string, Declaration>();
    const first = all.filter(isShared).sort((a, b) => ORDER.indexOf(a.kind) - ORDER.indexOf(b.kind));
    for (const one of first) if (!shared.has(one.name)) shared.set(one.name, one);
    names = { byStart: new Map(all.map((one) => [one.start, one])), shared };
    known.set(index, names);
  }
  return names;
}

/** The declaration whose own name begins at an offset. */
export function declarationAt(index: FileIndex, start: number): Declaration | undefined {
  return namesOf(index).byStart.get(start);
}

/** All names that can be used in a file; its own take precedence over those of the files that it depends on. */
export function namesInScope(workspace: Workspace, path: string): Map<string, Declaration> {
  const found = new Map<string, Declaration>();
  for (const file of workspace.reach(path)) {
    const index = workspace.index(file.path);
    if (index === undefined) continue;
    for (const [name, one] of namesOf(index).shared) if (!found.has(name)) found.set(name, one);
  }
  return found;
}

export function lookUp(workspace: Workspace, path: string, name: string): Declaration | undefined {
  for (const file of workspace.reach(path)) {
    const index = workspace.index(file.path);
    const one = index && namesOf(index).shared.get(name);
    if (one !== undefined) return one;
  }
  return undefined;
}

/** The longest chain of typedefs. */
const MAX_TYPEDEFS = 200;

/** The enum that a type name refers to, through typedefs. */
export function enumCalled(workspace: Workspace, path: string, name: string | undefined): Declaration | undefined {
  let sought = name;
  for (let depth = 0; sought !== undefined && depth < MAX_TYPEDEFS; depth++) {
    const one = lookUp(workspace, path, sought);
    if (one?.kind !== "typedef") return one?.kind === "enum" ? one : undefined;
    if (one.children.some(({ kind }) => kind === "member")) return one;
    sought = one.typeName;
  }
  return undefined;
}

/** The declaration of a word; undefined for keywords and undeclared names. */
export function meaningOf(workspace: Workspace, index: FileIndex, token: Token): Declaration | undefined {
  if (token.kind !== "word") return undefined;
  const own = declarationAt(index, token.start);
  if (own !== undefined) return own;
  const { path } = index.file;
  const discriminant = index.caseLabels.get(token.start);
  if (discriminant !== undefined) {
    const owner = enumCalled(workspace, path, discriminant.typeName);
    const member = owner?.children.find(({ kind, name }) => kind === "member" && name === token.text);
    if (member !== undefined) return member;
  }
  return lookUp(workspace, path, token.text);
}

/** `meaningOf` for many words of one file: the candidates are collected once. */
export function meanings(workspace: Workspace, index: FileIndex): (token: Token) => Declaration | undefined {
  const { path } = index.file;
  const inScope = namesInScope(workspace, path);
  const enums = new Map<string | undefined, ReadonlyMap<string, Declaration>>();
  const membersOf = (type: string | undefined): ReadonlyMap<string, Declaration> => {
    let members = enums.get(type);
    if (members === undefined) {
      const own = enumCalled(workspace, path, type)?.children.filter(({ kind }) => kind === "member") ?? [];
      members = new Map(own.map((one) => [one.name, one]));
      enums.set(type, members);
    }
    return members;
  };
  return (token) => {
    if (token.kind !== "word") return undefined;
    const label = index.caseLabels.get(token.start);
    const member = label && membersOf(label.typeName).get(token.text);
    return declarationAt(index, token.start) ?? member ?? inScope.get(token.text);
  };
}

/** The word at an offset, and its meaning. */
export function meaningAt(
  workspace: Workspace,
  index: FileIndex,
  offset: number,
): { readonly token: Token; readonly declaration: Declaration } | undefined {
  const token = tokenAt(index.tokens, offset);
  const declaration = token && meaningOf(workspace, index, token);
  return token === undefined || declaration === undefined ? undefined : { token, declaration };
}

/** A position that mentions a declaration, including its own name. */
export interface Mention {
  readonly index: FileIndex;
  readonly start: number;
  readonly end: number;
}

/** Every position that refers to this declaration, in these files, or by default in all known ones. */
export function mentionsOf(workspace: Workspace, declaration: Declaration, within?: readonly SourceFile[]): Mention[] {
  const mentions: Mention[] = [];
  const files = within ?? (isShared(declaration) ? workspace.all() : [workspace.file(declaration.file)]);
  for (const file of files) {
    if (file === undefined || !file.text.includes(declaration.name)) continue;
    const index = workspace.index(file.path);
    if (index === undefined) continue;
    const meant = meansIn(workspace, index, declaration);
    for (const token of index.tokens) {
      if (token.text === declaration.name && meant(token)) mentions.push({ index, start: token.start, end: token.end });
    }
  }
  return mentions;
}

/** Whether a word of the declaration's name in this file means the declaration; plain names are looked up once. */
function meansIn(workspace: Workspace, index: FileIndex, declaration: Declaration): (token: Token) => boolean {
  const plain = lookUp(workspace, index.file.path, declaration.name);
  return (token) => {
    const own = declarationAt(index, token.start);
    if (own !== undefined) return isSame(own, declaration);
    if (token.kind !== "word") return false;
    if (!index.caseLabels.has(token.start)) return plain !== undefined && isSame(plain, declaration);
    const meant = meaningOf(workspace, index, token);
    return meant !== undefined && isSame(meant, declaration);
  };
}

export function isSame(a: Declaration, b: Declaration): boolean {
  return a.file === b.file && a.start === b.start;
}
