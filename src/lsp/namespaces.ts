// Namespaces: `namespace a { ... }`, which may be opened several times and in several files, and `a::` before a name.
// Their names are in the global scope, so `a::b` means `b`; a namespace is only its blocks.
import type { Declaration } from "./declarations.js";
import { type Token, tokenAt } from "./scan.js";
import type { FileIndex, Workspace } from "./workspace.js";

/** A word that names a namespace. */
export interface NamespaceMention {
  readonly index: FileIndex;
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** The end of the block that it opens; undefined for `a::`. */
  readonly blockEnd: number | undefined;
}

const known = new WeakMap<FileIndex, readonly NamespaceMention[]>();

/** Every mention of a namespace in a file, in order. */
export function namespacesIn(index: FileIndex): readonly NamespaceMention[] {
  let found = known.get(index);
  if (found === undefined) {
    found = mentionsIn(index);
    known.set(index, found);
  }
  return found;
}

function mentionsIn(index: FileIndex): NamespaceMention[] {
  const tokens = index.tokens.filter(isCode);
  const found: NamespaceMention[] = [];
  const blocks: ({ -readonly [K in keyof NamespaceMention]: NamespaceMention[K] } | undefined)[] = [];
  let opening: (typeof blocks)[number];
  for (const [at, token] of tokens.entries()) {
    if (token.text === "{") {
      blocks.push(opening);
      opening = undefined;
    } else if (token.text === "}") {
      const closed = blocks.pop();
      if (closed !== undefined) closed.blockEnd = token.end;
    } else if (token.kind === "word") {
      const opens = isOpening(tokens, at);
      if (!opens && !isQualifier(tokens, at)) continue;
      const { start, end, text: name } = token;
      const mention = { index, name, start, end, blockEnd: opens ? index.file.text.length : undefined };
      if (opens) opening = mention;
      found.push(mention);
    }
  }
  return found;
}

function isCode({ kind, directive }: Token): boolean {
  return kind !== "comment" && kind !== "passed" && directive === undefined;
}

/** Whether the name is after `namespace`, or after the `::` of such a name. */
function isOpening(tokens: readonly Token[], at: number): boolean {
  let first = at;
  while (tokens[first - 1]?.text === ":" && tokens[first - 2]?.text === ":") first -= 3;
  return tokens[first - 1]?.text === "namespace" && !isQualifier(tokens, at);
}

function isQualifier(tokens: readonly Token[], at: number): boolean {
  const [first, second] = [tokens[at + 1], tokens[at + 2]];
  return first?.text === ":" && second?.text === ":" && first.end === second.start;
}

/** The namespace that is named at an offset. */
export function namespaceAt(index: FileIndex, offset: number): NamespaceMention | undefined {
  const token = tokenAt(index.tokens, offset);
  return token === undefined ? undefined : namespacesIn(index).find(({ start }) => start === token.start);
}

/** Every mention of a namespace in the files that are known. */
export function mentionsOfNamespace(workspace: Workspace, name: string): NamespaceMention[] {
  return workspace
    .all()
    .flatMap(({ path }) => workspace.index(path) ?? [])
    .flatMap(namespacesIn)
    .filter((one) => one.name === name);
}

/** The blocks of a namespace in a file and in those that it depends on. */
export function blocksOf(workspace: Workspace, path: string, name: string): NamespaceMention[] {
  return workspace
    .reach(path)
    .flatMap((file) => workspace.index(file.path) ?? [])
    .flatMap(namespacesIn)
    .filter((one) => one.name === name && one.blockEnd !== undefined);
}

/** The namespace before the word that ends at an offset: `a` of `a::b`. */
export function qualifierBefore(text: string, offset: number): string | undefined {
  return /([A-Za-z_]\w*)\s*::\s*\w*$/.exec(text.slice(Math.max(0, offset - 300), offset))?.[1];
}

/** Whether a declaration is in one of the blocks. */
export function isWithin(blocks: readonly NamespaceMention[], { file, start }: Declaration): boolean {
  return blocks.some((one) => one.index.file.path === file && one.start < start && start < (one.blockEnd ?? one.start));
}
