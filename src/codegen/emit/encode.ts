// Generates straight-line encoders. Neighbouring fields of fixed size share one `reserve`; all other values use the
// writer.
import type { Type } from "../../idl/model/model.js";
import { type Body, type Item, place, type ValueItem } from "./body.js";
import { boundText } from "./bounds.js";
import { composedCode } from "./composed.js";
import { codecFunction } from "./existing-codec.js";
import { inlineFields, seeThrough, sizeInRun } from "./layout.js";
import { charTextCodec, primitiveCode } from "./primitives.js";
import { member } from "./text.js";

/** Statements that encode `items` in order. */
export function encodeItems(body: Body, items: readonly Item[]): string[] {
  const lines: string[] = [];
  let run: Item[] = [];
  const endRun = (): void => {
    const [only] = run;
    if (run.length === 1 && only !== undefined && isInline(only))
      lines.push(...encodeValue(body, only.type, only.value));
    else lines.push(...encodeRun(body, run.flatMap(flattened)));
    run = [];
  };
  for (const item of items) {
    if ("word" in item || sizeInRun(item.type) !== undefined) run.push(item);
    else {
      endRun();
      lines.push(...encodeValue(body, item.type, item.value));
    }
  }
  endRun();
  return lines;
}

function isInline(item: Item): item is ValueItem {
  return "type" in item && inlineFields(item.type) !== undefined;
}

/** The fields of a small struct. */
function flattened(item: Item): Item[] {
  const fields = "type" in item ? inlineFields(item.type) : undefined;
  if ("word" in item || fields === undefined) return [item];
  return fields.map(({ name, type }) => ({ type, value: member(item.value, name) }));
}

function sizeOf(item: Item): number {
  return "word" in item ? 4 : (sizeInRun(item.type) ?? 0);
}

function encodeRun(body: Body, run: readonly Item[]): string[] {
  const [first] = run;
  if (first === undefined) return [];
  const { cursor, locals } = body;
  if (run.length === 1) {
    const word = "word" in first ? String(first.word) : wordOf(body, first.type, first.value);
    if (word !== undefined) return [`${cursor}.writeWord(${word});`];
  }
  const at = locals.fresh("at");
  const lines = [`const ${at} = ${cursor}.reserve(${run.reduce((sum, item) => sum + sizeOf(item), 0)});`];
  let view = `${cursor}.view`;
  if (run.length > 1) {
    view = locals.fresh("view");
    lines.push(`const ${view} = ${cursor}.view;`);
  }
  let offset = 0;
  for (const item of run) {
    lines.push(`${store(body, item, view, place(at, offset))};`);
    offset += sizeOf(item);
  }
  return lines;
}

/** The checked word of a value that is one word, of the kinds that `writeWord` can take. */
function wordOf({ scope, cursor }: Body, type: Type, value: string): string | undefined {
  const seen = seeThrough(type);
  if (seen.kind === "named") return `${scope.checkOf(seen.definition)}(${value})`;
  if (seen.kind !== "primitive") return undefined;
  return primitiveCode(seen).inRun?.word?.(scope, value, cursor);
}

function store(body: Body, item: Item, view: string, at: string): string {
  if ("word" in item) return `${view}.setInt32(${at}, ${item.word})`;
  const seen = seeThrough(item.type);
  const inRun = seen.kind === "primitive" ? primitiveCode(seen).inRun : undefined;
  if (inRun !== undefined) return inRun.store(body.scope, { view, at }, item.value, body.cursor);
  return `${view}.setInt32(${at}, ${wordOf(body, seen, item.value)})`;
}

function encodeString(
  { scope, cursor }: Body,
  { as }: Type & { kind: "string" },
  value: string,
  bound: string,
): string {
  if (as === "bytes") return `${cursor}.writeOpaque(${value}, ${bound});`;
  return `${scope.use(as === "latin1" ? "writeLatin1" : "writeString")}(${cursor}, ${value}, ${bound});`;
}

/** Statements that encode one value that is not part of a run. */
function encodeValue(body: Body, type: Type, value: string): string[] {
  const { scope, cursor, user } = body;
  const seen = seeThrough(type);
  switch (seen.kind) {
    case "primitive":
      if (seen.text !== undefined) {
        return [`${scope.use(charTextCodec(seen, seen.text))}.writeFixed(${cursor}, ${value}, 1);`];
      }
      return seen.name === "void" ? [] : [`${scope.use(primitiveCode(seen).codec)}.encode(${cursor}, ${value});`];
    case "opaque": {
      const bound = boundText(scope, seen.bound, user);
      if (!seen.fixed) return [`${cursor}.writeOpaque(${value}, ${bound});`];
      return [`${cursor}.writeFixedOpaque(${scope.use("checkFixedOpaque")}(${value}, ${bound}));`];
    }
    case "string":
      return [encodeString(body, seen, value, boundText(scope, seen.bound, user))];
    case "list":
    case "named":
      return [`${codecFunction(scope, seen, "encode")}(${cursor}, ${value});`];
    default:
      return composedCode(seen).encode(body, seen, value, encodeItems);
  }
}
