// Decides which fields follow from others: numbers of elements and discriminants, which JavaScript values do not have.
import type { NdrExpression } from "../dce/ndr/types.js";
import type { FieldModel, Model } from "./model.js";

/** How one field uses another. */
interface Use {
  readonly by: FieldModel;
  readonly how: "count" | "tag" | "other";
}

/** Directions of a field; those of a structure have none. */
type Directed = FieldModel & { readonly in?: boolean; readonly out?: boolean };

/** The fields, with `countOf` and `tagOf` where the value follows from another field. */
export function derive<F extends Directed>(fields: readonly F[]): F[] {
  const uses = new Map<string, Use[]>();
  for (const by of fields) collect(by.type, by, uses, true);
  return fields.map((field) => {
    const all = uses.get(field.name) ?? [];
    if (!isPlainNumber(field.type) || all.some(({ how }) => how === "other")) return field;
    const source = all.find(({ by }) => covers(by, field));
    if (source === undefined) return field;
    return source.how === "tag" ? { ...field, tagOf: source.by.name } : { ...field, countOf: source.by.name };
  });
}

/** Whether a field is there in each direction in which another is. */
function covers(by: Directed, field: Directed): boolean {
  return (field.in !== true || by.in === true) && (field.out !== true || by.out === true);
}

function isPlainNumber(type: Model): boolean {
  if (type.kind === "named") return type.type.body?.kind === "enum";
  return type.kind === "primitive" && !["float", "double", "boolean"].includes(type.name);
}

/** `isWhole`: the value of the field is this array or union, not a part of it. */
function collect(type: Model, by: FieldModel, uses: Map<string, Use[]>, isWhole: boolean): void {
  const add = (expression: NdrExpression | undefined, how: Use["how"]): void => {
    if (expression === undefined || typeof expression === "number") return;
    if (typeof expression === "string") {
      uses.set(expression, [...(uses.get(expression) ?? []), { by, how: isWhole ? how : "other" }]);
    } else for (const part of expression.slice(1)) add(part as NdrExpression, "other");
  };
  switch (type.kind) {
    case "pointer":
      collect(type.to, by, uses, isWhole);
      return;
    case "string":
      add(type.sizeIs, "count");
      return;
    case "union":
      add(type.switchIs, "tag");
      return;
    case "array":
      add(type.sizeIs, type.varying ? "other" : "count");
      add(type.lengthIs, "count");
      collect(type.element, by, uses, false);
      return;
    default:
      undefined;
      return;
  }
}
