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
  __int3264: "long",
  "unsigned __int3264": "unsigned long",
  float: "float",
  double: "double",
  void: "void",
  handle_t: "handle_t",
  error_status_t: "unsigned long",
};

/** The words of base types. */
export const typeWords: ReadonlySet<string> = new Set(
  [...Object.keys(baseTypes).join(" ").split(" "), "int", "const", "signed", "volatile"].filter((word) => word !== ""),
);

/** A base type, or the name of a type. */
export function parseSimpleType(cursor: Cursor): TypeSpec {
  const start = cursor.token.span;
  if (!typeWords.has(cursor.token.text)) {
    const { text: name, span } = cursor.name("a type");
    while (cursor.take("const"));
    return { kind: "name", name, span };
  }
  const words: string[] = [];
  while (cursor.token.kind === "word" && typeWords.has(cursor.token.text)) words.push(cursor.advance().text);
  const counted = words.filter((word) => !["int", "const", "signed", "volatile"].includes(word)).sort(unsignedFirst);
  const name = Object.hasOwn(baseTypes, counted.join(" ")) ? baseTypes[counted.join(" ")] : undefined;
  const span = cursor.since(start);
  if (name === undefined) cursor.reports.fail("syntax", span, `\`${words.join(" ")}\` is not a type`);
  return { kind: "base", name, span };
}

function unsignedFirst(a: string, b: string): number {
  return Number(b === "unsigned") - Number(a === "unsigned");
}
