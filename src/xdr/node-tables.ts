// The parts of a graph that cursors and shapes refer to. They do not load its support, which is in graph.ts.
import type { XdrLimits } from "./limits.js";

/** A field of a struct that holds all nodes of one type: references are indices into it. */
export interface NodeTable {
  /** The field's property in TypeScript. Its value is an array. */
  readonly field: string;
  /** The node type's name in the interface file. */
  readonly node: string;
}

/** The node tables of a struct, whose shape is an S. `nodeTables` makes it. */
export interface GraphShape<S = never> {
  /** In the order of the struct's fields. */
  readonly tables: readonly NodeTable[];
  /**
   * Numbers every node that can be reached from `value`: those in its tables first, then those that references lead to.
   * @throws XdrError with the path within `value`: something that is not a node, or a node of another table.
   */
  number(shape: S, value: object, limits: XdrLimits): NumberedNodes;
  /** Replaces the numbers in decoded references by nodes. @throws XdrError with the path within `value`: there is no such node. */
  link(shape: S, value: object): void;
}

/** The numbers of a graph's nodes while it is encoded. */
export interface NumberedNodes {
  /** The graph with its tables complete. */
  readonly value: Readonly<Record<string, unknown>>;
  /** The number of a node: 0 for null, 1 for the first of its table. @throws XdrError if it has none. */
  numberOf(node: object | null): number;
}

/** By graph: its fields with the tables that were sent for it. */
export type SentGraphs = Map<object, NumberedNodes["value"]>;
