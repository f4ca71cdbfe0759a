// The names that an interface writes after a C tag: `struct timeval at;`. If no interface defines such a name, a C
// header does.
import { type Body, type DefinitionSyntax, innermostSyntax, type TypeSyntax } from "../syntax/ast.js";

export function taggedNames(definitions: readonly DefinitionSyntax[]): Set<string> {
  const names = new Set<string>();
  for (const definition of definitions) for (const type of typesOf(definition)) collect(type, names);
  return names;
}

function typesOf(definition: DefinitionSyntax): TypeSyntax[] {
  switch (definition.kind) {
    case "const":
      return [];
    case "typedef":
      return [definition.type];
    case "body":
      return [definition.body];
    case "program":
      return definition.versions.flatMap(({ procedures }) =>
        procedures.flatMap(({ args, result }) => [result, ...args.map(({ type }) => type)]),
      );
  }
}

function collect(type: TypeSyntax, names: Set<string>): void {
  const inner = innermostSyntax(type);
  if (inner.kind === "reference" && inner.tag !== undefined) names.add(inner.name);
  if (inner.kind === "struct" || inner.kind === "union") for (const part of partsOf(inner)) collect(part, names);
}

function partsOf(body: Body): TypeSyntax[] {
  if (body.kind === "enum") return [];
  if (body.kind === "struct") return body.fields.map(({ type }) => type);
  const arms = [...body.cases.map(({ arm }) => arm), body.default?.arm].filter((arm) => arm !== undefined);
  return [body.discriminant.type, ...arms.map(({ type }) => type)];
}
