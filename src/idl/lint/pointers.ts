// The rule about pointers whose targets may be shared, which XDR copies.
import type { Fix, FixEdit } from "../findings/fixes.js";
import { indexOfPieceAt } from "../format/pieces.js";
import type { Field, Span, StructDefinition, TypeDefinition } from "../model/model.js";
import { cyclesOf } from "../model/recursion.js";
import { elementOf } from "../model/references.js";
import { behindTypedefs } from "../model/typedefs.js";
import { spanBetween } from "../source.js";
import { type LintContext, type Problem, problem, type Rule } from "./rule.js";

export const sharedPointerRule: Rule = {
  id: "shared-pointer",
  level: "warn",
  summary: "A struct with several pointers to its own type, or to types that lead back to it.",
  reason:
    "A pointer is sent as a copy of the value that it leads to. A tree is received as it was sent, but a node that two pointers lead to becomes two nodes, and a cycle (a doubly linked list, a link to the parent) has no end. References, `@ref`, keep both.",
  *check(context) {
    const cycles = cyclesOf(context.module.definitions);
    for (const definition of context.named) {
      if (definition.kind !== "struct" || !cycles.has(definition)) continue;
      const leads = definition.fields.filter(({ type }) => {
        const target = pointeeOf(type);
        return target !== undefined && cycles.get(target) === cycles.get(definition);
      });
      const [first] = leads;
      // The link of a list is a pointer to its own type.
      const count = leads.length + (definition.link === undefined ? 0 : 1);
      if (first === undefined || count < 2) continue;
      yield definitionProblem(context, { definition, leads: [first, ...leads.slice(1)], count });
    }
  },
};

/** @param leads the pointers that lead back to the struct, some through other structs. */
function definitionProblem(
  context: LintContext,
  { definition, leads, count }: { definition: StructDefinition; leads: readonly [Field, ...Field[]]; count: number },
): Problem {
  const { name } = definition;
  const [first] = leads;
  const areDirect = count === leads.length && leads.every(({ type }) => pointeeOf(type) === definition);
  const whose = areDirect ? "to its own type" : "that can lead back to it";
  const message = `${name} has ${count} pointers ${whose}: shared nodes are sent as copies, and cycles cannot be sent`;
  const node = (pointeeOf(first.type) ?? definition).name;
  const tables = areDirect ? `a table \`${name} nodes<>\`` : "a table of each type of node, in one struct";
  const hint = `if nodes are shared, use references: \`/** @ref ${node} */ unsigned int ${first.name};\`, with ${tables}`;
  return problem(first.span, message, hint, areDirect ? withReferences(context, definition, leads) : []);
}

/** The type that a pointer leads to, that of its entries if it is a linked list; undefined for other types. */
function pointeeOf(type: Field["type"]): TypeDefinition | undefined {
  const pointer = behindTypedefs(type);
  if (pointer.kind === "list") return pointer.element;
  const element = elementOf(pointer);
  if (element === undefined || "bound" in pointer) return undefined;
  const target = behindTypedefs(element);
  return target.kind === "named" ? target.definition : undefined;
}

/** Makes a reference of each pointer, adds a struct with the table after the struct of the nodes, and uses it everywhere else. */
function withReferences(context: LintContext, { name, span }: StructDefinition, fields: readonly Field[]): Fix[] {
  const edits = fields.map((field) => referenceAt(context, name, field));
  const end = endOf(context, span.offset);
  if (end === undefined || edits.some((edit) => edit === undefined)) return [];
  const isTaken = (one: string): boolean => context.module.definitions.some((definition) => definition.name === one);
  let graph = `${name}_graph`;
  while (isTaken(graph)) graph += "_";
  const text = `\n\nstruct ${graph} {\n  ${name} nodes<>;\n  /** @ref ${name} */\n  unsigned int root;\n};`;
  const table = { span: spanBetween(context.source, end, end), text };
  const uses = usesOf(context, name, { from: span.offset, to: end }).map((use) => ({ span: use, text: graph }));
  return [{ title: "Make the pointers references (`@ref`)", edits: [...(edits as FixEdit[]), table, ...uses] }];
}

/** Where the type is used outside its definition. A name of a field or a procedure is followed by other signs. */
function usesOf(
  { pieces, source }: LintContext,
  name: string,
  own: { readonly from: number; readonly to: number },
): Span[] {
  return pieces.flatMap(({ text, offset }, at) => {
    if (text !== name || (offset >= own.from && offset < own.to)) return [];
    const isType = /^(?:\w|[*),]$)/.test(pieces[at + 1]?.text ?? "");
    return isType ? [spanBetween(source, offset, offset + name.length)] : [];
  });
}

/** `tree *left` as a reference; undefined if it is written in another way. */
function referenceAt({ pieces, source }: LintContext, name: string, field: Field): FixEdit | undefined {
  const at = indexOfPieceAt(pieces, field.span.offset);
  const [tag, type, star] = [pieces[at - 3], pieces[at - 2], pieces[at - 1]];
  if (at < 2 || star?.text !== "*" || type?.text !== name) return undefined;
  const start = tag?.text === "struct" ? tag : type;
  const span = spanBetween(source, start.offset, field.span.offset + field.span.length);
  return { span, text: `/** @ref ${name} */ unsigned int ${field.declaredName ?? field.name}` };
}

/** The end of the definition whose name is at the offset, after its semicolon. */
function endOf({ pieces }: LintContext, offset: number): number | undefined {
  let depth = 0;
  for (let at = indexOfPieceAt(pieces, offset); at >= 0 && at < pieces.length; at++) {
    const piece = pieces[at];
    if (piece?.text === "{") depth++;
    if (piece?.text !== "}" || --depth > 0) continue;
    const last = pieces[at + 1];
    return last?.text === ";" ? last.offset + 1 : undefined;
  }
  return undefined;
}
