// Procedures and types in the words of the interface language, for messages to people.
import type { Procedure } from "../rpc/program.js";
import type { Shape } from "../xdr/shape.js";

/** `int ADD(intpair)`. */
export function signatureOf({ name, args, result }: Procedure): string {
  const { shape } = args;
  const list = shape.kind === "tuple" ? shape.elements.map((element) => typeName(element.type)) : [typeName(shape)];
  return `${typeName(result.shape)} ${name}(${list.length === 0 ? "void" : list.join(", ")})`;
}

/** A type as one would write it in an interface file. */
export function typeName(shape: Shape): string {
  switch (shape.kind) {
    case "reference":
    case "enum":
    case "struct":
    case "union":
      return shape.name;
    case "list":
      return shape.optional ? `${shape.element.name} *` : shape.element.name;
    case "optional":
      return `${typeName(shape.element)} *`;
    case "array":
      return typeName(shape.element) + brackets(shape);
    case "opaque":
      return `opaque${brackets(shape)}`;
    case "string":
      return `string${brackets({ fixed: false, length: shape.length })}`;
    case "tuple":
      return `(${shape.elements.map((element) => typeName(element.type)).join(", ")})`;
    default:
      return shape.kind;
  }
}

function brackets({ fixed, length }: { readonly fixed: boolean; readonly length: number }): string {
  if (fixed) return `[${length}]`;
  return length === 0xffff_ffff ? "<>" : `<${length}>`;
}
