// Rules about types: types that cannot be extended, and unused types.
import { type Fix, inserting } from "../findings/fixes.js";
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
  *check({ named, module }) {
    if (!module.definitions.some(({ kind }) => kind === "program")) return;
    const used = usedTypes(module.definitions);
    for (const definition of named) {
      if (!isType(definition) || used.has(definition)) continue;
      yield problem(definition.span, `no procedure takes or returns ${definition.name}, nor a part of it`, "remove it");
    }
  },
};

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
