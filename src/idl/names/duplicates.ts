// Names that are defined twice: by mistake, identically, or because a typedef has name and type swapped.
import { BUILTIN_TYPES } from "../c-names/builtins.js";
import { type Reporter, reportError } from "../findings/diagnostics.js";
import { renaming, replacing } from "../findings/fixes.js";
import { spanAcross } from "../source.js";
import type { DefinitionSyntax, Name } from "../syntax/ast.js";

/** @param isTaken whether a name is in use: the fix gives the second definition a free name. */
export function reportDuplicate(
  reporter: Reporter,
  message: string,
  { again, first }: { readonly again: Name; readonly first: Name },
  isTaken: (name: string) => boolean,
): void {
  reportError(reporter, "duplicate-name", again.span, message, {
    hint: "rename one of the two",
    fixes: [renaming(again.span, again.text, isTaken)],
    related: [{ span: first.span, message: "the first one is here" }],
  });
}

/**
 * Typedefs that probably have name and type swapped: the type is undefined, and the name is defined again further on.
 * Each is returned with that later definition.
 */
export function backwardsBefore(
  definitions: readonly DefinitionSyntax[],
  defined: ReadonlySet<string>,
): ReadonlyMap<DefinitionSyntax, DefinitionSyntax> {
  const found = new Map<DefinitionSyntax, DefinitionSyntax>();
  const waiting = new Map<string, DefinitionSyntax>();
  for (const definition of definitions) {
    const { kind, name } = definition;
    const first = waiting.get(name.text);
    const isType = kind === "typedef" || kind === "body";
    if (first !== undefined && isType && !saysTheSame(definition, first)) found.set(first, definition);
    waiting.delete(name.text);
    const isUnknown = kind === "typedef" && definition.type.kind === "reference" && !defined.has(definition.type.name);
    if (isUnknown) waiting.set(name.text, definition);
  }
  return found;
}

/** `typedef id number;`, where `number` is a type and `id` is unknown. */
export function reportBackwards(
  reporter: Reporter,
  definition: DefinitionSyntax,
  first: DefinitionSyntax,
  defined: ReadonlySet<string>,
): boolean {
  if (definition.kind !== "typedef" || definition.type.kind !== "reference" || first.kind === "const") return false;
  const { type, name } = definition;
  if (defined.has(type.name) || BUILTIN_TYPES.has(type.name) || type.tag !== undefined) return false;
  reportError(reporter, "duplicate-name", name.span, `${name.text} is defined twice`, {
    hint: `the type comes before the name: \`typedef ${name.text} ${type.name};\``,
    fixes: [replacing(spanAcross(type.span, name.span), `${name.text} ${type.name}`)],
    related: [{ span: first.name.span, message: "the first one is here" }],
  });
  return true;
}

/** C accepts a repeated typedef or macro that is identical. */
export function saysTheSame(again: DefinitionSyntax, first: DefinitionSyntax): boolean {
  if (again.kind !== first.kind || (again.kind !== "typedef" && again.kind !== "const")) return false;
  const shown = (definition: DefinitionSyntax): string =>
    JSON.stringify({ ...definition, comment: undefined, fromMacro: undefined }, (key, value: unknown) =>
      key === "span" || key === "start" || key === "written"
        ? undefined
        : typeof value === "bigint"
          ? String(value)
          : value,
    );
  return shown(again) === shown(first);
}

/** `typedef struct foo foo;` is needed in C, and has no effect here. */
export function isSelfTypedef(definition: DefinitionSyntax): boolean {
  const { kind, name } = definition;
  return kind === "typedef" && definition.type.kind === "reference" && definition.type.name === name.text;
}
