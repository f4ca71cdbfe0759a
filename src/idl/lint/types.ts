// Rules about types: types that cannot be extended, and unused types.
import { type Fix, inserting, removing } from "../findings/fixes.js";
import type { Piece } from "../format/pieces.js";
import type { Definition, Span, Type, TypeDefinition } from "../model/model.js";
import { isType, partsOf, targetOf } from "../model/references.js";
import { spanBetween } from "../source.js";
import { type LintContext, problem, type Rule } from "./rule.js";

export const missingDefaultRule: Rule = {
  id: "missing-default",
  level: "warn",
  summary: "A union on an integer without a default arm.",
  reason:
    "Only the listed values of the integer can be sent, and a peer that sends another one breaks the whole message. Use an enum as discriminant if these are all values, or add `default: void;`.",
  *check(context) {
    for (const definition of context.definitions) {
      if (definition.kind !== "union" || definition.default !== undefined) continue;
      const { name, span, discriminantKind } = definition;
      if (discriminantKind !== "int" && discriminantKind !== "unsigned int") continue;
      const message = `${name} has no arm for other values of its ${discriminantKind}`;
      yield problem(span, message, "add `default: void;`", withDefault(context, span));
    }
  },
};

/** Inserts a default arm before the closing brace of the union whose name is at the given position. */
function withDefault({ pieces, source }: LintContext, { offset }: Span): Fix[] {
  let depth = 0;
  for (let at = pieces.findIndex((one) => one.offset === offset); at >= 0 && at < pieces.length; at++) {
    const piece = pieces[at];
    if (piece?.text === "{") depth++;
    if (piece?.text !== "}" || --depth > 0) continue;
    const before = pieces[at - 1];
    const place = spanBetween(source, piece.offset, piece.offset);
    const text = piece.lineEnds > 0 && before !== undefined ? "  default: void;\n" : "default: void; ";
    return [inserting(place, text, "Add `default: void;`")];
  }
  return [];
}

export const unusedTypeRule: Rule = {
  id: "unused-type",
  level: "warn",
  summary: "A type that no program reaches.",
  reason:
    "In a file with programs such a type is a leftover, or a procedure is missing. It distracts readers and adds generated code.",
  *check({ named, module, pieces, source }) {
    if (!module.definitions.some(({ kind }) => kind === "program")) return;
    const used = usedTypes(module.definitions);
    const at = new Map(pieces.map(({ offset }, index) => [offset, index]));
    for (const definition of named) {
      if (!isType(definition) || used.has(definition)) continue;
      const message = `no procedure takes or returns ${definition.name}, nor a part of it`;
      yield problem(definition.span, message, "remove it", withoutIt({ pieces, source }, definition, at));
    }
  },
};

/** Removes a definition and keeps comments. @param at pieces by offset. */
function withoutIt(
  { pieces, source }: Pick<LintContext, "pieces" | "source">,
  { name, span }: Definition,
  at: ReadonlyMap<number, number>,
): Fix[] {
  if (span.expandedFrom !== undefined) return [];
  const own = at.get(span.offset) ?? -1;
  let [first, last] = [own, own];
  while (first > 0 && !endsBefore(pieces[first - 1])) first--;
  for (let depth = 0; last < pieces.length; last++) {
    const { text = "", kind } = pieces[last] ?? {};
    if (kind === "line") return [];
    if (text === "{") depth++;
    if (text === "}") depth--;
    if (text === ";" && depth === 0) break;
  }
  const [begin, end] = [pieces[first], pieces[last]];
  if (own < 0 || begin === undefined || end === undefined) return [];
  const has = (sign: RegExp, to: number): boolean => pieces.slice(first, to).some(({ text }) => sign.test(text));
  // A type inside another one, or a typedef that declares more than this name, is left to the person.
  const isAlone = begin.text === "typedef" ? !has(/^[,{]$/, last) : /^(?:struct|union|enum)$/.test(begin.text);
  if (!isAlone || has(/^\{$/, own)) return [];
  const stop = end.offset + end.text.length;
  const lineEnd = /^[ \t]*\r?\n/.exec(source.text.slice(stop, stop + MOST_SPACES))?.[0].length ?? 0;
  const place = spanBetween(source, begin.offset, stop + (begin.lineEnds > 0 || first === 0 ? lineEnd : 0));
  return [removing(place, `Remove ${name}`)];
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
    waiting.push(...partsOf(target));
    if (target.kind === "union") waiting.push(target.discriminant.type);
  }
  return used;
}
