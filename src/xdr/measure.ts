// Facts about shapes that codecs need: least sizes, recursion, and the notation of a type in messages.
import type { IntegerShape, Shape } from "./shape.js";

/**
 * Returns the fewest bytes that a value of this shape takes. The count of an array is checked against it before anything is
 * allocated.
 * @param known sizes that are known already; new ones are added.
 * @example
 * console.log(leastSize(numbers.shape), leastSize(string().shape)); // 8 4
 */
export function leastSize(shape: Shape, known: Map<Shape, number> = new Map()): number {
  let size = known.get(shape);
  if (size === undefined) {
    // Inside itself a type counts as 0: another arm is smaller, or the type has no finite value.
    known.set(shape, 0);
    size = measure(shape, known);
    known.set(shape, size);
  }
  return size;
}

function measure(shape: Shape, known: Map<Shape, number>): number {
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
      return shape.fixed ? shape.length * leastSize(shape.element, known) : 4;
    case "list":
      return shape.optional ? 4 : leastSize(shape.element, known) + 4;
    case "struct":
    case "tuple": {
      // A loop: types nest deeply, and a closure would take two more frames of the stack for each level.
      let size = 0;
      for (const { type } of shape.kind === "struct" ? shape.fields : shape.elements) size += leastSize(type, known);
      return size;
    }
    case "union":
      return leastSize(shape.discriminant.type, known) + leastArm(shape, known);
    case "reference":
      return leastSize(shape.shape(), known);
    default:
      return 4;
  }
}

function leastArm({ cases, default: fallback }: Shape & { kind: "union" }, known: Map<Shape, number>): number {
  const arms = fallback === undefined ? cases : [...cases, fallback];
  const sizes = arms.map(({ arm }) => (arm === undefined ? 0 : leastSize(arm.type, known)));
  return sizes.length === 0 ? 0 : Math.min(...sizes);
}

/**
 * Returns true if values of this shape can contain values of the same shape, so that their nesting must be limited.
 * @example
 * console.log(isRecursive(numbers.shape)); // false
 */
export function isRecursive(shape: Shape): boolean {
  const within = new Set<object>();
  // Shapes are plain data, so every object in one is a part of it. The members of enums are skipped: there are many,
  // and none matters.
  const collect = (part: object): void => {
    if ("members" in part) return;
    for (const key in part) {
      const inner: unknown = part[key as keyof typeof part];
      const value: unknown = typeof inner === "function" ? inner() : inner;
      if (typeof value === "object" && value !== null) within.add(value);
    }
  };
  collect(shape);
  for (const part of within) {
    if (part === shape) return true;
    collect(part);
  }
  return false;
}

/** The struct of a list's entries, whatever stands between. */
export function entryShape(element: Shape): Shape {
  if (element.kind === "reference") return entryShape(element.shape());
  return element.kind === "list" ? entryShape(element.element) : element;
}

/** Whether a discriminant is an integer: its default arm is then tagged with `isDefault`. */
export function isInteger(shape: Shape): boolean {
  if (shape.kind === "reference") return isInteger(shape.shape());
  return shape.kind === "int" || shape.kind === "unsigned int";
}

/**
 * Returns the type as the interface language writes it: `unsigned int`, `opaque<8>`, `struct fattr3`.
 * @example
 * console.log(shapeText(string(8).shape)); // string<8>
 */
export function shapeText(shape: Shape): string {
  switch (shape.kind) {
    case "enum":
    case "struct":
    case "union":
      return `${shape.kind} ${shape.name}`;
    case "opaque":
    case "string":
      return shape.kind + bound(shape);
    case "array":
      return shapeText(shape.element) + bound(shape);
    case "optional":
      return `${shapeText(shape.element)} or null`;
    case "list":
      return `list of ${shapeText(shape.element)}`;
    case "tuple":
      return "arguments";
    case "reference":
      return shape.name;
    case "int":
    case "unsigned int":
      return shape.width === undefined ? shape.kind : narrowName(shape);
    default:
      return shape.kind;
  }
}

function narrowName({ kind, width }: IntegerShape): string {
  const name = width === 8 ? "char" : "short";
  return kind === "int" ? name : `unsigned ${name}`;
}

function bound({ fixed, length }: { readonly fixed?: boolean; readonly length: number }): string {
  if (fixed) return `[${length}]`;
  return length === 0xffff_ffff ? "<>" : `<${length}>`;
}
