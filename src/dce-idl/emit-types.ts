// One type as TypeScript, and as the value that describes its representation.
import type { NdrExpression, NdrRange } from "../dce/ndr/types.js";
import type { Model, NamedType } from "./model.js";
import type { ModuleNames } from "./module-names.js";

/** The type of JavaScript values. */
export function typeText(type: Model, names: ModuleNames): string {
  switch (type.kind) {
    case "primitive":
      return type.name === "boolean" ? "boolean" : type.name.endsWith("hyper") ? "bigint" : "number";
    case "named":
    case "union":
      return names.type(type.type);
    case "string":
      return "string";
    case "array":
      return isBytes(type.element) ? names.global("Uint8Array") : elementText(type.element, names);
    case "pointer":
      return type.pointer === "ref" ? typeText(type.to, names) : nullable(typeText(type.to, names));
    case "context_handle":
      return `${names.runtime("ContextHandle")} | null`;
    default:
      return "void";
  }
}

function elementText(element: Model, names: ModuleNames): string {
  const text = typeText(element, names);
  return text.includes("|") ? `(${text})[]` : `${text}[]`;
}

function nullable(text: string): string {
  return text.endsWith("| null") ? text : `${text} | null`;
}

function isBytes(element: Model): boolean {
  return element.kind === "primitive" && ["byte", "char", "unsigned small"].includes(element.name);
}

/** The value that describes the type. */
export function shapeText(type: Model, names: ModuleNames): string {
  switch (type.kind) {
    case "primitive":
      return objectText({ kind: `"${type.name}"`, range: rangeText(type.range) });
    case "named":
      return type.range === undefined
        ? names.shape(type.type)
        : extended(type.type, `range: ${rangeText(type.range)}`, names);
    case "union":
      return extended(
        type.type,
        `switchIs: ${expressionText(type.switchIs)}`,
        names,
        typeof type.switchIs === "string",
      );
    case "string":
      return objectText({
        kind: '"string"',
        wide: type.wide ? "true" : undefined,
        length: numberText(type.length),
        sizeIs: expressionText(type.sizeIs),
        range: rangeText(type.range),
      });
    case "array":
      return objectText({
        kind: '"array"',
        element: shapeText(type.element, names),
        length: numberText(type.length),
        varying: type.varying ? "true" : undefined,
        sizeIs: expressionText(type.sizeIs),
        lengthIs: expressionText(type.lengthIs),
        range: rangeText(type.range),
      });
    case "pointer":
      return `{ kind: "pointer", pointer: "${type.pointer}", to: () => ${parenthesized(shapeText(type.to, names))} }`;
    case "context_handle":
      return objectText({
        kind: '"context_handle"',
        type: type.type === undefined ? undefined : JSON.stringify(type.type),
      });
    default:
      return `{ kind: "${type.kind}" }`;
  }
}

/** A named type with one property more. */
function extended(type: NamedType, property: string, names: ModuleNames, isPlain = false): string {
  const cast = isPlain ? "as" : "as unknown as";
  return `{ ...(${names.shape(type)} as object), ${property} } ${cast} ${names.runtime("NdrType")}<${names.type(type)}>`;
}

function parenthesized(text: string): string {
  return text.startsWith("{") ? `(${text})` : text;
}

function objectText(properties: Readonly<Record<string, string | undefined>>): string {
  const present = Object.entries(properties).filter(([, text]) => text !== undefined);
  return `{ ${present.map(([name, text]) => `${name}: ${text}`).join(", ")} }`;
}

function numberText(value: number | undefined): string | undefined {
  return value === undefined ? undefined : String(value);
}

function rangeText(range: NdrRange | undefined): string | undefined {
  return range === undefined ? undefined : `[${range.join(", ")}]`;
}

function expressionText(expression: NdrExpression | undefined): string | undefined {
  return expression === undefined ? undefined : JSON.stringify(expression);
}
