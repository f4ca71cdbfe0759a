// Walks through a value, or through its bytes, by the type's shape, and knows the path at every step: errors get their
// paths from it. It performs the checks of codecs, in their order, and creates nothing.
import type { PathStep, XdrError } from "./errors.js";
import { elementsToCheck, fits, type LeafShape, readElements, readLeaf, textFits } from "./leaf.js";
import type { XdrReader } from "./reader.js";
import { refuse } from "./refusals.js";
import type { ArrayShape, FieldShape, IntegerShape, ListShape, Shape, UnionShape } from "./shape.js";
import { shapeText } from "./shape.js";
import { badDiscriminant, checkArray, checkObject, missingArm } from "./support.js";
import { containsItself, entryShape, isInteger } from "./within.js";
import type { XdrWriter } from "./writer.js";

/** The parts of a value that is encoded; undefined when bytes are read. */
type Parts = { readonly [key: PropertyKey]: unknown } | undefined;

/** One walk: through bytes with a reader, or through a value with a writer, to which it writes as codecs would. */
export class Walk {
  /** The path to the current part. After the walk has thrown, it leads to the error. */
  readonly path: PathStep[] = [];
  readonly #from: XdrReader | undefined;
  readonly #out: XdrWriter;
  /** The error that the codec threw. */
  readonly #error: unknown;
  readonly #recursive = new Map<Shape, boolean>();

  constructor(cursor: XdrReader | XdrWriter, error: unknown) {
    // The class is not named, because a program that only encodes has no reader in its bundle.
    this.#from = "end" in cursor ? cursor : undefined;
    this.#out = cursor as XdrWriter;
    this.#error = error;
  }

  /** Walks through a type by name. @returns The value, for a union to choose by. */
  named(shape: Shape, value?: unknown): unknown {
    return shape.kind === "reference" || shape.kind === "list"
      ? this.#inside(shape, value)
      : this.#nested(shape, () => this.#inside(shape, value));
  }

  // Nesting is counted where generated code counts it: at every named type that can contain itself, and for linked
  // lists at the list, once for all its entries.
  #nested<T>(shape: Shape, work: () => T): T {
    const counts = this.#recursive.get(shape) ?? containsItself(shape);
    this.#recursive.set(shape, counts);
    if (counts) this.#out.enter();
    const result = work();
    if (counts) this.#out.leave();
    return result;
  }

  #inside(shape: Shape, value: unknown): unknown {
    switch (shape.kind) {
      case "reference":
        return this.named(shape.shape(), value);
      case "array":
        return shape.text === undefined ? this.#array(shape, value as Parts) : this.#text(shape, value);
      case "list":
        return this.#nested(entryShape(shape), () => this.#list(shape, value as Parts));
      case "optional":
        return this.#isThere(value) && this.#inside(shape.element, value);
      case "struct":
        this.#checkFields(shape.name, value);
        if (shape.graph) this.#endInGraph(value);
        return shape.fields.forEach((field) => void this.#field(field, value as Parts));
      case "tuple":
        this.#checkTuple(shape.elements.length, value);
        return shape.elements.forEach(({ name, type }, i) => void this.#step(name, type, (value as Parts)?.[i]));
      case "union":
        this.#checkFields(shape.name, value);
        return this.#union(shape, value as Parts);
      case "int":
      case "unsigned int":
        return shape.text === undefined ? this.#leaf(shape, value) : this.#text(shape, value);
      default:
        return this.#leaf(shape, value);
    }
  }

  /** An error of this graph has its path within it (graph.ts). */
  #endInGraph(value: unknown): void {
    const error = this.#error as XdrError & { readonly at?: unknown };
    if (error.at !== (this.#from?.offset ?? value)) return;
    this.path.push(...error.path);
    throw error;
  }

  #leaf(shape: LeafShape, value: unknown): unknown {
    if (this.#from !== undefined) return readLeaf(this.#from, shape);
    if (!fits(this.#out, shape, value)) throw this.#error;
    return value;
  }

  /** Chars that are text. The codec has reported the error and the word that has it. */
  #text(shape: ArrayShape | IntegerShape, text: unknown): void {
    const from = this.#from;
    if (from === undefined) {
      if (!textFits(this.#out, shape, text)) throw this.#error;
      return;
    }
    const fixed = shape.kind === "array" ? shape.length : 1;
    const start = from.take(4 * (shape.kind === "array" && !shape.fixed ? readElements(from, shape) : fixed));
    const { offset } = this.#error as { readonly offset?: number };
    if (offset !== undefined && offset >= start && offset < from.offset) throw this.#error;
  }

  #step(step: PathStep, shape: Shape, value: unknown): unknown {
    this.path.push(step);
    const result = this.#inside(shape, value);
    this.path.pop();
    return result;
  }

  #array(shape: ArrayShape, values: Parts): void {
    const count =
      this.#from === undefined
        ? elementsToCheck(this.#out, shape, values as unknown as readonly unknown[])
        : readElements(this.#from, shape);
    if (count === undefined) throw this.#error;
    for (let i = 0; i < count; i++) this.#step(i, shape.element, values?.[i]);
  }

  #list(shape: ListShape, values: Parts): void {
    const from = this.#from;
    const count = from === undefined ? checkArray(values as unknown as unknown[]) : Number.POSITIVE_INFINITY;
    if (count === 0 && !shape.optional) {
      refuse("XDR_BAD_LENGTH", "0 entries, but this list has at least one");
    }
    if (from === undefined) this.#out.checkElements(count);
    let isThere = true;
    for (let i = 0; isThere && i < count; i++) {
      this.path.push(i);
      if (from !== undefined && (shape.optional || i > 0)) isThere = from.readBool();
      if (isThere) {
        from?.countElements(1);
        this.#inside(entryShape(shape), values?.[i]);
      }
      this.path.pop();
    }
  }

  #checkTuple(length: number, value: unknown): void {
    if (this.#from !== undefined) return;
    if (!Array.isArray(value) || value.length !== length) throw this.#error;
  }

  #isThere(value: unknown): boolean {
    if (this.#from !== undefined) return this.#from.readBool();
    if (value === undefined) {
      refuse("XDR_WRONG_TYPE", "undefined (use null for a missing value)");
    }
    return value !== null;
  }

  #checkFields(name: string, value: unknown): void {
    if (this.#from !== undefined) return;
    checkObject(value);
    if (Array.isArray(value)) refuse("XDR_WRONG_TYPE", `an array is not a ${name}`);
  }

  #field({ name, type }: FieldShape, values: Parts): unknown {
    const value = values?.[name];
    if (this.#from === undefined && value === undefined && type.kind !== "void") {
      this.path.push(name);
      refuse("XDR_WRONG_TYPE", `missing (${shapeText(type)})`);
    }
    return this.#step(name, type, value);
  }

  #union({ name, discriminant, cases, default: fallback }: UnionShape, values: Parts): void {
    const at = this.#from?.offset;
    const selected = this.#field(discriminant, values);
    const listed = cases.find((one) => one.values.includes(selected as number));
    const found = listed ?? fallback;
    const tagged = Boolean(values?.["isDefault"]);
    const tags = this.#from === undefined && fallback !== undefined && isInteger(discriminant.type);
    if (found === undefined || (tags && tagged === (listed !== undefined))) {
      this.path.push(discriminant.name);
      badDiscriminant(tags && tagged ? `${name} (default)` : name, selected, at);
    }
    const { arm } = found;
    if (arm === undefined) return;
    if (this.#from === undefined && values?.[arm.name] === undefined) missingArm(name, arm.name, selected);
    this.#field(arm, values);
  }
}
