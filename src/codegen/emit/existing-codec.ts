// Finds an existing codec for a type: the runtime's, or that of a definition.
import type { Definition, PrimitiveType, Type, TypeDefinition } from "../../idl/model/model.js";
import { boundText, unbounded } from "./bounds.js";
import { seeThrough } from "./layout.js";
import { primitiveCode } from "./primitives.js";
import type { RuntimeValue } from "./runtime-value.js";
import type { Scope } from "./scope.js";

/** The function that encodes or decodes a named type or a list: its own if this file has one, else its codec's. */
export function codecFunction(
  scope: Scope,
  type: Type & { kind: "named" | "list" },
  part: "encode" | "decode",
): string {
  const definition = type.kind === "named" ? type.definition : type.element;
  const isPointed = type.kind === "list" && type.optional;
  const codec = isPointed ? scope.listCodecOf(type.element) : scope.codecOf(definition);
  return scope.isForeign(definition) || isGraph(definition) || isAlias(scope, definition)
    ? `${codec}.${part}`
    : scope.partOf(codec, part);
}

/** Whether a definition's codec does more than its functions: it numbers nodes. */
export function isGraph(definition: TypeDefinition): boolean {
  return definition.kind === "struct" && definition.tables !== undefined;
}

/** Whether a definition is another name for a codec, which has the functions. */
function isAlias(scope: Scope, definition: TypeDefinition): boolean {
  return definition.kind === "typedef" && existingCodec(scope, definition.type, definition) !== undefined;
}

/** The existing codec for `type`, if it is initialised before `user`. */
export function existingCodec(scope: Scope, type: Type, user: Definition): string | undefined {
  if (type.kind === "primitive") return isOwn(type) ? undefined : runtimeCodec(scope, type);
  if (type.kind === "string" || type.kind === "opaque") return bytesCodec(scope, type, user);
  if (type.kind === "list" && scope.isBefore(type.element, user)) {
    return type.optional ? scope.listCodecOf(type.element) : scope.codecOf(type.element);
  }
  if (type.kind !== "named") return undefined;
  if (scope.isBefore(type.definition, user)) return scope.codecOf(type.definition);
  const seen = seeThrough(type);
  return seen.kind === "primitive" && !isOwn(seen) ? runtimeCodec(scope, seen) : undefined;
}

function runtimeCodec(scope: Scope, type: PrimitiveType): string {
  const codec = scope.use(primitiveCode(type).codec);
  return type.ref === undefined ? codec : `${codec}(${JSON.stringify(type.ref.name)})`;
}

/** Whether the runtime has no codec for it. */
function isOwn({ strict, text }: PrimitiveType): boolean {
  return strict === true || text !== undefined;
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
