// The TypeScript of the kinds of types that are made of another type. A new kind has one row here.
import type { ComposedKind, ComposedType } from "../../idl/model/composed.js";
import type { Type } from "../../idl/model/model.js";
import { leastSize } from "../../xdr/shape.js";
import { arrayCodec, type Body, type DecodedValue, type Item, inBlock, typedArrayOf } from "./body.js";
import { boundText } from "./bounds.js";
import type { Scope } from "./scope.js";
import { indent } from "./text.js";

type ArrayType = Type & { readonly kind: "array" };
type OptionalType = Type & { readonly kind: "optional" };

/** Generates statements that encode items in order. */
type EncodeItems = (body: Body, items: readonly Item[]) => string[];

/** The functions that decoders of elements need. */
interface Decoding {
  /** Generates the decoder of one value. */
  readonly value: (body: Body, type: Type, name?: string) => { readonly before: string[]; readonly value: string };
  /** The TypeScript type of a type's values. */
  readonly type: (type: Type) => string;
}

interface ComposedCode<T extends ComposedType> {
  /** The TypeScript type. @param element the element's. */
  type(scope: Scope, type: T, element: () => string): string;
  /** The smallest value. @param element the element's. */
  sample(type: T, element: () => string): string;
  /** Statements that encode `value`, an expression. */
  encode(body: Body, type: T, value: string, items: EncodeItems): string[];
  /** Code that decodes a value. @param name a name for locals. */
  decode(body: Body, name: string, type: T, decoding: Decoding): DecodedValue;
}

const rows: { readonly [K in ComposedKind]: ComposedCode<Type & { readonly kind: K }> } = {
  array: { type: arrayText, sample: arraySample, encode: encodeArray, decode: decodeArray },
  optional: {
    type(_, __, elementText) {
      const element = elementText();
      return element.endsWith(" | null") ? element : `${element} | null`;
    },
    sample: () => "null",
    encode: encodeOptional,
    decode: decodeOptional,
  },
};

/** The row of a type. */
export function composedCode({ kind }: ComposedType): ComposedCode<ComposedType> {
  return rows[kind] as ComposedCode<ComposedType>;
}

function arrayText(scope: Scope, type: ArrayType, elementText: () => string): string {
  if (type.text !== undefined) return "string";
  const typed = type.typed ? typedArrayOf(type.element) : undefined;
  if (typed !== undefined) return scope.global(typed);
  const element = elementText();
  return element.includes("|") ? `(${element})[]` : `${element}[]`;
}

function arraySample(type: ArrayType, element: () => string): string {
  const { fixed, bound } = type;
  if (type.text !== undefined) return '""';
  if (type.typed) return `new ${typedArrayOf(type.element)}(${fixed ? bound.value : ""})`;
  return fixed ? fixedArraySample(bound.value, element()) : "[]";
}

function fixedArraySample(length: number, element: string): string {
  if (length <= 8) return `[${new Array<string>(length).fill(element).join(", ")}]`;
  return `Array.from({ length: ${length} }, () => ${element.startsWith("{") ? `(${element})` : element})`;
}

function encodeArray(body: Body, type: ArrayType, value: string, encodeItems: EncodeItems): string[] {
  const { scope, cursor, user } = body;
  const bound = boundText(scope, type.bound, user);
  const bulk = arrayCodec(type);
  if (bulk !== undefined) {
    return [`${scope.use(bulk)}.${type.fixed ? "writeFixed" : "write"}(${cursor}, ${value}, ${bound});`];
  }
  const lines: string[] = [];
  const items = local(body, lines, value, "items");
  if (type.fixed) lines.push(`${scope.use("checkFixedArray")}(${items}, ${bound});`);
  else lines.push(`${cursor}.writeCount(${scope.use("checkArray")}(${items}), ${bound});`);
  const block = inBlock(body);
  const item = block.locals.fresh("item");
  const each = encodeItems(block, [{ type: type.element, value: item }]);
  lines.push(
    ...(each.length === 1
      ? [`for (const ${item} of ${items}) ${each[0]}`]
      : [`for (const ${item} of ${items}) {`, ...indent(each), "}"]),
  );
  return lines;
}

function encodeOptional(body: Body, type: OptionalType, value: string, encodeItems: EncodeItems): string[] {
  const lines: string[] = [];
  const there = local(body, lines, value, "there");
  const present = encodeItems(inBlock(body), [{ word: 1 }, { type: type.element, value: there }]);
  lines.push(`if (${there} === null) {`, `  ${body.cursor}.writeWord(0);`, "} else {", ...indent(present), "}");
  return lines;
}

/** A local that holds `value`, because it is read more than once. */
function local(body: Body, lines: string[], value: string, fallback: string): string {
  if (/^[\w$]+$/.test(value)) return value;
  const last = /\.([\w$]+)$/.exec(value)?.[1];
  const name = body.locals.fresh(last ?? fallback);
  lines.push(`const ${name} = ${value};`);
  return name;
}

function decodeArray(body: Body, name: string, type: ArrayType, decoding: Decoding): DecodedValue {
  const { scope, cursor, user, locals } = body;
  const bound = boundText(scope, type.bound, user);
  const bulk = arrayCodec(type);
  if (bulk !== undefined)
    return expression(`${scope.use(bulk)}.${type.fixed ? "readFixed" : "read"}(${cursor}, ${bound})`);
  const items = locals.fresh(name);
  const before: string[] = [];
  let count = bound;
  const least = leastSize(scope.shapes.ofType(type.element), scope.leastSizes);
  if (type.fixed) before.push(`${cursor}.expectElements(${bound}, ${least});`);
  else {
    count = locals.fresh("count");
    before.push(`const ${count} = ${cursor}.readCount(${bound}, ${least});`);
  }
  before.push(`const ${items}${scope.annotation(decoding.type(type))} = [];`);
  const block = inBlock(body);
  const i = block.locals.fresh("i");
  const element = decoding.value(block, type.element, "item");
  const head = `for (let ${i} = 0; ${i} < ${count}; ${i}++)`;
  const push = `${items}.push(${element.value});`;
  before.push(
    ...(element.before.length === 0 ? [`${head} ${push}`] : [`${head} {`, ...indent([...element.before, push]), "}"]),
  );
  return { before, value: items, moves: false };
}

function decodeOptional(body: Body, name: string, type: OptionalType, decoding: Decoding): DecodedValue {
  const { scope, cursor, locals } = body;
  const element = decoding.value(inBlock(body), type.element, name);
  if (element.before.length === 0) {
    const inner = element.value.includes(" ? ") ? `(${element.value})` : element.value;
    return expression(`${cursor}.readBool() ? ${inner} : null`);
  }
  const there = locals.fresh(name);
  const before = [
    `let ${there}${scope.annotation(decoding.type(type))} = null;`,
    `if (${cursor}.readBool()) {`,
    ...indent([...element.before, `${there} = ${element.value};`]),
    "}",
  ];
  return { before, value: there, moves: false };
}

/** A value that is one expression. */
export function expression(value: string): DecodedValue {
  return { before: [], value, moves: true };
}
