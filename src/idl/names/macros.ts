// Macros (`#define`) are constants if they are made of constants. Others, such as a type's name, are skipped.
import { BUILTIN_CONSTANTS } from "../c-names/well-known.js";
import type { ConstSyntax, DefinitionSyntax, Name, ProgramSyntax, Value } from "../syntax/ast.js";

/** Skips macros that are not made of constants, for example a type's name. */
export function withoutOtherMacros(definitions: readonly DefinitionSyntax[]): readonly DefinitionSyntax[] {
  const macros = definitions.filter(isMacro);
  if (macros.length === 0) return definitions;
  const known = new Set(BUILTIN_CONSTANTS.keys());
  for (const definition of definitions) {
    if (!isMacro(definition)) for (const name of constantsOf(definition)) known.add(name);
  }
  let waiting = macros;
  for (let pass = 0, before = -1; waiting.length !== before && pass < MAX_PASSES; pass++) {
    before = waiting.length;
    waiting = waiting.filter(({ name, value }) => {
      const isKnown = namesIn(value).every((one) => known.has(one));
      if (isKnown) known.add(name.text);
      return !isKnown;
    });
  }
  const others = new Set<DefinitionSyntax>(waiting);
  return definitions.filter((definition) => !others.has(definition));
}

/** The longest chain of macros that are defined before their parts. */
const MAX_PASSES = 20;

function isMacro(definition: DefinitionSyntax): definition is ConstSyntax {
  return definition.kind === "const" && definition.fromMacro === true;
}

function constantsOf(definition: DefinitionSyntax): string[] {
  const { kind, name } = definition;
  if (kind === "const") return [name.text];
  if (kind === "body" && definition.body.kind === "enum") return definition.body.members.map((one) => one.name.text);
  return kind === "program" ? numberedIn(definition).map((one) => one.name.text) : [];
}

function namesIn(value: Value): string[] {
  switch (value.kind) {
    case "name":
      return [value.name];
    case "unary":
      return namesIn(value.operand);
    case "binary":
      return [...namesIn(value.left), ...namesIn(value.right)];
    default:
      return [];
  }
}

/** The names of a program, its versions and its procedures, with their numbers. C code defines them as constants. */
export function numberedIn(program: ProgramSyntax): { readonly name: Name; readonly number: Value }[] {
  return [program, ...program.versions, ...program.versions.flatMap((version) => version.procedures)];
}
