// The codecs of typedefs, and of types without a name: one that exists already where there is one.
import type { Definition, Type, TypedefDefinition } from "../../idl/model.js";
import {
  codecAnnotation,
  codecObject,
  declareCodec,
  enterDecoder,
  type Functions,
  nestEncoder,
  returnDecoded,
} from "./codec-object.js";
import { decodeValue } from "./decode.js";
import { encodeItems } from "./encode.js";
import { seeThrough } from "./layout.js";
import type { RuntimeValue } from "./runtime-names.js";
import type { Scope } from "./scope.js";
import { boundText, ShapeWriter, unbounded } from "./shapes.js";

export function emitTypedefCodec(scope: Scope, definition: TypedefDefinition): string[] {
  const name = scope.nameOf(definition);
  if (scope.target === "d.ts") return [declareCodec(scope, name, name)];
  const head = `export const ${name}${codecAnnotation(scope, name)} = `;
  const existing = existingCodec(scope, definition.type, definition);
  if (existing !== undefined) return [`${head}${existing};`];
  const shape = new ShapeWriter(scope, definition).ofDefinition(definition);
  return codecObject(scope, definition, { name, type: name, shape }, valueFunctions(definition.type, name));
}

/** The functions of a codec that has no fields of its own: a typedef's, or that of an argument or a result. */
export function valueFunctions(type: Type, typeName: string): Functions {
  return {
    encode: (body, value) => nestEncoder(body, encodeItems(body, [{ type, value }])),
    decode: (body) => {
      const { before, value } = decodeValue(body, type, "decoded");
      return [...enterDecoder(body), ...before, ...returnDecoded(body, typeName, value)];
    },
  };
}

/** The codec that exists for `type` already and is initialised before `user`. */
export function existingCodec(scope: Scope, type: Type, user: Definition): string | undefined {
  if (type.kind === "primitive") return scope.use(primitiveCodec(type));
  if (type.kind === "string" || type.kind === "opaque") return bytesCodec(scope, type, user);
  if (type.kind === "list" && scope.isBefore(type.element, user)) {
    return type.optional ? scope.listCodecOf(type.element) : scope.codecOf(type.element);
  }
  if (type.kind !== "named") return undefined;
  if (scope.isBefore(type.definition, user)) return scope.codecOf(type.definition);
  const seen = seeThrough(type);
  return seen.kind === "primitive" ? scope.use(primitiveCodec(seen)) : undefined;
}

/** `string(255)`. */
function bytesCodec(scope: Scope, type: Type & { kind: "string" | "opaque" }, user: Definition): string {
  const maker = type.kind === "string" ? stringCodecs[type.as ?? "utf8"] : opaqueCodec(type);
  const isUnbounded = !(type.kind === "opaque" && type.fixed) && type.bound.value === unbounded;
  return `${scope.use(maker)}(${isUnbounded ? "" : boundText(scope, type.bound, user)})`;
}

const stringCodecs = { utf8: "string", bytes: "byteString", latin1: "latin1String" } as const;

function opaqueCodec({ fixed, borrowed }: Type & { kind: "opaque" }): RuntimeValue {
  if (borrowed) return fixed ? "borrowedFixedOpaque" : "borrowedOpaque";
  return fixed ? "fixedOpaque" : "opaque";
}

function primitiveCodec({ name, as }: Type & { kind: "primitive" }): RuntimeValue {
  if (as === undefined) return primitiveCodecs[name];
  return name === "unsigned hyper" ? "unsignedHyperNumber" : "hyperNumber";
}

const primitiveCodecs = {
  int: "int",
  "unsigned int": "unsignedInt",
  hyper: "hyper",
  "unsigned hyper": "unsignedHyper",
  float: "float",
  double: "double",
  quadruple: "quadruple",
  bool: "bool",
  void: "voidType",
} as const satisfies Record<string, RuntimeValue>;
