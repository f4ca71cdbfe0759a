// The types that the language has, and names of others.
import type { TypeSpec } from "./ast.js";
import type { Cursor } from "./cursor.js";

/** Base types by their words, without `int`, `const` and `signed`, which change nothing beside another. */
const baseTypes: Readonly<Record<string, string>> = {
  boolean: "boolean",
  byte: "byte",
  char: "char",
  "unsigned char": "unsigned small",
  small: "small",
  "unsigned small": "unsigned small",
  wchar_t: "wchar_t",
  short: "short",
  "unsigned short": "unsigned short",
  "": "long",
  unsigned: "unsigned long",
  long: "long",
  "unsigned long": "unsigned long",
  "long long": "hyper",
  "unsigned long long": "unsigned hyper",
  hyper: "hyper",
  "unsigned hyper": "unsigned hyper",
  __int64: "hyper",
  "unsigned __int64": "unsigned hyper",
  __int8: "small",
  "unsigned __int8": "unsigned small",
  __int16: "short",
  "unsigned __int16": "unsigned short",
  __int32: "long",
  "unsigned __int32": "unsigned long",
  __int3264: "long",
  "unsigned __int3264": "unsigned long",
  float: "float",
  double: "double",
  void: "void",
  handle_t: "handle_t",
  error_status_t: "unsigned long",
  // Every file of DCE's own compiler has them.
  unsigned8: "unsigned small",
  unsigned16: "unsigned short",
  unsigned32: "unsigned long",
  boolean32: "unsigned long",
  signed8: "small",
  signed16: "short",
  signed32: "long",
};

/** The words of base types. */
export const typeWords: ReadonlySet<string> = new Set(
  [...Object.keys(baseTypes).join(" ").split(" "), "int", "const", "signed", "volatile"].filter((word) => word !== ""),
);

/** Names that C does not have. A file may define them itself, as the built-in types that they are. */
export const redefinable: ReadonlySet<string> = new Set(
  "wchar_t error_status_t boolean byte small hyper handle_t unsigned8 unsigned16 unsigned32 boolean32 signed8 signed16 signed32".split(
    " ",
  ),
);

/** Names that headers of C define, with their types: for hints alone. */
const namesOfC: ReadonlyMap<string, string> = new Map(
  Object.entries({
    "unsigned char": "UINT8 UCHAR BYTE uint8 uint8_t u_int8_t",
    char: "CHAR",
    small: "INT8 int8 int8_t",
    short: "INT16 SHORT int16 int16_t",
    "unsigned short": "UINT16 USHORT WORD uint16 uint16_t u_int16_t",
    long: "INT32 INT LONG BOOL NTSTATUS HRESULT int32 int32_t",
    "unsigned long": "UINT32 UINT ULONG DWORD uint32 uint32_t u_int32_t WINERROR",
    hyper: "INT64 LONGLONG LONG64 int64 int64_t",
    "unsigned hyper": "UINT64 ULONGLONG ULONG64 DWORD64 uint64 uint64_t u_int64_t",
    boolean: "BOOLEAN",
    wchar_t: "WCHAR wchar16_t",
  }).flatMap(([type, names]) => names.split(" ").map((name): [string, string] => [name, type])),
);

/** The definition that a name of C's headers needs in an .idl file; undefined for other names. */
export function definitionOfC(name: string): string | undefined {
  const type = namesOfC.get(name);
  return type === undefined ? undefined : `\`typedef ${type} ${name};\``;
}

/** A base type, or the name of a type. */
export function parseSimpleType(cursor: Cursor): TypeSpec {
  const start = cursor.token.span;
  if (!typeWords.has(cursor.token.text)) {
    const { text: name, span } = cursor.name("a type");
    while (cursor.take("const"));
    return { kind: "name", name, span };
  }
  const words: string[] = [];
  while (cursor.token.kind === "word" && typeWords.has(cursor.token.text)) {
    // `typedef unsigned short wchar_t` has a type and a name.
    if (
      words.length > 0 &&
      redefinable.has(cursor.token.text) &&
      baseTypeOf([...words, cursor.token.text]) === undefined
    )
      break;
    words.push(cursor.advance().text);
  }
  const name = baseTypeOf(words);
  const span = cursor.since(start);
  if (name === undefined) cursor.reports.fail("syntax", span, `\`${words.join(" ")}\` is not a type`);
  return { kind: "base", name, span };
}

/** The base type that these words name; undefined if they name no base type. */
export function baseTypeOf(words: readonly string[]): string | undefined {
  const counted = words.filter((word) => !["int", "const", "signed", "volatile"].includes(word)).sort(unsignedFirst);
  const text = counted.join(" ");
  return Object.hasOwn(baseTypes, text) ? baseTypes[text] : undefined;
}

function unsignedFirst(a: string, b: string): number {
  return Number(b === "unsigned") - Number(a === "unsigned");
}
