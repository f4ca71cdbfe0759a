// Generates straight-line decoders. Neighbouring fields of fixed size share one `take`. Objects are built by literals
// in field order, so that all values of a type have one hidden class.
import type { Type } from "../../idl/model/model.js";
import { type Body, type DecodedValue, place } from "./body.js";
import { boundText } from "./bounds.js";
import { composedCode, expression } from "./composed.js";
import { codecFunction } from "./existing-codec.js";
import { inlineFields, seeThrough, sizeInRun } from "./layout.js";
import { charTextCodec, primitiveCode } from "./primitives.js";
import type { Scope } from "./scope.js";
import { property } from "./text.js";
import { typeText } from "./types.js";

interface Part extends DecodedValue {
  readonly name: string;
}

/** Code that decodes a sequence: statements, then one expression for each value, to be evaluated in order. */
export interface Decoded {
  readonly before: string[];
  readonly values: string[];
}

/** Decodes `fields` in order. The names are for locals. */
export function decodeFields(body: Body, fields: readonly { readonly name: string; readonly type: Type }[]): Decoded {
  const parts: Part[] = [];
  let run: { name: string; type: Type }[] = [];
  const endRun = (): void => {
    parts.push(...decodeRun(body, run));
    run = [];
  };
  for (const field of fields) {
    if (sizeInRun(field.type) !== undefined) run.push(field);
    else {
      endRun();
      parts.push({ name: field.name, ...decodeOne(body, field.name, field.type) });
    }
  }
  endRun();
  return settle(body, parts);
}

/** Decodes one value. */
export function decodeValue(body: Body, type: Type, name = "value"): { before: string[]; value: string } {
  const { before, values } = decodeFields(body, [{ name, type }]);
  return { before, value: values[0] ?? "undefined" };
}

/** Evaluates expressions that move the reader at once, and keeps their values in locals. */
function settle(body: Body, parts: readonly Part[]): Decoded {
  const last = parts.findLastIndex((part) => part.before.length > 0);
  const before: string[] = [];
  const values = parts.map((part, index) => {
    before.push(...part.before);
    if (index >= last || !part.moves) return part.value;
    const name = body.locals.fresh(part.name);
    before.push(`const ${name} = ${part.value};`);
    return name;
  });
  return { before, values };
}

function decodeRun(body: Body, run: readonly { name: string; type: Type }[]): Part[] {
  const [first] = run;
  if (first === undefined) return [];
  const { cursor, locals } = body;
  if (run.length === 1) {
    if (inlineFields(first.type) !== undefined)
      return [{ name: first.name, ...decodeOne(body, first.name, first.type) }];
    return [{ name: first.name, before: [], value: loadSingle(body, first.type), moves: true }];
  }
  const at = locals.fresh("at");
  const view = locals.fresh("view");
  const size = run.reduce((sum, field) => sum + (sizeInRun(field.type) ?? 0), 0);
  let offset = 0;
  const parts = run.map(({ name, type }): Part => {
    const value = load(body, type, view, at, offset);
    offset += sizeInRun(type) ?? 0;
    return { name, before: [], value, moves: false };
  });
  const before = [`const ${at} = ${cursor}.take(${size});`];
  // Booleans are read by the reader itself, without its view.
  if (parts.some(({ value }) => value.includes(`${view}.`) || value.includes(`(${view},`))) {
    before.push(`const ${view} = ${cursor}.view;`);
  }
  return parts.map((part, index) => (index === 0 ? { ...part, before } : part));
}

/** Reads a value at a position that was already taken. */
function load(body: Body, type: Type, view: string, at: string, offset: number): string {
  const fields = inlineFields(type);
  if (fields === undefined) return loadWord(body, type, view, place(at, offset));
  let inner = offset;
  const properties = fields.map((field) => {
    const text = property(field.name, loadWord(body, field.type, view, place(at, inner)));
    inner += sizeInRun(field.type) ?? 0;
    return text;
  });
  return `{ ${properties.join(", ")} }`;
}

function loadWord({ scope, cursor }: Body, type: Type, view: string, at: string): string {
  const seen = seeThrough(type);
  const inRun = seen.kind === "primitive" ? primitiveCode(seen).inRun : undefined;
  if (inRun !== undefined) return strictly(scope, seen, inRun.load(scope, { view, at }, cursor), at);
  const value = `${view}.getInt32(${at})`;
  return seen.kind === "named" ? `${scope.checkOf(seen.definition)}(${value}, ${at})` : value;
}

/** Takes and reads a single fixed-size value. */
function loadSingle({ scope, cursor }: Body, type: Type): string {
  const seen = seeThrough(type);
  const at = `${cursor}.offset - 4`;
  const inRun = seen.kind === "primitive" ? primitiveCode(seen).inRun : undefined;
  if (inRun !== undefined) return strictly(scope, seen, inRun.take(scope, cursor), at);
  const value = `${cursor}.readWord() | 0`;
  return seen.kind === "named" ? `${scope.checkOf(seen.definition)}(${value}, ${at})` : value;
}

/** A number that was read, with a range check if the type requires one. */
function strictly(scope: Scope, type: Type, value: string, at: string): string {
  const check = type.kind === "primitive" && type.strict ? primitiveCode(type).check : undefined;
  return check === undefined ? value : `${scope.use(check)}(${value}, ${at})`;
}

/** The reader's method for opaque data. */
function opaqueReader({ fixed, borrowed }: Type & { kind: "opaque" }): string {
  return `${borrowed ? "borrow" : "read"}${fixed ? "Fixed" : ""}Opaque`;
}

function decodeString({ scope, cursor }: Body, { as }: Type & { kind: "string" }, bound: string): string {
  if (as === "bytes") return `${cursor}.readOpaque(${bound})`;
  return `${scope.use(as === "latin1" ? "readLatin1" : "readString")}(${cursor}, ${bound})`;
}

function decodeOne(body: Body, name: string, type: Type): DecodedValue {
  const { scope, cursor, user } = body;
  const seen = seeThrough(type);
  switch (seen.kind) {
    case "primitive":
      if (seen.text !== undefined) {
        return expression(`${scope.use(charTextCodec(seen, seen.text))}.readFixed(${cursor}, 1)`);
      }
      return seen.name === "void"
        ? { before: [], value: "undefined", moves: false }
        : expression(`${scope.use(primitiveCode(seen).codec)}.decode(${cursor})`);
    case "opaque":
      return expression(`${cursor}.${opaqueReader(seen)}(${boundText(scope, seen.bound, user)})`);
    case "string":
      return expression(decodeString(body, seen, boundText(scope, seen.bound, user)));
    case "list":
    case "named":
      return expression(`${codecFunction(scope, seen, "decode")}(${cursor})`);
    default:
      return composedCode(seen).decode(body, name, seen, { value: decodeValue, type: (one) => typeText(scope, one) });
  }
}
