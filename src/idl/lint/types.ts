// Types: what cannot grow, and what nothing uses.
import type { Definition, Type, TypeDefinition } from "../model.js";
import { isType, partsOf, targetOf } from "../references.js";
import { problem, type Rule } from "./rule.js";

export const missingDefaultRule: Rule = {
  id: "missing-default",
  level: "warn",
  summary: "A union on an integer without a default arm.",
  reason:
    "Of the values that an integer can have only those listed can be sent, and a peer that knows one more breaks the whole message. Either the discriminant is an enum, which says so, or `default: void;` leaves room.",
  *check({ definitions }) {
    for (const definition of definitions) {
      if (definition.kind !== "union" || definition.default !== undefined) continue;
      const { name, span, discriminantKind } = definition;
      if (discriminantKind !== "int" && discriminantKind !== "unsigned int") continue;
      yield problem(span, `${name} has no arm for other values of its ${discriminantKind}`, "add `default: void;`");
    }
  },
};

export const unusedTypeRule: Rule = {
  id: "unused-type",
  level: "warn",
  summary: "A type that no program reaches.",
  reason:
    "In a file with programs such a type is a leftover, or a procedure was forgotten. It costs every reader, and code in what is generated.",
  *check({ definitions, module }) {
    if (!module.definitions.some(({ kind }) => kind === "program")) return;
    const used = usedTypes(module.definitions);
    for (const definition of definitions) {
      if (!isType(definition) || used.has(definition)) continue;
      yield problem(
        definition.span,
        `no procedure takes or returns ${definition.name}, nor a part of it`,
        "leave it out",
      );
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
