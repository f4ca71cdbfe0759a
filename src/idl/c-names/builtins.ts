// Names that files use without defining them. A definition in the file takes precedence.
import type { Field, PrimitiveName, PrimitiveType, Span, StructDefinition, Type } from "../model/model.js";

export { BUILTIN_CONSTANTS } from "./well-known.js";

/** C's integers of fewer than 32 bits. */
type NarrowName = "uint8" | "int8" | "unsigned char" | "short" | "unsigned short";

const NARROW: Readonly<Record<NarrowName, Omit<PrimitiveType, "kind">>> = {
  int8: { name: "int", width: 8 },
  uint8: { name: "unsigned int", width: 8 },
  "unsigned char": { name: "unsigned int", width: 8, char: true },
  short: { name: "int", width: 16 },
  "unsigned short": { name: "unsigned int", width: 16 },
};

const PRIMITIVE_ALIASES: Readonly<Record<string, PrimitiveName | NarrowName>> = {
  int8_t: "int8",
  int16_t: "short",
  int32_t: "int",
  uint8_t: "uint8",
  uint16_t: "unsigned short",
  uint32_t: "unsigned int",
  u_int8_t: "uint8",
  u_int16_t: "unsigned short",
  u_int32_t: "unsigned int",
  u_char: "unsigned char",
  u_short: "unsigned short",
  u_int: "unsigned int",
  u_long: "unsigned int",
  int32: "int",
  uint32: "unsigned int",
  int64: "hyper",
  uint64: "unsigned hyper",
  int64_t: "hyper",
  uint64_t: "unsigned hyper",
  u_int64_t: "unsigned hyper",
  longlong_t: "hyper",
  u_longlong_t: "unsigned hyper",
  quad_t: "hyper",
  u_quad_t: "unsigned hyper",
  u_hyper: "unsigned hyper",
  bool_t: "bool",
  boolean_t: "bool",
  enum_t: "int",
  uchar_t: "unsigned char",
  ushort_t: "unsigned short",
  uint_t: "unsigned int",
  ulong_t: "unsigned int",
  uid_t: "unsigned int",
  gid_t: "unsigned int",
  mode_t: "unsigned int",
  pid_t: "int",
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
  ...Object.entries(PRIMITIVE_ALIASES).map(([name, to]): [string, Type] => [name, primitiveCalled(to)]),
  ...OTHER,
]);

function primitiveCalled(name: PrimitiveName | NarrowName): PrimitiveType {
  return name in NARROW
    ? { kind: "primitive", ...NARROW[name as NarrowName] }
    : { kind: "primitive", name: name as PrimitiveName };
}

/** Types that RFCs use under another name than they define: RFC 1813 section 3.3.19 defines FSINFOargs. */
export const ERRATA: ReadonlyMap<string, string> = new Map([["FSINFO3args", "FSINFOargs"]]);

/** Structs of C's headers: an interface that uses one belongs to C code. */
export const C_STRUCTS: ReadonlySet<string> = new Set([
  "dirent",
  "dirent64",
  "in_addr",
  "itimerval",
  "knetconfig",
  "nfsfattr",
  "passwd",
  "rusage",
  "sockaddr",
  "sockaddr_in",
  "stat",
  "statfs",
  "statvfs",
  "timespec",
  "timeval",
  "timezone",
  "tm",
  "utsname",
]);

/** Names of our types in other languages, used only in hints. */
export const FOREIGN_NAMES: ReadonlyMap<string, string> = new Map([
  ["boolean", "bool"],
  ["Boolean", "bool"],
  ["integer", "int"],
  ["number", "double"],
  ["uint", "unsigned int"],
  ["bigint", "hyper"],
  ["String", "string"],
  ["byte", "opaque"],
  ["bytes", "opaque"],
  ["size_t", "unsigned hyper"],
  ["ssize_t", "hyper"],
  ["str", "string"],
  ["text", "string"],
  ["afs_int32", "int"],
  ["afs_uint32", "unsigned int"],
  ["afs_int64", "hyper"],
  ["afs_uint64", "unsigned hyper"],
  ["i8", "char"],
  ["int8", "char"],
  ["u8", "unsigned char"],
  ["uint8", "unsigned char"],
  ["i16", "short"],
  ["int16", "short"],
  ["u16", "unsigned short"],
  ["uint16", "unsigned short"],
  ["i32", "int"],
  ["u32", "unsigned int"],
  ["i64", "hyper"],
  ["u64", "unsigned hyper"],
  ["f32", "float"],
  ["float32", "float"],
  ["f64", "double"],
  ["float64", "double"],
]);

/**
 * A struct that C libraries ship a codec for: `netbuf` is an address and the room it had (RFC 1833 section 2.1),
 * `opaque_auth` is a credential or a verifier (RFC 5531 section 8.2), `authsys_parms` names the caller (appendix A).
 * @param span where the file first refers to it.
 */
export function builtinStruct(name: string, span: Span): StructDefinition | undefined {
  if (!STRUCTS.has(name)) return undefined;
  const members = STRUCTS.get(name) ?? [];
  const fields = members.map(([field, type]): Field => ({ name: field, type, comment: undefined, span }));
  return { kind: "struct", name, comment: undefined, span, fields, link: undefined, recursive: false };
}

const UNSIGNED: Type = { kind: "primitive", name: "unsigned int" };
const upTo = (value: number): { value: number; name: undefined } => ({ value, name: undefined });

const STRUCTS: ReadonlyMap<string, readonly (readonly [string, Type])[]> = new Map([
  [
    "netbuf",
    [
      ["maxlen", UNSIGNED],
      ["buf", { kind: "opaque", fixed: false, bound: upTo(0xffff_ffff) }],
    ],
  ],
  [
    "opaque_auth",
    [
      ["flavor", { kind: "primitive", name: "int" }],
      ["body", { kind: "opaque", fixed: false, bound: upTo(400) }],
    ],
  ],
  [
    "authsys_parms",
    [
      ["stamp", UNSIGNED],
      ["machinename", { kind: "string", bound: upTo(255) }],
      ["uid", UNSIGNED],
      ["gid", UNSIGNED],
      ["gids", { kind: "array", fixed: false, bound: upTo(16), element: UNSIGNED }],
    ],
  ],
]);
