// Graphs: a struct with tables of nodes, and references, which are numbers on the wire and objects in TypeScript. Number
// 0 is null, number i is element i - 1 of the table. Encoding numbers the nodes by one walk along the references, decoding
// fills the tables and then replaces the numbers. Neither recurses along references, so depth does not matter.
// Generated code without references does not load this file.
import { show } from "../base/show.js";
import { XdrError } from "./errors.js";
import { type AtReference, GraphError, type Owner, type Plan, planOf, walkGraph } from "./graph-walk.js";
import type { XdrLimits } from "./limits.js";
import { locateEncodeError } from "./locate.js";
import type { GraphShape, NodeTable, NumberedNodes } from "./node-tables.js";
import { addStep } from "./path.js";
import type { XdrReader } from "./reader.js";
import type { StructShape } from "./shape.js";
import type { XdrType } from "./type.js";
import type { XdrWriter } from "./writer.js";

/**
 * Describes the node tables of a struct, for its shape.
 * @example
 * console.log(nodeTables([{ field: "nodes", node: "node" }]).tables.length); // 1
 */
export function nodeTables(tables: readonly NodeTable[]): GraphShape<StructShape> {
  return new Graph(tables);
}

class Graph implements GraphShape<StructShape> {
  readonly tables: readonly NodeTable[];
  #plan: Plan | undefined;

  constructor(tables: readonly NodeTable[]) {
    this.tables = tables;
  }

  number(shape: StructShape, value: object, limits: XdrLimits): NumberedNodes {
    const numbering = new Numbering(shape, this.tables, value as Owner, limits.elements);
    const walk = { at: numbering.add, depth: limits.depth };
    walkGraph(this.#planOf(shape), value as Owner, numbering.lists, walk);
    return numbering;
  }

  link(shape: StructShape, value: object): void {
    const lists = this.tables.map(({ field }) => (value as Owner)[field] as unknown[]);
    const at: AtReference = (owner, key, table) => {
      const number = owner[key] as number;
      const list = lists[table] as unknown[];
      if (number > list.length) {
        const rule = `reference to node ${number}, but ${this.tables[table]?.field} has ${list.length}`;
        throw addStep(new GraphError("XDR_OUT_OF_RANGE", rule), key as string);
      }
      owner[key] = number === 0 ? null : list[number - 1];
    };
    // Decoded values have a limited depth.
    walkGraph(this.#planOf(shape), value as Owner, lists, { at, depth: Number.POSITIVE_INFINITY });
  }

  #planOf(shape: StructShape): Plan {
    this.#plan ??= planOf(shape, this.tables);
    return this.#plan;
  }
}

/** The numbers of nodes, given as the walk finds them. */
class Numbering implements NumberedNodes {
  readonly value: Owner = {};
  readonly lists: unknown[][];
  readonly #tables: readonly NodeTable[];
  readonly #most: number;
  /** The most nodes that each table may have, as its type says. */
  readonly #bounds: readonly number[];
  /** By node: its number times the number of tables, plus its table. */
  readonly #numbers = new Map<unknown, number>();

  constructor(shape: StructShape, tables: readonly NodeTable[], value: Owner, most: number) {
    this.#tables = tables;
    this.#most = most;
    for (const { name } of shape.fields) this.value[name] = value[name];
    this.#bounds = tables.map(({ field }) => boundOfTable(shape, field));
    this.lists = tables.map(({ field }, table) => this.#listOf(value, field, table));
  }

  /** The nodes of a table before the walk. A value that is not an array is left to the codec, which refuses it. */
  #listOf(value: Owner, field: string, table: number): unknown[] {
    const given = value[field] ?? [];
    const list: unknown[] = [];
    if (!Array.isArray(given)) return list;
    this.value[field] = list;
    for (let i = 0; i < given.length; i++) {
      const number = this.#numbers.get(given[i]);
      if (number !== undefined) throw addStep(addStep(this.#twice(number), i), field);
      list.push(given[i]);
      this.#numbers.set(given[i], list.length * this.#tables.length + table);
    }
    return list;
  }

  readonly add: AtReference = (owner, key, table) => {
    const node = owner[key];
    if (node === null) return;
    const number = this.#numbers.get(node);
    if (number === undefined) this.#enter(node, key, table);
    else if (number % this.#tables.length !== table) {
      const rule = `a reference to ${this.#tables[table]?.node}, but this object is in ${this.#placeOf(number)}`;
      throw addStep(new GraphError("XDR_WRONG_TYPE", rule), key as string);
    }
  };

  numberOf(node: object | null): number {
    if (node === null) return 0;
    const number = this.#numbers.get(node);
    if (number === undefined) throw new XdrError("XDR_WRONG_TYPE", `${show(node)} changed while it was encoded`);
    return Math.floor(number / this.#tables.length);
  }

  #enter(node: unknown, key: PropertyKey, table: number): void {
    const list = this.lists[table] as unknown[];
    if (typeof node !== "object") throw notNode(node, key, this.#tables[table]?.node);
    if (list.length >= this.#most) {
      throw addStep(new GraphError("XDR_LIMIT", `more than ${this.#most} nodes (limits.elements)`), key as string);
    }
    const bound = this.#bounds[table] as number;
    // The walk stops here, and not at the end of a graph that may be very large.
    if (list.length >= bound) {
      const rule = `the reference leads to a node for which ${this.#tables[table]?.field} has no room: its bound is ${bound}`;
      throw addStep(new GraphError("XDR_BAD_LENGTH", rule), key as string);
    }
    list.push(node);
    this.#numbers.set(node, list.length * this.#tables.length + table);
  }

  #twice(number: number): XdrError {
    return new GraphError("XDR_WRONG_TYPE", `this object is in ${this.#placeOf(number)} already`);
  }

  #placeOf(number: number): string {
    const count = this.#tables.length;
    return `${this.#tables[number % count]?.field}[${Math.floor(number / count) - 1}]`;
  }
}

/** The most nodes that the table in a field may have, as its type says. */
export function boundOfTable({ fields }: StructShape, field: string): number {
  let type = fields.find(({ name }) => name === field)?.type;
  while (type?.kind === "reference") type = type.shape();
  return type?.kind === "array" ? type.length : Number.POSITIVE_INFINITY;
}

function notNode(value: unknown, key: PropertyKey, node = "node"): unknown {
  const rule = value === undefined ? `missing (${node} or null)` : `${show(value)} is not a ${node}`;
  return addStep(new GraphError("XDR_WRONG_TYPE", rule), key as string);
}

/**
 * The codec of a struct with node tables, made of the codec of its fields, whose shape has `graph`.
 * A value is encoded with every node that its references lead to; nodes that its tables have already come first.
 * @throws XdrError (the codec): a reference to something that is not a node of the table, or a number without a node.
 */
export function graphType<T, Input = T>(fields: XdrType<T, Input>): XdrType<T, Input> {
  const shape = fields.shape as StructShape & { readonly graph: GraphShape<StructShape> };
  return {
    shape,
    encode: (out, value) => encodeGraph(shape, fields as XdrType<unknown>, out, value),
    decode(from) {
      const at = from.offset;
      const value = fields.decode(from);
      placedAt(at, () => shape.graph.link(shape, value as object));
      return value;
    },
  };
}

function encodeGraph(
  shape: StructShape & { readonly graph: GraphShape<StructShape> },
  fields: XdrType<unknown>,
  out: XdrWriter,
  value: unknown,
): void {
  if (typeof value !== "object" || value === null) {
    fields.encode(out, value);
    return;
  }
  const outer = out.graph;
  const numbered = placedAt(value, () => shape.graph.number(shape, value, out.limits));
  out.graph = numbered;
  out.sentGraphs?.set(value, numbered.value);
  try {
    fields.encode(out, numbered.value);
  } catch (error) {
    // The value that was encoded has nodes that the caller's has not, so the path is searched in it.
    const { kind, name, fields: parts } = shape;
    const { code, rule, path } = locateEncodeError(
      { kind, name, fields: parts },
      numbered.value,
      error,
      "",
      out.limits,
    );
    throw placed(new GraphError(code, rule, { path }), value);
  } finally {
    out.graph = outer;
  }
}

function placedAt<R>(at: unknown, work: () => R): R {
  try {
    return work();
  } catch (error) {
    throw placed(error, at);
  }
}

function placed(error: unknown, at: unknown): unknown {
  if (error instanceof GraphError) error.at ??= at;
  return error;
}

/**
 * The codec of a reference to a node: null or the node itself. It works only within a struct that has the table.
 * @throws XdrError (the codec): no such struct is being encoded.
 */
export function nodeReference<T extends object>(node: string): XdrType<T | null> {
  return {
    shape: { kind: "ref", node },
    encode: (out, value) => out.writeWord(nodeNumber(out, value)),
    decode: readNode,
  };
}

/** The number of a node on the wire. @throws XdrError if no graph is being encoded. */
export function nodeNumber(out: XdrWriter, node: object | null): number {
  if (out.graph !== undefined) return out.graph.numberOf(node);
  throw new XdrError("XDR_WRONG_TYPE", "a reference to a node is encoded with the struct that has the table of nodes");
}

/** Reads the number of a node; `link` replaces it. */
export function readNode(from: XdrReader): never {
  return from.readWord() as never;
}

/** Loads the number of a node; `link` replaces it. */
export function loadNode(view: DataView, at: number): never {
  return view.getUint32(at) as never;
}
