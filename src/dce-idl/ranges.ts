// The attribute `range`: limits of integers, and of the sizes of arrays and strings.
import type { NdrRange } from "../dce/ndr/types.js";
import type { Attribute } from "./ast.js";
import { isDiscriminant } from "./derive.js";
import type { FieldModel, Model } from "./model.js";
import type { Names } from "./names.js";

/** The limits of an attribute, which are constants. */
export function limitsOf({ values, span }: Attribute, names: Names): NdrRange {
  const [least, most] = values.map((value) => value && names.constant(value));
  if (values.length !== 2 || least === undefined || most === undefined)
    names.reports.fail("syntax", span, "`range` has two limits", "write range(0, 100)");
  if (least > most)
    names.reports.fail("out-of-range", span, "no value is in this range", "write the lesser limit first");
  return [least, most];
}

/** An integer or enum with limits. */
export function limited(type: Model, limits: NdrRange, { span }: Attribute, names: Names): Model {
  const isHyper = type.kind === "primitive" && type.name.endsWith("hyper");
  if ((type.kind === "primitive" || type.kind === "named") && (isHyper || isDiscriminant(type)))
    return { ...type, range: limits };
  if (type.kind !== "unsendable")
    names.reports.error(
      "misplaced-attribute",
      span,
      "`range` is for integers, and for the sizes of arrays and strings",
      "remove it",
    );
  return type;
}

/** Limits the arrays and strings whose size is one of the fields, as that field is: its value may come later than the elements. */
export function limitSizes<F extends FieldModel>(fields: readonly F[]): F[] {
  const limits = new Map<string, NdrRange>();
  for (const { name, type } of fields) {
    const range = rangeIn(type);
    if (range !== undefined) limits.set(name, range);
  }
  if (limits.size === 0) return [...fields];
  return fields.map((field) => ({ ...field, type: withLimits(field.type, limits) }));
}

function rangeIn(type: Model): NdrRange | undefined {
  if (type.kind === "pointer") return rangeIn(type.to);
  return type.kind === "primitive" || type.kind === "named" ? type.range : undefined;
}

function withLimits(type: Model, limits: ReadonlyMap<string, NdrRange>): Model {
  if (type.kind === "pointer") return { ...type, to: withLimits(type.to, limits) };
  if (type.kind !== "array" && type.kind !== "string") return type;
  const { sizeIs, length } = type;
  const range = type.range ?? (length === undefined && typeof sizeIs === "string" ? limits.get(sizeIs) : undefined);
  if (type.kind === "string") return { ...type, range };
  return { ...type, range, element: withLimits(type.element, limits) };
}
