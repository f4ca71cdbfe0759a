// Linked lists. A struct is an element of a list if its last field, and no other, is an optional pointer to itself. The
// field is removed, and references to the struct become arrays.

import type { Draft } from "../names/scope.js";
import type { Definition, Field, StructDefinition, Type, UnionDefinition } from "./model.js";
import { mapElement } from "./references.js";
import { behindTypedefs } from "./typedefs.js";

/** Rewrites the definitions in place. */
export function findLists(definitions: readonly Definition[]): void {
  const lists = new Set<StructDefinition>();
  for (const definition of definitions) {
    if (definition.kind === "struct" && !definition.nested && endsInLink(definition)) lists.add(definition);
  }
  if (lists.size === 0) return;
  for (const list of lists) {
    const draft: Draft<StructDefinition> = list;
    draft.link = list.fields.at(-1)?.name;
    draft.fields = list.fields.slice(0, -1);
  }
  for (const definition of definitions) rewriteDefinition(definition, (type) => rewrite(type, lists));
}

/**
 * Whether a struct is the element of a linked list. A struct with only the link is not: its elements would be empty. A
 * second pointer to itself makes a tree.
 */
export function endsInLink(struct: StructDefinition): boolean {
  const { fields } = struct;
  if (fields.length < 2) return false;
  const links = fields.filter((field) => pointsTo(field.type, struct));
  return links.length === 1 && links[0] === fields.at(-1);
}

function pointsTo(type: Type, struct: StructDefinition): boolean {
  const pointer = behindTypedefs(type);
  return pointer.kind === "optional" && definitionBehind(pointer.element) === struct;
}

function definitionBehind(type: Type): unknown {
  const target = behindTypedefs(type);
  return target.kind === "named" ? target.definition : undefined;
}

/** The pointer may go through a typedef of the struct (`entry_t *next`). */
function rewrite(type: Type, lists: ReadonlySet<StructDefinition>): Type {
  switch (type.kind) {
    case "named": {
      const { definition } = type;
      const isList = definition.kind === "struct" && lists.has(definition);
      return isList ? { kind: "list", element: definition, optional: false } : type;
    }
    case "optional": {
      const target = behindTypedefs(type.element);
      if (target.kind === "list" && !target.optional) return { ...target, optional: true };
      // Only a struct can become a list. A typedef of a pointer to itself, an error, would be followed for ever.
      const rewritten = target.kind === "named" ? rewrite(target, lists) : target;
      return rewritten.kind === "list" && !rewritten.optional
        ? { ...rewritten, optional: true }
        : mapElement(type, (element) => rewrite(element, lists));
    }
    default:
      return mapElement(type, (element) => rewrite(element, lists));
  }
}

/** Applies `change` to every type that a definition mentions. */
function rewriteDefinition(definition: Definition, change: (type: Type) => Type): void {
  const field = (f: Field): Field => ({ ...f, type: change(f.type) });
  switch (definition.kind) {
    case "struct": {
      const draft: Draft<StructDefinition> = definition;
      draft.fields = definition.fields.map(field);
      return;
    }
    case "union": {
      const draft: Draft<UnionDefinition> = definition;
      draft.cases = definition.cases.map((c) => ({ ...c, arm: c.arm && field(c.arm) }));
      if (definition.default?.arm !== undefined)
        draft.default = { ...definition.default, arm: field(definition.default.arm) };
      return;
    }
    case "typedef": {
      const draft: Draft<typeof definition> = definition;
      draft.type = change(definition.type);
      return;
    }
    case "program": {
      const draft: Draft<typeof definition> = definition;
      draft.versions = definition.versions.map((version) => ({
        ...version,
        procedures: version.procedures.map((procedure) => ({
          ...procedure,
          result: change(procedure.result),
          args: procedure.args.map((arg) => ({ ...arg, type: change(arg.type) })),
        })),
      }));
      return;
    }
    default:
      return;
  }
}
