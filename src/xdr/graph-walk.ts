// The walk along the references of a graph: from its fields to the nodes of its tables. It is made once for each struct from
// its shape. It does not recurse along references, only within a node.
import { XdrError } from "./errors.js";
import type { NodeTable } from "./node-tables.js";
import { addStep } from "./path.js";
import { isRecursive } from "./recursive.js";
import type { Shape, StructShape } from "./shape.js";
import { lazily } from "./type.js";
import { holdsMany } from "./weight.js";

/** An object or array whose parts are walked through. */
export type Owner = { [key: PropertyKey]: unknown };

/** Handles a reference: the value of `owner[key]`, to a node of a table. */
export type AtReference = (owner: Owner, key: PropertyKey, table: number) => void;

/** Walks through the value of `owner[key]`, without following references. */
type WalkPart = (owner: Owner, key: PropertyKey, walk: Walk) => void;

/** One walk through a graph. */
interface Walk {
  readonly at: AtReference;
  /** How much deeper types that contain themselves may nest. */
  depth: number;
}

/** An error within a graph. `at` is the graph's value, or the offset of its bytes: the search for the path stops there. */
export class GraphError extends XdrError {
  at: unknown;
}

/** How a graph is walked through: its own fields, then the nodes of each table. */
export interface Plan {
  readonly fields: readonly (readonly [name: string, walk: WalkPart])[];
  readonly tables: readonly { readonly field: string; readonly walk: WalkPart | undefined }[];
}

/** Walks through all fields and nodes. The lists grow while they are walked through. */
export function walkGraph(plan: Plan, value: Owner, lists: readonly unknown[][], walk: Walk): void {
  for (const [name, part] of plan.fields) part(value, name, walk);
  const done = lists.map(() => 0);
  for (let isMore = true; isMore; ) {
    isMore = false;
    for (const [i, list] of lists.entries()) {
      const { field, walk: part } = plan.tables[i] as Plan["tables"][number];
      const from = done[i] as number;
      if (from === list.length) continue;
      done[i] = part === undefined ? list.length : walkTable(list, from, { field, part, walk });
      isMore = true;
    }
  }
}

/** Walks through a table from one of its elements. @returns its length, which may have grown. */
function walkTable(
  list: unknown[],
  from: number,
  { field, part, walk }: { readonly field: string; readonly part: WalkPart; readonly walk: Walk },
): number {
  let i = from;
  try {
    for (; i < list.length; i++) part(list as unknown as Owner, i, walk);
  } catch (error) {
    throw addStep(error, field);
  }
  return i;
}

export function planOf(shape: StructShape, tables: readonly NodeTable[]): Plan {
  const planner = new Planner(tables);
  const byName = new Map(shape.fields.map(({ name, type }) => [name, planner.part(type)]));
  const isTable = (name: string): boolean => tables.some(({ field }) => field === name);
  return {
    fields: shape.fields.flatMap(({ name }) => {
      const walk = byName.get(name);
      return walk === undefined || isTable(name) ? [] : [[name, walk] as const];
    }),
    tables: tables.map(({ field }) => ({ field, walk: planner.node(shape, field) })),
  };
}

/** Makes the walks through types that hold references. */
class Planner {
  readonly #tables: ReadonlyMap<string, number>;
  readonly #parts = new Map<Shape, WalkPart | undefined>();
  readonly #holders = new Map<Shape, boolean>();

  constructor(tables: readonly NodeTable[]) {
    this.#tables = new Map(tables.map(({ node }, index) => [node, index]));
  }

  /** The walk through one node of a table. */
  node(shape: StructShape, field: string): WalkPart | undefined {
    let type = shape.fields.find(({ name }) => name === field)?.type;
    while (type?.kind === "reference") type = type.shape();
    return type !== undefined && holdsMany(type) ? this.part(type.element) : undefined;
  }

  /** The walk through a part of this type; undefined if it holds no reference. */
  part(shape: Shape): WalkPart | undefined {
    if (isGraph(shape)) return undefined;
    if (this.#parts.has(shape)) return this.#parts.get(shape);
    const made = this.#holds(shape) ? this.#make(shape) : undefined;
    this.#parts.set(shape, made);
    return made;
  }

  #make(shape: Shape): WalkPart | undefined {
    switch (shape.kind) {
      case "ref": {
        const table = this.#tables.get(shape.node);
        return table === undefined ? undefined : (owner, key, { at }) => at(owner, key, table);
      }
      case "reference":
        return nested(
          shape,
          lazily(() => this.part(shape.shape()) ?? skip),
        );
      case "struct":
        return this.#struct(shape);
      case "union":
        return this.#union(shape);
      default: {
        const element = "element" in shape ? this.part(shape.element) : undefined;
        return element !== undefined && holdsMany(shape) ? elementsOf(element) : element;
      }
    }
  }

  #struct({ fields }: StructShape): WalkPart {
    const parts = fields.flatMap(({ name, type }) => {
      const walk = this.part(type);
      return walk === undefined ? [] : [{ name, walk }];
    });
    return (owner, key, walk) => {
      const value = owner[key] as Owner | null | undefined;
      if (typeof value !== "object" || value === null) return;
      try {
        for (const part of parts) part.walk(value, part.name, walk);
      } catch (error) {
        throw addStep(error, key as string);
      }
    };
  }

  #union({ discriminant, cases, default: fallback }: Shape & { readonly kind: "union" }): WalkPart {
    const arms = new Map(cases.flatMap(({ values, arm }) => values.map((value) => [value, this.#arm(arm)] as const)));
    const other = this.#arm(fallback?.arm);
    return (owner, key, walk) => {
      const value = owner[key] as Owner | null | undefined;
      if (typeof value !== "object" || value === null) return;
      const selected = value[discriminant.name] as number | boolean;
      const arm = arms.has(selected) ? arms.get(selected) : other;
      try {
        arm?.walk(value, arm.name, walk);
      } catch (error) {
        throw addStep(error, key as string);
      }
    };
  }

  #arm(arm: { readonly name: string; readonly type: Shape } | undefined): { name: string; walk: WalkPart } | undefined {
    const walk = arm === undefined ? undefined : this.part(arm.type);
    return arm === undefined || walk === undefined ? undefined : { name: arm.name, walk };
  }

  /** Whether a type holds references of this graph. Another graph within this one has its own. */
  #holds(shape: Shape): boolean {
    const known = this.#holders.get(shape);
    if (known !== undefined) return known;
    const seen = new Set<Shape>([shape]);
    let found = false;
    for (const one of seen) {
      if (one.kind === "ref") found = true;
      for (const part of partsOf(one)) if (!isGraph(part)) seen.add(part);
    }
    this.#holders.set(shape, found);
    return found;
  }
}

/** A graph within a graph has tables of its own. */
function isGraph(shape: Shape): boolean {
  return shape.kind === "struct" && shape.graph !== undefined;
}

function skip(): void {}

/** Counts the nesting of types that contain themselves, whose values may be deep or contain themselves. */
function nested(shape: Shape, part: () => WalkPart): WalkPart {
  if (!isRecursive(shape)) return (owner, key, walk) => part()(owner, key, walk);
  return (owner, key, walk) => {
    if (--walk.depth < 0) throw new GraphError("XDR_LIMIT", "types nested too deeply (limits.depth)");
    part()(owner, key, walk);
    walk.depth++;
  };
}

function elementsOf(part: WalkPart): WalkPart {
  return (owner, key, walk) => {
    const values = owner[key];
    if (!Array.isArray(values)) return;
    try {
      for (let i = 0; i < values.length; i++) part(values as unknown as Owner, i, walk);
    } catch (error) {
      throw addStep(error, key as string);
    }
  };
}

function partsOf(shape: Shape): readonly Shape[] {
  if (shape.kind === "reference") return [shape.shape()];
  if ("element" in shape) return [shape.element];
  if (shape.kind === "struct") return shape.fields.map(({ type }) => type);
  if (shape.kind !== "union") return [];
  return [...shape.cases, shape.default ?? {}].flatMap(({ arm }) => arm?.type ?? []);
}
