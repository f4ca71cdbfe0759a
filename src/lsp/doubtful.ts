// Which names of a file with errors may mean something else once the errors are corrected: those that a definition with an
// error declares, and those declared by definitions that use them.
import type { Span } from "../idl/model/model.js";
import { flat } from "./declarations.js";
import { indexAt, type Token } from "./scan.js";
import type { Extent } from "./statements.js";
import type { FileIndex } from "./workspace.js";

/** Empty for a file without errors. */
export function doubtfulNames(index: FileIndex): ReadonlySet<string> {
  const doubtful = new Set<string>();
  if (!index.analysis.failed) return doubtful;
  const parts = partsOf(index);
  const users = usersOf(parts);
  const waiting = wrongNames(index, parts);
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (doubtful.has(name)) continue;
    doubtful.add(name);
    for (const { names } of users.get(name) ?? []) waiting.push(...names);
    users.delete(name);
  }
  return doubtful;
}

/** A definition of the file itself. */
interface Part {
  readonly extent: Extent;
  /** Its own name, and those of its enum members. */
  readonly names: readonly string[];
  /** All words in it. */
  readonly words: ReadonlySet<string>;
}

function partsOf({ declarations, tokens }: FileIndex): Part[] {
  return declarations.map(({ name, extent, children }) => {
    const members = flat(children).filter(({ kind }) => kind === "member");
    return { extent, names: [name, ...members.map((one) => one.name)], words: wordsIn(tokens, extent) };
  });
}

function wordsIn(tokens: readonly Token[], { start, end }: Extent): Set<string> {
  const words = new Set<string>();
  for (let at = Math.max(0, indexAt(tokens, start)); (tokens[at]?.start ?? end) < end; at++) {
    const { kind, text } = tokens[at] as Token;
    if (kind === "word") words.add(text);
  }
  return words;
}

function usersOf(parts: readonly Part[]): Map<string, Part[]> {
  const users = new Map<string, Part[]>();
  for (const part of parts) {
    for (const word of part.words) {
      const known = users.get(word);
      if (known === undefined) users.set(word, [part]);
      else known.push(part);
    }
  }
  return users;
}

/** The names that definitions with errors declare, here and in other files. */
function wrongNames({ file, analysis }: FileIndex, parts: readonly Part[]): string[] {
  const errors = analysis.diagnostics.filter(({ severity }) => severity === "error").map(({ span }) => span);
  const isHere = ({ file: path }: Span): boolean => path === file.path;
  const files = new Set(errors.filter((span) => !isHere(span)).map((span) => span.file));
  const { definitions, imports = [] } = analysis.module;
  const elsewhere = [definitions, ...imports.map((one) => one.definitions)].flat();
  const offsets = errors.filter(isHere).map(({ offset }) => offset);
  return [
    ...elsewhere.filter(({ span }) => files.has(span.file)).map(({ name }) => name),
    ...parts
      .filter(({ extent: { start, end } }) => offsets.some((offset) => offset > start && offset <= end))
      .flatMap(({ names }) => names),
  ];
}
