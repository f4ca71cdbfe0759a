// The rule about types that no program reaches.
import type { Fix } from "../findings/fixes.js";
import type { Piece } from "../format/pieces.js";
import type { Definition, Span, Type, TypeDefinition } from "../model/model.js";
import { isType, partsOf, targetOf } from "../model/references.js";
import { spanBetween } from "../source.js";
import { type LintContext, problem, type Rule } from "./rule.js";

export const unusedTypeRule: Rule = {
  id: "unused-type",
  level: "warn",
  summary: "A type that no program reaches.",
  reason:
    "In a file with programs such a type is a leftover, or a procedure is missing. It distracts readers and adds generated code.",
  *check(context) {
    const { definitions } = context.module;
    if (!definitions.some(({ kind }) => kind === "program")) return;
    const used = usedTypes(definitions);
    const users = usersOf(definitions.filter(isType).filter((one) => !used.has(one)));
    const words = wordsOf(context);
    for (const definition of context.named.filter(isType)) {
      if (used.has(definition)) continue;
      const { name, span } = definition;
      const together = withUsers(definition, users);
      const others = together.slice(1).map((one) => one.name);
      const hint = others.length === 0 ? "remove it" : `remove it together with ${others.join(", ")}`;
      const message = `no procedure takes or returns ${name}, nor a part of it`;
      yield problem(span, message, hint, without(words, together));
    }
  },
};

/** The words of a file: what a definition declares must not be removed while another one names it. */
interface Words extends Pick<LintContext, "pieces" | "source"> {
  /** The index of the piece at an offset. */
  readonly at: ReadonlyMap<number, number>;
  /** How often each word is in the file. */
  readonly counts: ReadonlyMap<string, number>;
  /** The names of types and members, by offset. */
  readonly declared: ReadonlyMap<number, string>;
  /** Whether other files are part of the interface: they may use the members of an enum. */
  readonly isIncluding: boolean;
}

function wordsOf({ pieces, source, definitions, module }: LintContext): Words {
  const declared = new Map(definitions.map(({ name, span }) => [span.offset, name]));
  for (const one of definitions)
    if (one.kind === "enum") for (const { name, span } of one.members) declared.set(span.offset, name);
  const at = new Map(pieces.map(({ offset }, index) => [offset, index]));
  const isIncluding = module.definitions.some(({ span }) => span.file !== source.file);
  return { pieces, source, at, counts: countsOf(pieces), declared, isIncluding };
}

function countsOf(pieces: readonly Piece[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { text, kind, directive } of pieces) {
    if (kind === "comment") continue;
    // The words of a macro's body count, too.
    const words = kind === "line" && directive !== undefined ? (text.match(/\w+/g) ?? []) : [text];
    for (const word of words) counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  return counts;
}

/** For each of the types, those that have it as a part. */
function usersOf(types: readonly TypeDefinition[]): Map<TypeDefinition, TypeDefinition[]> {
  const users = new Map<TypeDefinition, TypeDefinition[]>();
  for (const user of types) {
    for (const part of directParts(user)) {
      const target = targetOf(part);
      if (target === undefined) continue;
      const all = users.get(target);
      if (all === undefined) users.set(target, [user]);
      else all.push(user);
    }
  }
  return users;
}

function directParts(type: TypeDefinition): readonly Type[] {
  return type.kind === "union" ? [...partsOf(type), type.discriminant.type] : partsOf(type);
}

/** The most types that one change removes. */
const MOST_TOGETHER = 8;

/** The type, and those that use it or each other; the first few, if they are many. */
function withUsers(
  definition: TypeDefinition,
  users: ReadonlyMap<TypeDefinition, readonly TypeDefinition[]>,
): readonly TypeDefinition[] {
  const all = new Set([definition]);
  for (const one of all) {
    for (const user of users.get(one) ?? []) {
      all.add(user);
      if (all.size > MOST_TOGETHER) return [...all];
    }
  }
  return [...all];
}

/** Removes definitions, and keeps comments; nothing if the rest of the file names one of them. */
function without(words: Words, removed: readonly TypeDefinition[]): Fix[] {
  if (removed.length > MOST_TOGETHER) return [];
  const regions = removed.map((one) => regionOf(words, one));
  const found = regions.filter((one) => one !== undefined);
  if (found.length < regions.length) return [];
  const inside = found.flatMap(({ first, last }) => words.pieces.slice(first, last + 1));
  const counts = countsOf(inside);
  const names = inside.flatMap(({ offset }) => words.declared.get(offset) ?? []);
  if (names.some((name) => words.counts.get(name) !== counts.get(name))) return [];
  const title = `Remove ${removed.map(({ name }) => name).join(", ")}`;
  return [{ title, edits: found.map(({ span }) => ({ span, text: "" })) }];
}

interface Region {
  /** The first and the last piece. */
  readonly first: number;
  readonly last: number;
  readonly span: Span;
}

/** The text of a definition; undefined if it cannot be removed without others. */
function regionOf({ pieces, source, at, isIncluding }: Words, definition: TypeDefinition): Region | undefined {
  const { kind, span } = definition;
  if (span.expandedFrom !== undefined || span.file !== source.file) return undefined;
  if (kind === "enum" && isIncluding) return undefined;
  const own = at.get(span.offset) ?? -1;
  let [first, last] = [own, own];
  while (first > 0 && !endsBefore(pieces[first - 1])) first--;
  for (let depth = 0; last < pieces.length; last++) {
    const piece = pieces[last];
    if (piece?.kind === "line") return undefined;
    if (piece?.text === "{") depth++;
    if (piece?.text === "}") depth--;
    if (piece?.text === ";" && depth === 0) break;
  }
  const [begin, end] = [pieces[first], pieces[last]];
  if (own < 0 || begin === undefined || end === undefined) return undefined;
  const has = (sign: RegExp, to: number): boolean => pieces.slice(first, to).some(({ text }) => sign.test(text));
  // A type inside another one, or a typedef that declares more than this name, is left to the person.
  const isAlone = begin.text === "typedef" ? !has(/^[,{]$/, last) : /^(?:struct|union|enum)$/.test(begin.text);
  if (!isAlone || has(/^\{$/, own)) return undefined;
  const stop = end.offset + end.text.length;
  const lineEnd = /^[ \t]*\r?\n/.exec(source.text.slice(stop, stop + MOST_SPACES))?.[0].length ?? 0;
  const place = spanBetween(source, begin.offset, stop + (begin.lineEnds > 0 || first === 0 ? lineEnd : 0));
  return { first, last, span: place };
}

/** The most spaces after a definition that are removed with it. */
const MOST_SPACES = 80;

function endsBefore(piece: Piece | undefined): boolean {
  return piece === undefined || piece.kind === "comment" || piece.kind === "line" || /^[;}]$/.test(piece.text);
}

function usedTypes(definitions: readonly Definition[]): Set<TypeDefinition> {
  const used = new Set<TypeDefinition>();
  const waiting: Type[] = definitions.flatMap((one) =>
    one.kind === "program"
      ? one.versions.flatMap(({ procedures }) =>
          procedures.flatMap(({ args, result }) => [...args.map((arg) => arg.type), result]),
        )
      : [],
  );
  for (let type = waiting.pop(); type !== undefined; type = waiting.pop()) {
    const target = targetOf(type);
    if (target === undefined || used.has(target)) continue;
    used.add(target);
    waiting.push(...directParts(target));
  }
  return used;
}
