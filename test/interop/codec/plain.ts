// A value of ours as the generated C printers print theirs: numbers as decimal strings, bytes and strings as
// hexadecimal, floating point as its bits. Equal texts are equal values.
import type { Field, StructDefinition, Type, TypeDefinition, UnionDefinition } from "lupine/idl";

type Fields = Record<string, unknown>;

/** JSON text of `value`, which is of this type. */
export function plainText(type: TypeDefinition, value: unknown): string {
  return JSON.stringify(definition(type, value));
}

function definition(type: TypeDefinition, value: unknown): unknown {
  switch (type.kind) {
    case "enum":
      return String(value);
    case "struct":
      return type.link === undefined
        ? struct(type, value as Fields)
        : (value as Fields[]).map((each) => struct(type, each));
    case "union":
      return union(type, value as Fields);
    case "typedef":
      return plain(type.type, value);
  }
}

function struct(type: StructDefinition, value: Fields): Fields {
  return Object.fromEntries(type.fields.map((field) => [field.name, plain(field.type, value[field.name])]));
}

function union(type: UnionDefinition, value: Fields): Fields {
  const tag = Number(value[type.discriminant.name]);
  const chosen = type.cases.find((each) => each.values.some((one) => one.value === tag));
  const arm: Field | undefined = chosen === undefined ? type.default?.arm : chosen.arm;
  const result: Fields = { [type.discriminant.name]: plain(type.discriminant.type, value[type.discriminant.name]) };
  if (arm !== undefined) result[arm.name] = plain(arm.type, value[arm.name]);
  return result;
}

function plain(type: Type, value: unknown): unknown {
  switch (type.kind) {
    case "primitive":
      return primitive(type.name, value);
    case "opaque":
      return Buffer.from(value as Uint8Array).toString("hex");
    case "string":
      return Buffer.from(value as string, "utf8").toString("hex");
    case "array":
      return Array.from(value as ArrayLike<unknown>, (each) => plain(type.element, each));
    case "optional":
      return value === null ? null : plain(type.element, value);
    case "list":
      return (value as Fields[]).map((each) => struct(type.element, each));
    case "named":
      return definition(type.definition, value);
  }
}

function primitive(name: string, value: unknown): string {
  if (name === "bool") return value === true ? "1" : "0";
  if (name !== "float" && name !== "double") return String(value);
  const bits = Buffer.alloc(8);
  if (name === "double") bits.writeDoubleBE(value as number);
  else bits.writeFloatBE(value as number);
  return bits.toString("hex", 0, name === "double" ? 8 : 4);
}
