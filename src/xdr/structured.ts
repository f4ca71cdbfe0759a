// Types with named parts: enums, structs, unions and tuples (RFC 4506 sections 4.3, 4.14, 4.15). Errors get their path here.
import { XdrError } from "./errors.js";
import { addStep } from "./path.js";
import type { XdrReader } from "./reader.js";
import type { FieldShape, UnionShape } from "./shape.js";
import { shapeText } from "./shape.js";
import { badDiscriminant, badEnum, checkInt, checkObject, missingArm } from "./support.js";
import type { Encodable, XdrType } from "./type.js";
import { isInteger } from "./within.js";
import type { XdrWriter } from "./writer.js";

/** A part by name. */
export interface Field<T = unknown> {
  /** The property's name in TypeScript. */
  readonly name: string;
  /** The codec of its value. */
  readonly type: XdrType<T>;
}

// biome-ignore lint/suspicious/noExplicitAny: what a field encodes does not matter, and is not to be inferred from.
type Fields<T> = { readonly [K in keyof T]: XdrType<T[K], any> };

/**
 * The codec of an enum: numbers on the wire and in TypeScript. With `open`, unknown numbers are accepted in both directions.
 * @example
 * const colour = enumeration("colour", { RED: 0, BLUE: 2 });
 * console.log(decode(colour, encode(colour, 2))); // 2
 */
export function enumeration<const M extends { readonly [name: string]: number }>(
  name: string,
  members: M,
  options: { readonly open?: boolean } = {},
): XdrType<M[keyof M]> {
  return enumerationOf(name, Object.entries(members), options.open ?? false) as XdrType<M[keyof M]>;
}

/** An enum from its members in order. */
export function enumerationOf(
  name: string,
  members: readonly (readonly [name: string, value: number])[],
  open: boolean,
): XdrType<number> {
  const known = new Set(members.map(([, value]) => value));
  return {
    shape: { kind: "enum", name, members, ...(open ? { open } : {}) },
    encode(out, value) {
      if (!open && !known.has(value)) badEnum(name, value);
      checkInt(value);
      const at = out.reserve(4);
      out.view.setInt32(at, value);
    },
    decode(from) {
      const at = from.take(4);
      const value = from.view.getInt32(at);
      if (!open && !known.has(value)) badEnum(name, value, at);
      return value;
    },
  };
}

/**
 * The codec of a struct. Fields are encoded in the order of `fields`.
 * @example
 * const point = struct<{ x: number; y: number }>("point", { x: int, y: int });
 * console.log(encode(point, { x: 1, y: 2 }).length); // 8
 */
export function struct<T extends object>(name: string, fields: Fields<T>): XdrType<T, Encodable<T>> {
  const list = Object.entries(fields).map(([field, type]) => ({
    name: field,
    type: type as unknown as XdrType<unknown>,
  }));
  return structOf(name, list) as unknown as XdrType<T, Encodable<T>>;
}

/** A struct from its fields in order. */
export function structOf(name: string, fields: readonly Field[]): XdrType<Record<string, unknown>> {
  return {
    shape: { kind: "struct", name, fields: fields.map(fieldShape) },
    encode(out, value) {
      checkFields(value, name);
      for (const field of fields) encodeField(out, field, value);
    },
    decode(from) {
      const value: Record<string, unknown> = {};
      for (const field of fields) setField(value, field.name, decodeField(from, field));
      return value;
    },
  };
}

/**
 * The codec of several values, one after another, as an array.
 * @example
 * const place = tuple<[number, number]>([
 *   { name: "x", type: double },
 *   { name: "y", type: double },
 * ]);
 * console.log(decode(place, encode(place, [1, 2]))); // [ 1, 2 ]
 */
export function tuple<T extends readonly unknown[]>(elements: { readonly [I in keyof T]: Field<T[I]> }): XdrType<T> {
  const fields = elements as readonly Field[];
  return {
    shape: { kind: "tuple", elements: fields.map(fieldShape) },
    encode(out, values) {
      if (!Array.isArray(values)) throw new XdrError("XDR_WRONG_TYPE", "the arguments are not an array");
      if (values.length !== fields.length) {
        throw new XdrError("XDR_BAD_LENGTH", `${values.length} arguments, but exactly ${fields.length} are needed`);
      }
      fields.forEach((field, i) => {
        try {
          field.type.encode(out, values[i]);
        } catch (error) {
          throw addStep(error, field.name);
        }
      });
    },
    decode: (from) => fields.map((field) => decodeField(from, field)) as unknown as T,
  };
}

/** The values that select an arm. */
export interface UnionCase {
  /** The values; booleans if the discriminant is a bool. */
  readonly values: readonly (number | boolean)[];
  /** Absent for void. */
  readonly arm?: Field;
}

/** The parts of a union. */
export interface UnionParts {
  /** The field that selects the arm. Its codec is that of an int, unsigned int, bool or enum. */
  readonly discriminant: Field;
  /** The arms. A value that is in none of them takes the default, or is an XdrError if there is none. */
  readonly cases: readonly UnionCase[];
  /** Absent: no default. `arm` absent: `default: void`. */
  readonly default?: { readonly arm?: Field };
}

/**
 * The codec of a union: a flat object with the discriminant and the arm that it selects.
 * @example
 * const answer = union<{ ok: true; value: number } | { ok: false }>("answer", {
 *   discriminant: { name: "ok", type: bool },
 *   cases: [{ values: [true], arm: { name: "value", type: int } }, { values: [false] }],
 * });
 * console.log(encode(answer, { ok: true, value: 7 }).length); // 8
 */
export function union<T extends object>(name: string, parts: UnionParts): XdrType<T, Encodable<T>> {
  const { discriminant, cases } = parts;
  const arms = new Map(cases.flatMap(({ values, arm }) => values.map((value) => [value, arm] as const)));
  const tagsDefault = parts.default !== undefined && isInteger(discriminant.type.shape);
  const select = (value: number | boolean): Field | undefined => {
    if (parts.default !== undefined && !arms.has(value)) return parts.default.arm;
    return arms.get(value);
  };
  const accepts = (value: number | boolean) => parts.default !== undefined || arms.has(value);
  const type: XdrType<Record<string, unknown>> = {
    shape: unionShape(name, parts),
    encode(out, value) {
      checkFields(value, name);
      encodeField(out, discriminant, value);
      const selected = value[discriminant.name] as number | boolean;
      if (!accepts(selected)) throw addStep(refusal(name, selected), discriminant.name);
      if (tagsDefault && Boolean(value["isDefault"]) === arms.has(selected)) {
        throw addStep(refusal(value["isDefault"] ? `${name} (default)` : name, selected), discriminant.name);
      }
      const arm = select(selected);
      if (arm === undefined) return;
      if (value[arm.name] === undefined) missingArm(name, arm.name, selected);
      encodeField(out, arm, value);
    },
    decode(from) {
      const at = from.offset;
      const selected = decodeField(from, discriminant) as number | boolean;
      if (!accepts(selected)) throw addStep(refusal(name, selected, at), discriminant.name);
      const value: Record<string, unknown> = {};
      setField(value, discriminant.name, selected);
      if (tagsDefault && !arms.has(selected)) value["isDefault"] = true;
      const arm = select(selected);
      if (arm !== undefined) setField(value, arm.name, decodeField(from, arm));
      return value;
    },
  };
  return type as unknown as XdrType<T, Encodable<T>>;
}

function refusal(union: string, value: unknown, offset?: number): unknown {
  try {
    return badDiscriminant(union, value, offset);
  } catch (error) {
    return error;
  }
}

function unionShape(name: string, { discriminant, cases, default: fallback }: UnionParts): UnionShape {
  return {
    kind: "union",
    name,
    discriminant: fieldShape(discriminant),
    cases: cases.map(({ values, arm }) => (arm === undefined ? { values } : { values, arm: fieldShape(arm) })),
    ...(fallback === undefined ? {} : { default: fallback.arm === undefined ? {} : { arm: fieldShape(fallback.arm) } }),
  };
}

function fieldShape({ name, type }: Field): FieldShape {
  return { name, type: type.shape };
}

function checkFields(value: unknown, name: string): void {
  checkObject(value);
  if (Array.isArray(value)) throw new XdrError("XDR_WRONG_TYPE", `an array is not a ${name}`);
}

function encodeField(out: XdrWriter, { name, type }: Field, value: Record<string, unknown>): void {
  const part = value[name];
  try {
    if (part === undefined && type.shape.kind !== "void") {
      throw new XdrError("XDR_WRONG_TYPE", `missing (${shapeText(type.shape)})`);
    }
    type.encode(out, part);
  } catch (error) {
    throw addStep(error, name);
  }
}

function decodeField(from: XdrReader, { name, type }: Field): unknown {
  try {
    return type.decode(from);
  } catch (error) {
    throw addStep(error, name);
  }
}

/** Sets a property of the value's own, whatever its name. */
export function setField(value: Record<string, unknown>, name: string, part: unknown): void {
  if (name === "__proto__") {
    Object.defineProperty(value, name, { value: part, writable: true, enumerable: true, configurable: true });
  } else {
    value[name] = part;
  }
}
