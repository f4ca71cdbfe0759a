// Facts about shapes that codecs need: least sizes, recursion, and how a type is written in a message.
import type { Shape } from "./shape.js";

/** The fewest bytes that a value of this shape takes. An array's count is checked against it before allocating. */
export function leastSize(shape: Shape): number {
  return least(shape, new Set());
}

function least(shape: Shape, within: Set<Shape>): number {
  switch (shape.kind) {
    case "void":
      return 0;
    case "hyper":
    case "unsigned hyper":
    case "double":
      return 8;
    case "quadruple":
      return 16;
    case "opaque":
      return shape.fixed ? Math.ceil(shape.length / 4) * 4 : 4;
    case "array":
      return shape.fixed ? shape.length * least(shape.element, within) : 4;
    case "list":
      return shape.optional ? 4 : least(shape.element, within) + 4;
    case "struct":
      return sum(shape.fields, within);
    case "tuple":
      return sum(shape.elements, within);
    case "union":
      return least(shape.discriminant.type, within) + leastArm(shape, within);
    case "reference":
      return leastOfTarget(shape.shape(), within);
    default:
      return 4;
  }
}

function sum(fields: readonly { readonly type: Shape }[], within: Set<Shape>): number {
  return fields.reduce((total, { type }) => total + least(type, within), 0);
}

function leastArm(shape: Shape & { kind: "union" }, within: Set<Shape>): number {
  const arms = shape.cases.map(({ arm }) => arm);
  if (shape.default !== undefined) arms.push(shape.default.arm);
  const sizes = arms.map((arm) => (arm === undefined ? 0 : least(arm.type, within)));
  return sizes.length === 0 ? 0 : Math.min(...sizes);
}

function leastOfTarget(target: Shape, within: Set<Shape>): number {
  // Contained in itself: some other arm is the smaller one, or the type has no finite value.
  if (within.has(target)) return 0;
  within.add(target);
  const size = least(target, within);
  within.delete(target);
  return size;
}

/** Whether values of this shape can contain values of the same shape, so that their nesting has to be limited. */
export function isRecursive(shape: Shape): boolean {
  const seen = new Set<Shape>();
  const open: Shape[] = childrenOf(shape);
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (next === shape) return true;
    if (seen.has(next)) continue;
    seen.add(next);
    open.push(...childrenOf(next));
  }
  return false;
}

function childrenOf(shape: Shape): Shape[] {
  switch (shape.kind) {
    case "array":
    case "optional":
    case "list":
      return [shape.element];
    case "struct":
      return shape.fields.map(({ type }) => type);
    case "tuple":
      return shape.elements.map(({ type }) => type);
    case "union":
      return [...shape.cases.map(({ arm }) => arm), shape.default?.arm]
        .filter((arm) => arm !== undefined)
        .map(({ type }) => type);
    case "reference":
      return [shape.shape()];
    default:
      return [];
  }
}

/** The type as the interface language would write it: `unsigned int`, `opaque<8>`, `struct fattr3`. */
export function describe(shape: Shape): string {
  switch (shape.kind) {
    case "enum":
    case "struct":
    case "union":
      return `${shape.kind} ${shape.name}`;
    case "opaque":
      return `opaque${bound(shape.fixed, shape.length)}`;
    case "string":
      return `string${bound(false, shape.length)}`;
    case "array":
      return `${describe(shape.element)}${bound(shape.fixed, shape.length)}`;
    case "optional":
      return `${describe(shape.element)} or null`;
    case "list":
      return `list of ${describe(shape.element)}`;
    case "tuple":
      return "arguments";
    case "reference":
      return shape.name;
    default:
      return shape.kind;
  }
}

function bound(fixed: boolean, length: number): string {
  if (fixed) return `[${length}]`;
  return length === 0xffff_ffff ? "<>" : `<${length}>`;
}
