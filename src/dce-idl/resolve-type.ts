// Converts a type, with its declarator and attributes, to a model. Each typedef is replaced by the type that it names: its
// pointers and arrays are added to those of the declarator, and keep the attributes of the place where they are written.
import type { NdrExpression, NdrRange } from "../dce/ndr/types.js";
import type { Span } from "../idl/model/model.js";
import type { Attribute, Declarator, Expression, TypeSpec } from "./ast.js";
import { attribute, checkTogether, problemIn } from "./attributes.js";
import { definitionOfC, typeWords } from "./base-types.js";
import { didYouMean } from "./cursor.js";
import type { Model, NamedType } from "./model.js";
import { maxAliases, type Names } from "./names.js";
import { unsendable } from "./problems.js";
import { limited, limitsOf } from "./ranges.js";
import type { Problem, Reports } from "./reports.js";

export type PointerKind = "ref" | "unique" | "ptr";

/** Where a type is used. */
export interface Place {
  readonly names: Names;
  readonly pointerDefault: PointerKind;
  /** Whether it is the type of a parameter: an array may be a pointer to it. */
  readonly isParameter?: boolean;
  /** Makes the type of a structure, union or enum that is defined here. */
  readonly tagged: (spec: TypeSpec, attributes: readonly Attribute[], name: string | undefined) => NamedType;
  /** Whether the interface has `ms_union`. */
  readonly isMs?: boolean;
  /** Whether the interface has `type_strict_context_handle`. */
  readonly isTypeStrict?: boolean;
  /** The name of such a type, if it has none: that of its place. */
  readonly name?: string;
}

interface FullLayer {
  readonly kind: "pointer" | "array";
  readonly length: number | undefined;
  pointer: PointerKind;
  /** Of a parameter that is an array: the kind of pointer that leads to it. */
  toArray?: PointerKind;
  /** Whether `pointer` was written. */
  isExplicit: boolean;
  sizeIs: NdrExpression | undefined;
  lengthIs: NdrExpression | undefined;
  isString: boolean;
  /** Limits the size, of a conformant layer. */
  range: NdrRange | undefined;
  /** The name of the type of context handles that the layer is. */
  context: string | undefined;
}

interface Opened {
  readonly base:
    | { readonly kind: "base"; readonly name: string }
    | { readonly kind: "type"; readonly type: NamedType }
    | { readonly kind: "interface"; readonly name: string };
  readonly layers: readonly FullLayer[];
  readonly noValue: Declarator["noValue"];
  readonly problem: Problem | undefined;
  /** Limits the values of the base. */
  readonly range: { readonly limits: NdrRange; readonly written: Attribute } | undefined;
}

/** The most pointers and dimensions of one type. */
const maxLayers = 100;

/** The model of a field or parameter. `isTop`: a pointer in front, without an attribute, is a reference. */
export function resolveType(
  spec: TypeSpec,
  declarator: Declarator,
  attributes: readonly Attribute[],
  place: Place,
  isTop: boolean,
): Model {
  const opened = open(spec, declarator, attributes, { ...place, isParameter: isTop }, 0);
  const { base, layers, noValue, problem, range } = opened;
  if (problem !== undefined) return { kind: "unsendable", problem };
  if (noValue !== undefined)
    return unsendable("unsupported", declarator.span, `${noValue} has no representation`, "declare an integer");
  const [first] = layers;
  if (isTop && first !== undefined && !first.isExplicit) first.pointer = "ref";
  const switchIs = attribute(attributes, "switch_is");
  let built = baseModel(base, switchIs, place, declarator.span);
  if (range !== undefined) built = limited(built, range.limits, range.written, place.names);
  for (const layer of [...layers].reverse()) built = addLayer(built, layer, declarator.span, place);
  return built;
}

function open(
  spec: TypeSpec,
  declarator: Declarator,
  attributes: readonly Attribute[],
  place: Place,
  depth: number,
): Opened {
  const own = layersOf(declarator, place);
  const problem = problemIn(attributes);
  const alias = spec.kind === "name" ? place.names.aliases.get(spec.name) : undefined;
  let opened: Opened;
  if (alias !== undefined) {
    if (depth > maxAliases) tooDeep(place, declarator.span, `more than ${maxAliases} typedefs stand for each other`);
    const inner = { ...place, pointerDefault: alias.pointerDefault, isParameter: false };
    const behind = open(alias.type, alias.declarator, alias.attributes, inner, depth + 1);
    const noValue = declarator.noValue ?? behind.noValue;
    opened = { ...behind, layers: [...own, ...behind.layers], noValue, problem: problem ?? behind.problem };
  } else {
    const base = baseOf(spec, attributes, place);
    opened = { base, layers: own, noValue: declarator.noValue, problem, range: undefined };
  }
  if (opened.layers.length > maxLayers)
    tooDeep(place, declarator.span, `more than ${maxLayers} pointers and dimensions`);
  // A context handle has the type of the typedef that makes it one.
  applyAttributes(attributes, opened.layers, place, depth > 0 ? declarator.name : "void *");
  const range = attribute(attributes, "range");
  return range === undefined ? opened : withRange(opened, range, place.names);
}

/** Applies `range` as MIDL does: to every size that is sent. A type that sends no size has its value limited. */
function withRange(opened: Opened, written: Attribute, names: Names): Opened {
  const limits = limitsOf(written, names);
  const sized = opened.layers.filter((layer) => isSized(layer));
  for (const layer of sized) layer.range = limits;
  return sized.length > 0 ? opened : { ...opened, range: { limits, written } };
}

function isSized({ kind, length, isString, sizeIs }: FullLayer): boolean {
  return length === undefined && (kind === "array" || isString || sizeIs !== undefined);
}

function tooDeep({ names }: Place, span: Span, message: string): never {
  const reports: Reports = names.reports;
  reports.fail("too-deep", span, message, "put a structure in between");
}

function layersOf({ layers }: Declarator, { names, pointerDefault }: Place): FullLayer[] {
  return layers.map((layer) => ({
    kind: layer.kind,
    length: layer.kind === "array" && layer.length !== undefined ? lengthOf(layer.length, names) : undefined,
    pointer: pointerDefault,
    isExplicit: false,
    sizeIs: undefined,
    lengthIs: undefined,
    isString: false,
    range: undefined,
    context: undefined,
  }));
}

function lengthOf(expression: Expression, names: Names): number {
  const value = names.constant(expression);
  if (value >= 1 && value <= 0x7fff_ffff) return value;
  names.reports.fail("out-of-range", expression.span, `an array cannot have ${value} elements`, "give 1 to 2147483647");
}

function applyAttributes(
  attributes: readonly Attribute[],
  layers: readonly FullLayer[],
  place: Place,
  name: string,
): void {
  const reports: Reports = place.names.reports;
  checkTogether(attributes, reports);
  for (const one of attributes) {
    const first = layers[0];
    const last = layers.at(-1);
    switch (one.name) {
      case "ref":
      case "unique":
      case "ptr":
        if (first?.kind === "array") {
          // Of a parameter that is an array, it makes a pointer to it; else it is that of the elements, if they are pointers.
          const element = layers.find(({ kind }) => kind === "pointer");
          if (place.isParameter === true) first.toArray = one.name;
          else if (element !== undefined) {
            element.pointer = one.name;
            element.isExplicit = true;
          }
        } else if (first?.kind !== "pointer") {
          reports.error("misplaced-attribute", one.span, `\`${one.name}\` is for pointers`, "write * before the name");
        } else {
          first.pointer = one.name;
          first.isExplicit = true;
        }
        break;
      case "string":
        if (last === undefined)
          reports.error(
            "misplaced-attribute",
            one.span,
            "a string is a pointer or an array",
            "write * before the name",
          );
        else last.isString = true;
        break;
      case "context_handle":
        if (last?.kind !== "pointer") reports.error("misplaced-attribute", one.span, "a context handle is a `void *`");
        else last.context = name;
        break;
      case "size_is":
      case "max_is":
      case "length_is":
        applySizes(one, layers, place);
    }
  }
}

function applySizes({ name, values, span }: Attribute, layers: readonly FullLayer[], { names }: Place): void {
  for (const [i, value] of values.entries()) {
    const layer = layers[i];
    if (value === undefined) continue;
    if (layer === undefined) {
      names.reports.error("misplaced-attribute", span, `\`${name}\` is for arrays and pointers`);
      return;
    }
    const expression = ndrExpression(value, names);
    if (name === "length_is") layer.lengthIs = expression;
    else layer.sizeIs = name === "size_is" ? expression : ["+", expression, 1];
  }
}

/** An expression of fields and parameters; constants are replaced by their values. */
export function ndrExpression(expression: Expression, names: Names): NdrExpression {
  if (expression.kind === "name" && !names.isConstant(expression.name)) return expression.name;
  if (expression.kind === "binary") {
    const a = ndrExpression(expression.left, names);
    const b = ndrExpression(expression.right, names);
    if (typeof a !== "number" || typeof b !== "number") return [expression.operator, a, b];
  } else if (expression.kind === "conditional") {
    const condition = ndrExpression(expression.condition, names);
    if (typeof condition === "number")
      return ndrExpression(condition === 0 ? expression.otherwise : expression.then, names);
    return ["?", condition, ndrExpression(expression.then, names), ndrExpression(expression.otherwise, names)];
  }
  return names.constant(expression);
}

function baseOf(spec: TypeSpec, attributes: readonly Attribute[], place: Place): Opened["base"] {
  if (spec.kind === "base") return spec;
  if (spec.kind !== "name") return { kind: "type", type: place.tagged(spec, attributes, place.name) };
  const { types, aliases } = place.names;
  const reports: Reports = place.names.reports;
  const type = types.get(spec.name);
  if (type !== undefined) return { kind: "type", type };
  if (place.names.interfaces.has(spec.name)) return { kind: "interface", name: spec.name };
  const ofC = definitionOfC(spec.name);
  const near = (): string | undefined => didYouMean(spec.name, [...types.keys(), ...aliases.keys(), ...typeWords]);
  const hint =
    ofC === undefined ? (reports.isFull ? undefined : near()) : `define it: ${ofC}, or import the file that does`;
  reports.fail(
    "undefined-name",
    spec.span,
    `the type \`${spec.name}\` is not defined`,
    hint ?? "define it, or import the file that does",
  );
}

function baseModel(base: Opened["base"], switchIs: Attribute | undefined, place: Place, span: Span): Model {
  const reports: Reports = place.names.reports;
  if (base.kind === "base") {
    if (base.name === "void") return { kind: "void" };
    if (base.name === "handle_t") return { kind: "handle" };
    if (base.name === "pipe") return unsendable("unsupported", span, "pipes are not supported", "use an array");
    return { kind: "primitive", name: base.name as never };
  }
  if (base.kind === "interface")
    return unsendable("unsupported", span, `\`${base.name}\` is an interface of COM`, "COM is not supported");
  const { body } = base.type;
  const value = switchIs?.values[0];
  if (body?.kind === "union" && !body.isEncapsulated) {
    if (value !== undefined) return { kind: "union", type: base.type, switchIs: ndrExpression(value, place.names) };
    const message = `the union \`${base.type.name}\` needs \`switch_is\``;
    return unsendable("missing-switch", span, message, "write [switch_is(FIELD)] before it");
  } else if (switchIs !== undefined)
    reports.error(
      "misplaced-attribute",
      switchIs.span,
      "`switch_is` is for unions without a discriminant of their own",
    );
  return { kind: "named", type: base.type };
}

function addLayer(inner: Model, layer: FullLayer, span: Span, { names, isTypeStrict }: Place): Model {
  const reports: Reports = names.reports;
  const { sizeIs, lengthIs, context, range } = layer;
  if (context !== undefined) return { kind: "context_handle", type: isTypeStrict === true ? context : undefined };
  if (inner.kind === "unsendable") return inner;
  if (inner.kind === "void")
    return unsendable("void-pointer", span, "a `void *` has no representation", "use byte, or [context_handle]");
  const isText = inner.kind === "primitive" && ["char", "wchar_t", "byte", "unsigned small"].includes(inner.name);
  if (layer.isString && !isText) reports.fail("misplaced-attribute", span, "a string is of char or wchar_t");
  const wide = inner.kind === "primitive" && inner.name === "wchar_t";
  const { length } = layer;
  const isArray = layer.kind === "array" || sizeIs !== undefined || lengthIs !== undefined;
  const varying = lengthIs !== undefined;
  const content: Model = layer.isString
    ? { kind: "string", wide, length, sizeIs, range }
    : isArray
      ? { kind: "array", element: inner, length, varying, sizeIs, lengthIs, range }
      : inner;
  if (isArray && !layer.isString && isConformantModel(inner)) {
    const message = "arrays of arrays whose length is not fixed are not supported";
    return unsendable("unsupported", span, message, "use an array of pointers");
  }
  if (layer.kind === "pointer") return { kind: "pointer", pointer: layer.pointer, to: content };
  const { toArray = "ref" } = layer;
  return toArray === "ref" ? content : { kind: "pointer", pointer: toArray, to: content };
}

/** Whether the number of elements of a value is sent before it. */
export function isConformantModel(type: Model): boolean {
  if (type.kind === "array" || type.kind === "string") return type.length === undefined;
  return type.kind === "named" && type.type.body?.kind === "struct" && type.type.body.isConformant;
}
