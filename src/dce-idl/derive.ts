// Decides which fields follow from others: numbers of elements and discriminants, which JavaScript values do not have.
import type { NdrExpression } from "../dce/ndr/types.js";
import type { FieldModel, Model } from "./model.js";

/** How one field uses another. */
interface Use {
  readonly by: Directed;
  readonly how: "count" | "tag" | "other";
}

/** Directions of a field; those of a structure have none. */
export type Directed = FieldModel & { readonly in?: boolean; readonly out?: boolean };

/** The fields, with `countOf` and `tagOf` where the value follows from another field. */
export function derive<F extends Directed>(fields: readonly F[]): F[] {
  const uses = new Map<string, Use[]>();
  for (const by of fields) {
    for (const { expression, how } of rulesOf(by.type)) {
      // A number in an expression, as in size_is(n + 1), does not follow from the array alone.
      const use: Use = { by, how: typeof expression === "string" ? how : "other" };
      for (const name of namesIn(expression)) {
        const known = uses.get(name);
        if (known === undefined) uses.set(name, [use]);
        else known.push(use);
      }
    }
  }
  return fields.map((field) => {
    const all = uses.get(field.name) ?? [];
    if (!isPlainNumber(field.type) || all.some(({ how }) => how === "other")) return field;
    const sources = all.filter(({ by }) => covers(by, field));
    const source = sources.find(({ by }) => !isRoom(by.type)) ?? sources[0];
    if (source === undefined) return field;
    // The caller says how much room there is for the result: the string that it sends may be shorter, and a null pointer has no length.
    if (isRoom(source.by.type) && field.in === true && all.some(({ by }) => by.out)) return field;
    return source.how === "tag" ? { ...field, tagOf: source.by.name } : { ...field, countOf: source.by.name };
  });
}

/** Finds the types of discriminants that were not written: those of the fields that switch_is names. */
export function inferTags(fields: readonly FieldModel[]): void {
  for (const { type } of fields) {
    let union: Model = type;
    while (union.kind === "pointer" || union.kind === "array")
      union = union.kind === "pointer" ? union.to : union.element;
    if (union.kind !== "union" || union.type.body?.kind !== "union") continue;
    const { body } = union.type;
    const [name] = namesIn(union.switchIs);
    let tag = fields.find((field) => field.name === name)?.type;
    while (tag?.kind === "pointer") tag = tag.to;
    if (body.tagType.kind === "unsendable" && tag !== undefined && isDiscriminant(tag)) body.tagType = tag;
  }
}

/** Whether values of a type can choose the arm of a union. */
export function isDiscriminant(type: Model): boolean {
  if (type.kind === "named") return type.type.body?.kind === "enum";
  return type.kind === "primitive" && !/^(float|double|boolean|hyper|unsigned hyper)$/.test(type.name);
}

/** Whether a size may be larger than the value: that of a string, or of an array that may be null. */
function isRoom(type: Model): boolean {
  if (type.kind === "string") return true;
  return type.kind === "pointer" && (type.pointer !== "ref" || isRoom(type.to));
}

/** Whether `by` is sent in every direction (in, out) in which `field` is sent. */
function covers(by: Directed, field: Directed): boolean {
  return (field.in !== true || by.in === true) && (field.out !== true || by.out === true);
}

function isPlainNumber(type: Model): boolean {
  if (type.kind === "named") return type.type.body?.kind === "enum";
  return type.kind === "primitive" && !["float", "double", "boolean"].includes(type.name);
}

/** An expression in a type: `size_is(n)` of an array. */
export interface Rule {
  readonly attribute: "size_is" | "length_is" | "switch_is";
  readonly expression: NdrExpression;
  readonly how: Use["how"];
}

/** The expressions of a field's type. `isWhole`: the value of the field is this array or union, not a part of it. */
export function rulesOf(type: Model, isWhole = true): Rule[] {
  const rule = (attribute: Rule["attribute"], expression: NdrExpression | undefined, how: Use["how"]): Rule[] =>
    expression === undefined ? [] : [{ attribute, expression, how: isWhole ? how : "other" }];
  switch (type.kind) {
    case "pointer":
      return rulesOf(type.to, isWhole);
    case "string":
      return rule("size_is", type.sizeIs, "count");
    case "union":
      return rule("switch_is", type.switchIs, "tag");
    case "array":
      return [
        ...rule("size_is", type.sizeIs, type.varying ? "other" : "count"),
        ...rule("length_is", type.lengthIs, "count"),
        ...rulesOf(type.element, false),
      ];
    default:
      return [];
  }
}

/** The names in an expression. */
export function namesIn(expression: NdrExpression): string[] {
  if (typeof expression === "number") return [];
  if (typeof expression === "string") return [expression];
  return (expression.slice(1) as NdrExpression[]).flatMap(namesIn);
}
