// Assigns bytes to the parts of a value. It reads like the decoder, and stops where the decoder does.
import { checkOptions, type OptionTable } from "../base/check-options.js";
import { quote } from "../base/quote.js";

import { type CharText, charTextOf } from "./char-text.js";
import { compositeForm, type Explaining } from "./composite-forms.js";
import { type PathStep, XdrError } from "./errors.js";
import { boundOfTable } from "./graph.js";
import { armOf, type Shaped, shapeOf } from "./json.js";
import type { XdrLimits } from "./limits.js";
import { bufferOf } from "./memory.js";
import type { NodeTable } from "./node-tables.js";
import { errorAt } from "./path.js";
import { formOf } from "./primitive-forms.js";
import { XdrReader } from "./reader.js";
import { isRecursive } from "./recursive.js";
import type { EnumShape, FieldShape, NodeReferenceShape, PrimitiveShape, Shape, StructShape } from "./shape.js";
import { shapeText } from "./shape.js";
import { badEnum } from "./support.js";
import { readUtf8 } from "./text.js";

/** The role of a group of bytes in its value. */
export type PartRole = "value" | "length" | "count" | "present" | "padding" | "unread";

/** Adjacent bytes that have one meaning. */
export interface ExplainedPart {
  /** The offset of the bytes, counted from the first byte explained. */
  readonly offset: number;
  /** The number of bytes. */
  readonly length: number;
  /** The path from the root value to the part that the bytes belong to. */
  readonly path: readonly PathStep[];
  /** The meaning of the bytes: a value, a length, a count, the word before an optional value, padding, or unread. */
  readonly role: PartRole;
  /** The type, as in the interface language: `unsigned int`, `string<255>`. */
  readonly type: string;
  /** The value, for people: `1`, `"JILL"`, `RED (0)`. */
  readonly text: string;
  /** For a reference to a node: the path to the node. Absent for null, and for all other parts. */
  readonly leadsTo?: readonly PathStep[];
}

/** Options of `explain`. */
export interface ExplainOptions {
  /** The limits of the decoder. Default `defaultLimits`. */
  readonly limits?: XdrLimits;
  /** True: accepts trailing bytes, because the value is the beginning of longer data. Default false. */
  readonly partial?: boolean;
  /** The most parts that are listed; the rest is not read: see `cut`. Default: no limit. */
  readonly mostParts?: number;
}

const explainOptions: OptionTable<ExplainOptions> = {
  limits: { depth: "count", bytes: "count", elements: "count" },
  partial: "flag",
  mostParts: "count",
};

/** The bytes of a value, part by part, as far as they could be read. */
export interface Explanation {
  /** The bytes that were passed in. */
  readonly bytes: Uint8Array;
  /** In the order of the bytes, without gaps. */
  readonly parts: readonly ExplainedPart[];
  /** One past the last byte that was understood. */
  readonly end: number;
  /** True if there were more than `mostParts` parts: nothing was read from `end` on. */
  readonly cut: boolean;
  /** The error after the last part, if any. */
  readonly error: XdrError | undefined;
}

/**
 * Reads `bytes` as a value of the type and describes each part. Never throws for invalid bytes: see `error`.
 * @example
 * const explanation = explain(numbers, new Uint8Array([0, 0, 0, 1, 0, 0, 0, 2]));
 * console.log(formatExplanation(explanation).length); // 2
 */
export function explain(type: Shaped, bytes: Uint8Array, options: ExplainOptions = {}): Explanation {
  checkOptions(explainOptions, options);
  const from = new XdrReader(bytes, options.limits === undefined ? {} : { limits: options.limits });
  const walk = new Walk(from, options.mostParts);
  let error: XdrError | undefined;
  let cut = false;
  try {
    walk.named(shapeOf(type), []);
    if (options.partial !== true) walk.finish();
  } catch (thrown) {
    cut = thrown === enough;
    if (!cut) error = walk.errorOf(thrown);
  }
  const end = walk.end;
  if (error !== undefined && end < bytes.length) {
    const length = bytes.length - end;
    const text = `${length} bytes not understood`;
    walk.parts.push({ offset: end, length, path: error.path, role: "unread", type: "", text });
  }
  return { bytes, parts: walk.parts, end, cut, error };
}

/** Thrown to end the walk. */
const enough = Symbol("enough");

/** A reference that is not null. */
interface NodeNumber {
  /** Its place among the parts. */
  readonly at: number;
  readonly table: string;
  readonly number: number;
}

/** A struct with node tables whose fields are being read. */
interface OpenGraph {
  readonly tables: readonly NodeTable[];
  readonly path: readonly PathStep[];
  /** The numbers of elements of its arrays, by field. */
  readonly counts: Map<unknown, number>;
  readonly references: NodeNumber[];
}

class Walk implements Explaining {
  readonly parts: ExplainedPart[] = [];
  readonly from: XdrReader;
  readonly #mostParts: number;
  /** The struct around that has node tables. */
  #graph: OpenGraph | undefined;
  path: readonly PathStep[] = [];

  constructor(from: XdrReader, mostParts: number = Number.POSITIVE_INFINITY) {
    this.from = from;
    this.#mostParts = mostParts;
  }

  /** One past the last part. */
  get end(): number {
    const last = this.parts.at(-1);
    return last === undefined ? 0 : last.offset + last.length;
  }

  finish(): void {
    this.path = [];
    this.from.finish();
  }

  errorOf(thrown: unknown): XdrError {
    if (thrown instanceof XdrError) {
      const where = { path: this.path, ...(thrown.offset === undefined ? {} : { offset: thrown.offset }) };
      return errorAt(thrown.code, thrown.rule, where);
    }
    if (thrown instanceof RangeError) return errorAt("XDR_LIMIT", "nested too deeply", { path: this.path });
    throw thrown;
  }

  value(shape: Shape, path: readonly PathStep[]): unknown {
    this.path = path;
    switch (shape.kind) {
      case "void":
        return undefined;
      case "opaque":
      case "string":
        return this.#bytes(shape, path);
      case "ref":
        return this.#reference(shape, path);
      case "struct":
        return this.#struct(shape, path);
      case "tuple":
        return this.#fields(shape.elements, path);
      case "union":
        return this.#union(shape, path);
      case "reference":
        return this.named(shape.shape(), path);
      default:
        return "element" in shape ? compositeForm(shape).explain(shape, path, this) : this.#word(shape, path);
    }
  }

  /** A type by name. Nesting is counted as the decoder counts it. */
  named(shape: Shape, path: readonly PathStep[]): unknown {
    const isCounted = shape.kind !== "reference" && shape.kind !== "list" && isRecursive(shape);
    return isCounted ? this.#nested(() => this.value(shape, path)) : this.value(shape, path);
  }

  within(shape: Shape, work: () => void): void {
    if (isRecursive(shape)) this.#nested(work);
    else work();
  }

  #nested<T>(work: () => T): T {
    this.from.enter();
    const value = work();
    this.from.leave();
    return value;
  }

  #word(shape: WordShape, path: readonly PathStep[]): unknown {
    if ("text" in shape && shape.text !== undefined) {
      this.text({ shape, path, count: 1 }, charTextOf(shape, shape.text));
      return undefined;
    }
    const start = this.from.offset;
    const value = readWord(this.from, shape);
    const text = shape.kind === "enum" ? enumText(shape, value as number) : textOf(value);
    this.#add(start, path, "value", shapeText(shape), text);
    return value;
  }

  #bytes(shape: Shape & { kind: "opaque" | "string" }, path: readonly PathStep[]): void {
    const from = this.from;
    const start = from.offset;
    let length = shape.length;
    if (shape.kind === "string" || !shape.fixed) {
      length = from.readLength(shape.length);
      this.#add(start, path, "length", "unsigned int", `${length} bytes`);
    }
    const at = from.takePadded(length);
    if (shape.kind === "string" && shape.as === undefined && readUtf8(from.buffer, at, at + length) === undefined) {
      throw new XdrError("XDR_BAD_TEXT", "the string is not well-formed UTF-8", { offset: at });
    }
    const text = bytesText(bufferOf(from.buffer).subarray(at, at + length), shape);
    if (length > 0) this.#add(at, path, "value", shapeText(shape), text, length);
    if (from.offset > at + length) this.#add(at + length, path, "padding", "", "padding");
  }

  count(start: number, path: readonly PathStep[], count: number): void {
    if (path.length === (this.#graph?.path.length ?? -1) + 1) this.#graph?.counts.set(path.at(-1), count);
    this.#add(start, path, "count", "unsigned int", `${count} elements`);
  }

  text({ shape, path, count }: Parameters<Explaining["text"]>[0], { readFixed }: CharText): void {
    const start = this.from.offset;
    const text = readFixed(this.from, count);
    this.#add(start, path, "value", shapeText(shape), quote(text, 60));
  }

  present(path: readonly PathStep[], type: string): boolean {
    this.path = path;
    const start = this.from.offset;
    const present = this.from.readBool();
    this.#add(start, path, "present", type, present ? "present" : "none");
    return present;
  }

  #reference(shape: NodeReferenceShape, path: readonly PathStep[]): void {
    const start = this.from.offset;
    const number = this.from.readWord();
    const { tables = [], path: graph = [] } = this.#graph ?? {};
    const table = tables.find(({ node }) => node === shape.node)?.field ?? shape.node;
    const text = number === 0 ? "null" : `${number}: ${table}[${number - 1}]`;
    this.#add(start, path, "value", `reference to ${shape.node}`, text);
    if (number === 0) return;
    const part = this.parts.pop() as ExplainedPart;
    this.#graph?.references.push({ at: this.parts.length, table, number });
    this.parts.push({ ...part, leadsTo: [...graph, table, number - 1] });
  }

  /** The tables may come after the references: both are compared when all have been read, as by the decoder. */
  #checkReferences(shape: StructShape, { path, tables, counts, references }: OpenGraph): void {
    const sizeOf = (table: string): number => counts.get(table) ?? boundOfTable(shape, table);
    const wrong = references.filter(({ table, number }) => number > sizeOf(table));
    for (const { at, table, number } of wrong) {
      const { leadsTo: _, ...part } = this.parts[at] as ExplainedPart;
      this.parts[at] = { ...part, text: `${number}: no node, ${table} has ${sizeOf(table)}` };
    }
    const fields = new Set(tables.map(({ field }) => field));
    const isInTable = ({ at }: NodeNumber): boolean => fields.has(String(this.parts[at]?.path[path.length]));
    const first = wrong.find((one) => !isInTable(one)) ?? wrong[0];
    if (first === undefined) return;
    const { path: place, offset } = this.parts[first.at] as ExplainedPart;
    this.path = place;
    const rule = `reference to node ${first.number}, but ${first.table} has ${sizeOf(first.table)}`;
    throw new XdrError("XDR_OUT_OF_RANGE", rule, { offset });
  }

  #struct(shape: StructShape, path: readonly PathStep[]): void {
    if (shape.graph === undefined) {
      this.#fields(shape.fields, path);
      return;
    }
    const outer = this.#graph;
    const graph: OpenGraph = { tables: shape.graph.tables, path, counts: new Map(), references: [] };
    this.#graph = graph;
    this.#fields(shape.fields, path);
    this.#graph = outer;
    this.#checkReferences(shape, graph);
  }

  #fields(fields: readonly FieldShape[], path: readonly PathStep[]): void {
    for (const { name, type } of fields) this.value(type, [...path, name]);
  }

  #union(shape: Shape & { kind: "union" }, path: readonly PathStep[]): void {
    const place = [...path, shape.discriminant.name];
    const { arm } = armOf(shape, this.value(shape.discriminant.type, place));
    if (arm !== undefined) this.value(arm.type, [...path, arm.name]);
  }

  #add(start: number, path: readonly PathStep[], role: PartRole, type: string, text: string, length?: number): void {
    if (this.parts.length >= this.#mostParts) throw enough;
    this.parts.push({ offset: start, length: length ?? this.from.offset - start, path, role, type, text });
  }
}

type WordShape = PrimitiveShape | EnumShape;

function readWord(from: XdrReader, shape: WordShape): unknown {
  return shape.kind === "enum" ? readEnum(from, shape) : formOf(shape).codec(shape).decode(from);
}

function readEnum(from: XdrReader, shape: EnumShape): number {
  const at = from.take(4);
  const value = from.view.getInt32(at);
  if (shape.open !== true && !shape.members.some(([, number]) => number === value)) badEnum(shape.name, value, at);
  return value;
}

function enumText({ members }: EnumShape, value: number): string {
  const name = members.find(([, number]) => number === value)?.[0];
  return name === undefined ? String(value) : `${name} (${value})`;
}

function textOf(value: unknown): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

function bytesText(bytes: Buffer, shape: Shape & { kind: "opaque" | "string" }): string {
  if (shape.kind === "opaque" || shape.as === "bytes") return `${bytes.length} bytes`;
  const text = bytes.toString(shape.as === "latin1" ? "latin1" : "utf8");
  return quote(text, 60);
}
