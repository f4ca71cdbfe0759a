// Copy/restore: the changed copy of an argument that a result carries is written into the caller's own object. First
// everything is checked and planned, then it is written, so that a failure changes nothing. The plan is a list, not a
// recursion: a chain of any depth needs no stack.
import type { PathStep } from "./errors.js";
import type { GraphShape, SentGraphs } from "./node-tables.js";
import { errorAt } from "./path.js";
import type { FieldShape, Shape, StructShape, UnionShape } from "./shape.js";
import type { XdrType } from "./type.js";
import { holdsMany } from "./weight.js";
import { isInteger } from "./within.js";

/** Where an argument is, and where its changed copy is in the result. */
export interface RestoredArgument {
  /** The argument's index, and the names of fields within it. */
  readonly argument: readonly [number, ...string[]];
  /** The names of fields within the result. Empty: the result itself. */
  readonly result: readonly string[];
}

/** Copies a result's parts into arguments, whose tuple has the shape. Returns the result. @throws XdrError, before anything was changed. */
export interface RestoreArguments {
  (args: readonly unknown[], result: unknown, shape: Shape): unknown;
  /** For one call: a codec of its arguments that remembers the graphs as they are sent, and the function that restores by their numbers. */
  readonly forCall: (args: Codec) => { readonly args: Codec; readonly restore: RestoreArguments };
}

type Codec = XdrType<readonly unknown[]>;

type Values = { [key: PropertyKey]: unknown };

/** A value of the caller that is changed in place. */
interface Target {
  readonly shape: Shape;
  readonly into: Values;
  readonly from: Values;
  readonly place: Place;
}

/** The way to a value, from its last step to the first. */
interface Place {
  readonly step: PathStep;
  readonly inside: Place | undefined;
}

/** The changes, made after every check. */
interface Plan {
  readonly targets: Target[];
  readonly writes: (readonly [into: Values, key: PropertyKey, value: unknown])[];
  readonly removals: (readonly [from: Values, key: PropertyKey])[];
  readonly copies: (readonly [into: Bytes, from: Bytes])[];
  /** The caller's nodes by the nodes that came back: see `addGraph`. */
  readonly nodes: Map<unknown, unknown>;
  readonly sent: SentGraphs;
}

/** Uint8Array and the other typed arrays. */
interface Bytes extends ArrayBufferView {
  readonly length: number;
  set(from: never): void;
}

/**
 * Restores the arguments of a procedure that are marked with `@inout`. Objects and arrays of the caller keep their
 * identity: their fields and elements change. A Uint8Array or typed array that was passed itself gets the returned
 * contents from its beginning; if fewer come back, the rest stays.
 * @throws XdrError (the returned function): more bytes or elements came back than the caller's typed array can hold, or an
 * object of the caller is frozen, sealed, takes no new properties, or refuses a change. Nothing was changed then.
 * @example
 * const { shape: tuple } = argumentList<[number[]]>([{ name: "list", type: { ...type, shape } }]);
 * const restore = restoring([{ argument: [0], result: ["sorted"] }]);
 * const mine = [3, 1, 2];
 * restore([mine], { sorted: [1, 2, 3] }, tuple);
 * console.log(mine); // [ 1, 2, 3 ]
 */
export function restoring(places: readonly RestoredArgument[]): RestoreArguments {
  const restoringBy = (sent: SentGraphs): RestoreArguments => {
    const restore = (values: readonly unknown[], result: unknown, shape: Shape): unknown => {
      const plan: Plan = { targets: [], writes: [], removals: [], copies: [], nodes: new Map(), sent };
      for (const place of places) addPlace(plan, shape, place, { values, result });
      // The list grows while it is worked through.
      for (const target of plan.targets) addContents(plan, target);
      carryOut(plan);
      return result;
    };
    const forCall: RestoreArguments["forCall"] = (args) => {
      const own: SentGraphs = new Map();
      return { args: remembering(own, args), restore: restoringBy(own) };
    };
    return Object.assign(restore, { forCall });
  };
  return restoringBy(new Map());
}

/** The caller may change a graph while the call is under way: its nodes have the numbers with which they were sent. */
function remembering(sent: SentGraphs, type: Codec): Codec {
  return {
    shape: type.shape,
    encode(out, value) {
      const outer = out.sentGraphs;
      out.sentGraphs = sent;
      try {
        type.encode(out, value);
      } finally {
        out.sentGraphs = outer;
      }
    },
    decode: (from) => type.decode(from),
  };
}

/** The value that a property had; `had` is false if there was no such property. */
type Undo = readonly [into: Values, key: PropertyKey, had: boolean, value: unknown];

/** Makes the changes. If one is refused, for example by a setter that throws, those before it are undone. */
function carryOut({ copies, removals, writes }: Plan): void {
  const undo: Undo[] = [];
  try {
    for (const [into, key] of removals) {
      undo.push([into, key, true, into[key]]);
      delete into[key];
    }
    for (const [into, key, value] of writes) {
      if (key === "length" && Array.isArray(into))
        keepRest(undo, into as unknown as Values & unknown[], value as number);
      undo.push([into, key, Object.hasOwn(into, key), into[key]]);
      into[key] = value;
    }
    // Last, because they cannot fail: lengths and types were compared.
    for (const [into, from] of copies) into.set(from as never);
  } catch (error) {
    undoAll(undo);
    const rule = `an object of the caller refuses what came back: ${(error as Error)?.message ?? error}`;
    throw errorAt("XDR_WRONG_TYPE", rule, { root: "args" });
  }
}

/** The elements that a shorter array loses. */
function keepRest(undo: Undo[], into: Values & unknown[], length: number): void {
  for (let i = into.length - 1; i >= length; i--) if (i in into) undo.push([into, i, true, into[i]]);
}

function undoAll(undo: readonly Undo[]): void {
  for (const [into, key, had, value] of undo.toReversed()) {
    try {
      if (had) into[key] = value;
      else delete into[key];
    } catch {
      // It refuses every change, so it has none.
    }
  }
}

function addPlace(
  plan: Plan,
  tuple: Shape,
  { argument, result: where }: RestoredArgument,
  { values, result }: { readonly values: readonly unknown[]; readonly result: unknown },
): void {
  let shape: Shape | undefined = tuple;
  let into: unknown = values;
  let place: Place | undefined;
  for (const step of argument) {
    const field: FieldShape | undefined = fieldOf(shape, step);
    shape = field?.type;
    into = (into as Values | null | undefined)?.[step];
    place = { step: field?.name ?? step, inside: place };
  }
  let from: unknown = result;
  for (const step of where) from = (from as Values | null | undefined)?.[step];
  // Another arm was returned, or the caller passed null: nothing to copy.
  if (shape === undefined || place === undefined || !isObject(into) || !isObject(from) || into === from) return;
  if (!ArrayBuffer.isView(into)) {
    addTarget(plan, { shape, into, from, place });
    return;
  }
  const [bytes, returned] = [into as unknown as Bytes, from as unknown as Bytes];
  if (returned.length > bytes.length) {
    const rule = `${returned.length} elements came back, but the caller's object holds ${bytes.length}`;
    throw errorAt("XDR_BAD_LENGTH", rule, { root: "args", path: pathTo(place) });
  }
  plan.copies.push([bytes, returned]);
}

function pathTo(last: Place): PathStep[] {
  const path: PathStep[] = [];
  for (let place: Place | undefined = last; place !== undefined; place = place.inside) path.push(place.step);
  return path.reverse();
}

/** A field of a struct, an arm of a union, or an argument. */
function fieldOf(shape: Shape | undefined, step: string | number): FieldShape | undefined {
  const named = shape === undefined ? undefined : behind(shape);
  if (named?.kind === "tuple") return named.elements[step as number];
  if (named?.kind === "struct") return named.fields.find(({ name }) => name === step);
  if (named?.kind === "union") return armsOf(named).find(({ name }) => name === step);
  return undefined;
}

function armsOf({ cases, default: fallback }: UnionShape): FieldShape[] {
  return [...cases, fallback ?? {}].flatMap(({ arm }) => arm ?? []);
}

function behind(shape: Shape): Shape {
  let current = shape;
  for (;;) {
    if (current.kind === "reference") current = current.shape();
    else if ("element" in current && !holdsMany(current)) current = current.element;
    else return current;
  }
}

function isObject(value: unknown): value is Values {
  return typeof value === "object" && value !== null;
}

function addTarget(plan: Plan, target: Target): void {
  checkChangeable(target.into, target.place);
  plan.targets.push(target);
}

/** @param length the new length of an array. */
function checkChangeable(into: object, place: Place, length?: number): void {
  const isFixed = length !== undefined && !Object.isExtensible(into) && length !== (into as unknown[]).length;
  if (!isFixed && !Object.isFrozen(into)) return;
  const rule = isFixed
    ? `${length} elements came back, but the caller's array is sealed and has ${(into as unknown[]).length}`
    : "a frozen object cannot take what came back";
  throw errorAt("XDR_WRONG_TYPE", rule, { root: "args", path: pathTo(place) });
}

function addContents(plan: Plan, target: Target): void {
  const { into, from } = target;
  const shape = behind(target.shape);
  if (holdsMany(shape)) {
    addElements(plan, target, shape.element);
    return;
  }
  switch (shape.kind) {
    case "struct":
      if (shape.graph !== undefined) addGraph(plan, target, shape, shape.graph);
      for (const { name, type } of shape.fields) {
        if (!shape.graph?.tables.some(({ field }) => field === name)) addPart(plan, target, name, type);
      }
      return;
    case "union": {
      const { discriminant } = shape;
      plan.writes.push([into, discriminant.name, from[discriminant.name]]);
      for (const arm of armsOf(shape)) addArm(plan, target, arm.name, arm.type);
      if (isInteger(discriminant.type) && shape.default !== undefined) addArm(plan, target, "isDefault");
      return;
    }
    default:
      return;
  }
}

/**
 * A graph comes back by node: the node at a place of the returned table goes into the object that was sent from there. The
 * nodes after the caller's last one are new objects.
 */
function addGraph(plan: Plan, { into, from, place }: Target, shape: StructShape, graph: GraphShape<StructShape>): void {
  // It was not encoded if the call was local, or an interceptor sent another one.
  const sent = plan.sent.get(into) ?? graph.number(shape, into, NO_LIMITS).value;
  for (const { field } of graph.tables) {
    const [mine, came] = [sent[field] as unknown[], from[field] as unknown[]];
    for (let i = 0; i < came.length && i < mine.length; i++) plan.nodes.set(came[i], mine[i]);
  }
  for (const { field } of graph.tables) {
    const inside: Place = { step: field, inside: place };
    const came = from[field] as Values[];
    const element = elementOf(shape, field);
    for (const [i, node] of came.entries()) {
      const kept = (plan.nodes.get(node) ?? node) as Values;
      addTarget(plan, { shape: element, into: kept, from: node, place: { step: i, inside } });
    }
    const table = (Array.isArray(into[field]) ? into[field] : []) as unknown as Values;
    checkChangeable(table, inside, came.length);
    plan.writes.push([into, field, table], [table, "length", came.length]);
    for (const [i, node] of came.entries()) plan.writes.push([table, i, plan.nodes.get(node) ?? node]);
  }
}

/** The call has kept to the limits of its client. */
const NO_LIMITS = { depth: Number.POSITIVE_INFINITY, bytes: 0, elements: Number.POSITIVE_INFINITY };

function elementOf(shape: StructShape, field: string): Shape {
  const table = behind(fieldOf(shape, field)?.type ?? shape);
  return "element" in table ? table.element : table;
}

function addElements(plan: Plan, target: Target, element: Shape): void {
  const into = target.into as unknown as unknown[];
  const from = target.from as unknown as readonly unknown[];
  checkChangeable(into, target.place, from.length);
  plan.writes.push([target.into, "length", from.length]);
  const isKept = holdsObjects(element);
  for (let i = 0; i < from.length; i++) {
    if (isKept) addPart(plan, target, i, element);
    else if (into[i] !== from[i]) plan.writes.push([target.into, i, from[i]]);
  }
}

function holdsObjects(shape: Shape): boolean {
  const found = behind(shape);
  const { kind } = found;
  return holdsMany(found) || kind === "struct" || kind === "union" || kind === "opaque" || kind === "ref";
}

function addArm(plan: Plan, target: Target, name: string, type?: Shape): void {
  if (!Object.hasOwn(target.from, name)) addRemoval(plan, target, name);
  else if (type === undefined) plan.writes.push([target.into, name, target.from[name]]);
  else addPart(plan, target, name, type);
}

/** An object that takes no new properties could not get this one back, if a later change is refused. */
function addRemoval(plan: Plan, { into, place }: Target, name: string): void {
  if (!Object.hasOwn(into, name)) return;
  if (!Object.isExtensible(into)) {
    const rule = `another arm came back, but the caller's union cannot change ${name} for it, because it is not extensible`;
    throw errorAt("XDR_WRONG_TYPE", rule, { root: "args", path: pathTo(place) });
  }
  plan.removals.push([into, name]);
}

/** Changes the caller's own part in place if it has one of the same sort; else puts what came back there. */
function addPart(plan: Plan, { into: owner, from: copy, place }: Target, key: string | number, shape: Shape): void {
  const [into, from] = [owner[key], copy[key]];
  if (behind(shape).kind === "ref") {
    plan.writes.push([owner, key, plan.nodes.get(from) ?? from]);
    return;
  }
  if (isObject(into) && isObject(from) && isSameSort(into, from) && holdsObjects(shape)) {
    if (ArrayBuffer.isView(into)) plan.copies.push([into as unknown as Bytes, from as unknown as Bytes]);
    else addTarget(plan, { shape, into, from, place: { step: key, inside: place } });
    return;
  }
  plan.writes.push([owner, key, from]);
  // References in what is new lead to the caller's nodes, too.
  if (plan.nodes.size > 0 && isObject(from) && !ArrayBuffer.isView(from) && holdsObjects(shape)) {
    addTarget(plan, { shape, into: from, from, place: { step: key, inside: place } });
  }
}

function isSameSort(into: Values, from: Values): boolean {
  if (ArrayBuffer.isView(into)) {
    return ArrayBuffer.isView(from) && (into as unknown as Bytes).length === (from as unknown as Bytes).length;
  }
  return Array.isArray(into) === Array.isArray(from) && !ArrayBuffer.isView(from);
}
