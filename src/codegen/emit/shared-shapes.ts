// Which codecs' shapes are parts of other shapes. Those stand by themselves, as constants that others name: bundlers drop
// what is not used, but nothing that reads a property while the module is loaded, as `other.shape` would.
import type { Definition, Type, TypeDefinition } from "../../idl/model/model.js";
import { existingCodec, isAlias } from "./existing-codec.js";
import type { Scope } from "./scope.js";

/** Tells `scope` which shapes have a name of their own. */
export function shareShapes(scope: Scope): void {
  for (const user of scope.module.definitions) {
    for (const type of typesIn(scope, user)) share(scope, user, type);
  }
}

function share(scope: Scope, user: Definition, type: Type): void {
  if (type.kind === "array" || type.kind === "optional") share(scope, user, type.element);
  const definition = definitionOf(type);
  if (definition === undefined || !scope.isBefore(definition, user) || scope.isForeign(definition)) return;
  if (type.kind === "list")
    scope.shareShape(type.optional ? scope.listCodecOf(type.element) : scope.codecOf(type.element));
  else if (isAlias(scope, definition)) share(scope, user, definition.type);
  else scope.shareShape(scope.codecOf(definition));
}

function definitionOf(type: Type): TypeDefinition | undefined {
  return type.kind === "named" ? type.definition : type.kind === "list" ? type.element : undefined;
}

/** The types whose shapes are written into those of a definition. */
function typesIn(scope: Scope, definition: Definition): readonly Type[] {
  switch (definition.kind) {
    case "struct":
      return typesOf(definition.fields);
    case "union":
      return typesOf([definition.discriminant, ...definition.cases.map(({ arm }) => arm), definition.default?.arm]);
    case "typedef":
      return existingCodec(scope, definition.type, definition) === undefined ? [definition.type] : [];
    case "program":
      return definition.versions
        .flatMap(({ procedures }) => procedures.flatMap(({ args, result }) => [...typesOf(args), result]))
        .filter((type) => existingCodec(scope, type, definition) === undefined);
    default:
      return [];
  }
}

function typesOf(fields: readonly ({ readonly type: Type } | undefined)[]): Type[] {
  return fields.flatMap((field) => field?.type ?? []);
}
