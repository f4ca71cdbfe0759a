// The JSON form of values, lossless both ways: what the command line reads and prints, and what logs can hold.
//   hyper "123" · opaque and bytes base64 · enum "NAME" · float and double 1.5, "NaN", "Infinity", "-0"
//   quadruple "1.5" or "0x…" · a reference to a node {"$ref": 3}, the third of its table · struct, union, array, list and null as in TypeScript

import { show } from "../base/show.js";
import { at, compositeForm, elements } from "./composite-forms.js";
import { XdrError } from "./errors.js";
import { defaultLimits } from "./limits.js";
import type { NumberedNodes } from "./node-tables.js";
import { formOf, type Json, typed, wrong } from "./primitive-forms.js";
import type { EnumShape, FieldShape, NodeReferenceShape, Shape, StructShape, UnionShape } from "./shape.js";
import { shapeText } from "./shape.js";
import { setField } from "./structured.js";
import { badDiscriminant, badEnum, checkInt } from "./support.js";
import type { XdrType } from "./type.js";
import { isInteger } from "./within.js";

/** A shape, or a type, which has one. */
export type Shaped = Shape | { readonly shape: Shape };

/** The shape of either. */
export function shapeOf(shaped: Shaped): Shape {
  return "kind" in shaped ? shaped : shaped.shape;
}

/**
 * Returns the JSON form of a value, which loses nothing: hyper as decimal text, opaque and bytes as base64, an enum as its
 * name, a reference to a node as its number in the table: `{"$ref": 3}`.
 * @throws XdrError with the path if the value does not have this type.
 * @example
 * console.log(JSON.stringify(toJson(numbers, { a: 1, b: 2 }))); // {"a":1,"b":2}
 */
export function toJson(type: Shaped, value: unknown): Json {
  return withinStack(() => write(shapeOf(type), value));
}

/**
 * Returns the value that has this JSON form.
 * @throws XdrError with the path if the JSON does not match the type.
 * @example
 * console.log(fromJson(numbers, JSON.parse('{"a":1,"b":2}'))); // { a: 1, b: 2 }
 */
export function fromJson<T>(type: XdrType<T, never>, json: unknown): T;
export function fromJson(shape: Shape, json: unknown): unknown;
export function fromJson(type: Shaped, json: unknown): unknown {
  return withinStack(() => read(shapeOf(type), json));
}

function withinStack<T>(work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof RangeError) throw new XdrError("XDR_LIMIT", "the value is nested too deeply");
    throw error;
  }
}

/** @param graph the graph around, whose nodes are referred to by number. */
function write(shape: Shape, value: unknown, graph?: NumberedNodes): Json {
  switch (shape.kind) {
    case "enum":
      return nameOf(shape, value as number);
    case "opaque":
      return writeBytes(shape, value);
    case "string":
      return shape.as === "bytes" ? writeBytes(shape, value) : (typed(shape, value, "string") as string);
    case "ref":
      return writeReference(shape, value, graph);
    case "struct":
      return writeStruct(shape, fieldsOf(shape, value), graph);
    case "tuple":
      return writeTuple(shape.elements, elements(value));
    case "union":
      return writeUnion(shape, fieldsOf(shape, value), graph);
    case "reference":
      return write(shape.shape(), value, graph);
    default:
      if (!("element" in shape)) return formOf(shape).write(value, shape);
      return compositeForm(shape).write(value, shape, (element, part) => write(element, part, graph));
  }
}

function read(shape: Shape, json: unknown): unknown {
  switch (shape.kind) {
    case "enum":
      return numberOf(shape, json);
    case "opaque":
      return readBytes(shape, json);
    case "string":
      return shape.as === "bytes" ? readBytes(shape, json) : typed(shape, json, "string");
    case "ref":
      return readReference(shape, json);
    case "struct":
      return readStruct(shape, json);
    case "tuple":
      return readTuple(shape.elements, elements(json));
    case "union":
      return readUnion(shape, json);
    case "reference":
      return read(shape.shape(), json);
    default:
      return "element" in shape ? compositeForm(shape).read(json, shape, read) : formOf(shape).read(json, shape);
  }
}

function nameOf(shape: EnumShape, value: number): Json {
  const member = shape.members.find(([, number]) => number === value);
  if (member !== undefined) return member[0];
  return shape.open === true ? checkInt(value) : badEnum(shape.name, value);
}

function numberOf(shape: EnumShape, json: unknown): number {
  const member = shape.members.find(([name, number]) => name === json || number === json);
  if (member !== undefined) return member[1];
  if (shape.open === true && typeof json === "number") return checkInt(json);
  const names = shape.members.slice(0, 8).map(([name]) => name);
  const more = shape.members.length > names.length ? ", …" : "";
  throw wrong(shape, json, ` (${names.join(", ")}${more})`);
}

function writeBytes(shape: Shape, value: unknown): Json {
  if (!(value instanceof Uint8Array)) throw wrong(shape, value);
  return Buffer.from(value.buffer, value.byteOffset, value.length).toString("base64");
}

function readBytes(shape: Shape, json: unknown): Uint8Array {
  if (typeof json !== "string" || json.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(json)) {
    throw wrong(shape, json, ": write the bytes as base64");
  }
  return new Uint8Array(Buffer.from(json, "base64"));
}

/** A decoded reference that no table has resolved is still its number. */
function writeReference(shape: NodeReferenceShape, value: unknown, graph: NumberedNodes | undefined): Json {
  const number = typeof value === "object" ? (graph?.numberOf(value) ?? (value === null ? 0 : undefined)) : value;
  if (typeof number !== "number")
    throw new XdrError("XDR_WRONG_TYPE", `${show(value)} is not in a table of ${shape.node}`);
  return number === 0 ? null : { $ref: number };
}

/** The number of a node, until the graph around is complete. */
function readReference(shape: NodeReferenceShape, json: unknown): number {
  if (json === null) return 0;
  const isObject = typeof json === "object";
  const number = isObject ? (json as { readonly $ref?: unknown }).$ref : json;
  const isAlone = !isObject || Object.keys(json as object).length === 1;
  if (isAlone && Number.isSafeInteger(number) && (number as number) >= 0) return number as number;
  const hint = 'write {"$ref": 1}, without other fields, for the first node of the table, or null';
  throw new XdrError("XDR_WRONG_TYPE", `${show(json)} is not a reference to ${shape.node}: ${hint}`);
}

function writeStruct(shape: StructShape, value: Record<string, unknown>, outer?: NumberedNodes): Json {
  const graph = shape.graph?.number(shape, value, defaultLimits);
  return writeFields(shape.fields, graph?.value ?? value, graph ?? outer);
}

function readStruct(shape: StructShape, json: unknown): Record<string, unknown> {
  const value = readFields(shape.fields, knownFields(shape, json, shape.fields));
  shape.graph?.link(shape, value);
  return value;
}

function writeFields(fields: readonly FieldShape[], value: Record<string, unknown>, graph?: NumberedNodes): Json {
  const json: Record<string, Json> = {};
  for (const { name, type } of fields) {
    setField(
      json,
      name,
      at(name, () => write(type, value[name], graph)),
    );
  }
  return json;
}

function readFields(fields: readonly FieldShape[], json: Record<string, unknown>): Record<string, unknown> {
  const value: Record<string, unknown> = {};
  for (const { name, type } of fields) {
    setField(
      value,
      name,
      at(name, () => read(type, present(type, json, name))),
    );
  }
  return value;
}

function present(type: Shape, json: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(json, name) || type.kind === "void") return json[name];
  throw new XdrError("XDR_WRONG_TYPE", `missing (${shapeText(type)})`);
}

function writeTuple(fields: readonly FieldShape[], values: readonly unknown[]): Json {
  checkCount(fields, values);
  return fields.map(({ name, type }, i) => at(name, () => write(type, values[i])));
}

function readTuple(fields: readonly FieldShape[], json: readonly unknown[]): unknown[] {
  checkCount(fields, json);
  return fields.map(({ name, type }, i) => at(name, () => read(type, json[i])));
}

function checkCount(fields: readonly FieldShape[], values: readonly unknown[]): void {
  if (values.length === fields.length) return;
  throw new XdrError("XDR_BAD_LENGTH", `${values.length} arguments, but exactly ${fields.length} are needed`);
}

function writeUnion(shape: UnionShape, value: Record<string, unknown>, graph?: NumberedNodes): Json {
  const { discriminant } = shape;
  const selected = armOf(shape, value[discriminant.name]);
  const json = writeFields(fieldsIn(discriminant, selected.arm), value, graph) as Record<string, Json>;
  if (selected.tagged) json["isDefault"] = true;
  return json;
}

function readUnion(shape: UnionShape, json: unknown): Record<string, unknown> {
  const { discriminant } = shape;
  const fields = fieldsOf(shape, json);
  const number = at(discriminant.name, () =>
    read(discriminant.type, present(discriminant.type, fields, discriminant.name)),
  );
  const selected = armOf(shape, number);
  const tag = { name: "isDefault", type: { kind: "bool" } } as const;
  const parts = fieldsIn(discriminant, selected.arm);
  const value = readFields(parts, knownFields(shape, json, selected.tagged ? [...parts, tag] : parts));
  if (selected.tagged) value["isDefault"] = true;
  return value;
}

function fieldsIn(discriminant: FieldShape, arm: FieldShape | undefined): FieldShape[] {
  return arm === undefined ? [discriminant] : [discriminant, arm];
}

/** The selected arm, and whether `isDefault` tags it. */
export function armOf(
  shape: UnionShape,
  value: unknown,
): { readonly arm: FieldShape | undefined; readonly tagged: boolean } {
  const found = shape.cases.find(({ values }) => values.includes(value as number | boolean));
  if (found !== undefined) return { arm: found.arm, tagged: false };
  if (shape.default === undefined) return badDiscriminant(shape.name, value);
  return { arm: shape.default.arm, tagged: isInteger(shape.discriminant.type) };
}

function fieldsOf(shape: Shape, value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw wrong(shape, value);
  return value as Record<string, unknown>;
}

function knownFields(shape: Shape, json: unknown, known: readonly FieldShape[]): Record<string, unknown> {
  const fields = fieldsOf(shape, json);
  const unknown = Object.keys(fields).find((key) => !known.some(({ name }) => name === key));
  if (unknown === undefined) return fields;
  const names = known.map(({ name }) => name).join(", ");
  throw new XdrError(
    "XDR_WRONG_TYPE",
    `${show(unknown)} is not a field of ${shapeText(shape)} here, which has: ${names}`,
  );
}
