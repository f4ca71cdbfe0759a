// Names that files use without defining them. A definition in the file goes before these.
import type { Field, PrimitiveName, Span, StructDefinition, Type } from "./model.js";

const PRIMITIVE_ALIASES: Readonly<Record<string, PrimitiveName>> = {
  int8_t: "int",
  int16_t: "int",
  int32_t: "int",
  uint8_t: "unsigned int",
  uint16_t: "unsigned int",
  uint32_t: "unsigned int",
  u_int8_t: "unsigned int",
  u_int16_t: "unsigned int",
  u_int32_t: "unsigned int",
  u_char: "unsigned int",
  u_short: "unsigned int",
  u_int: "unsigned int",
  u_long: "unsigned int",
  int64_t: "hyper",
  uint64_t: "unsigned hyper",
  u_int64_t: "unsigned hyper",
  longlong_t: "hyper",
  u_longlong_t: "unsigned hyper",
  quad_t: "hyper",
  u_quad_t: "unsigned hyper",
  u_hyper: "unsigned hyper",
  bool_t: "bool",
  rpcprog_t: "unsigned int",
  rpcvers_t: "unsigned int",
  rpcproc_t: "unsigned int",
  rpcprot_t: "unsigned int",
  rpcport_t: "unsigned int",
};

/** C libraries ship codecs for these: `netobj` holds at most 1024 bytes, `des_block` is a DES key. */
const OTHER: readonly (readonly [string, Type])[] = [
  ["netobj", { kind: "opaque", fixed: false, bound: { value: 1024, name: undefined } }],
  ["utf8string", { kind: "string", bound: { value: 0xffff_ffff, name: undefined } }],
  ["des_block", { kind: "opaque", fixed: true, bound: { value: 8, name: undefined } }],
];

export const BUILTIN_TYPES: ReadonlyMap<string, Type> = new Map<string, Type>([
  ...Object.entries(PRIMITIVE_ALIASES).map(([name, to]): [string, Type] => [name, { kind: "primitive", name: to }]),
  ...OTHER,
]);

/** What other languages call our types: for hints alone. */
export const FOREIGN_NAMES: ReadonlyMap<string, string> = new Map([
  ["boolean", "bool"],
  ["Boolean", "bool"],
  ["integer", "int"],
  ["number", "double"],
  ["int32", "int"],
  ["uint", "unsigned int"],
  ["uint32", "unsigned int"],
  ["int64", "hyper"],
  ["bigint", "hyper"],
  ["uint64", "unsigned hyper"],
  ["String", "string"],
]);

export const BUILTIN_CONSTANTS: ReadonlyMap<string, bigint> = new Map([
  ["TRUE", 1n],
  ["FALSE", 0n],
  // From C's headers: the longest name of a user or host that secure RPC has.
  ["MAXNETNAMELEN", 255n],
]);

/**
 * A struct that C libraries ship a codec for: `netbuf` is an address and the room it had (RFC 1833 section 2.1).
 * @param span where the file first refers to it.
 */
export function builtinStruct(name: string, span: Span): StructDefinition | undefined {
  if (name !== "netbuf") return undefined;
  const field = (fieldName: string, type: Type): Field => ({ name: fieldName, type, comment: undefined, span });
  const fields = [
    field("maxlen", { kind: "primitive", name: "unsigned int" }),
    field("buf", { kind: "opaque", fixed: false, bound: { value: 0xffff_ffff, name: undefined } }),
  ];
  return { kind: "struct", name, comment: undefined, span, fields, link: undefined, recursive: false };
}
