// Types as they are written, and declarators.
import type { Declarator, Enumerator, Expression, Layer, Member, TypeSpec } from "./ast.js";
import { parseAttributes, refusePidl, skipArguments } from "./attributes.js";
import { parseSimpleType } from "./base-types.js";
import type { Cursor } from "./cursor.js";
import { parseExpression } from "./expressions.js";

const taggedWords = new Set(["struct", "union", "enum"]);

/** The deepest nesting of types. */
const maxDepth = 64;

export function parseTypeSpec(cursor: Cursor): TypeSpec {
  while (cursor.take("const"));
  if (taggedWords.has(cursor.token.text)) return parseTagged(cursor);
  if (cursor.is("bitmap") && cursor.next.kind === "word") refusePidl(cursor, cursor.token.span);
  if (cursor.is("pipe") && cursor.next.kind === "word") {
    const { span } = cursor.advance();
    parseTypeSpec(cursor);
    return { kind: "base", name: "pipe", span: cursor.since(span) };
  }
  return parseSimpleType(cursor);
}

function parseTagged(cursor: Cursor): TypeSpec {
  if (cursor.depth >= maxDepth)
    cursor.reports.fail("too-deep", cursor.token.span, "types are nested too deeply: name the inner ones");
  cursor.depth++;
  try {
    const { text: kind, span } = cursor.advance();
    const name = cursor.token.kind === "word" && !cursor.is("switch") ? cursor.advance().text : undefined;
    if (kind === "enum") return { kind, tag: { name, ...parseEnum(cursor) }, span: cursor.since(span) };
    if (kind === "union" && cursor.is("switch")) return parseSwitch(cursor, name, span);
    const members = cursor.take("{") ? parseMembers(cursor) : undefined;
    const tag = { name, ...(members === undefined ? {} : { members }) };
    return { kind: kind as "struct" | "union", tag, span: cursor.since(span) };
  } finally {
    cursor.depth--;
  }
}

function parseEnum(cursor: Cursor): { readonly enumerators?: Enumerator[] } {
  if (!cursor.take("{")) return {};
  const enumerators: Enumerator[] = [];
  while (!cursor.is("}")) {
    const { text: name, span } = cursor.name("the name of a member");
    enumerators.push({ name, value: cursor.take("=") ? parseExpression(cursor) : undefined, span });
    if (!cursor.take(",")) break;
  }
  cursor.expect("}", "after the members of the enum");
  return { enumerators };
}

function parseMembers(cursor: Cursor): Member[] {
  const members: Member[] = [];
  while (!cursor.is("}") && !cursor.isAtEnd) for (const one of parseMember(cursor)) members.push(one);
  cursor.expect("}", "after the last member");
  return members;
}

function parseMember(cursor: Cursor): Member[] {
  const start = cursor.token.span;
  const attributes = parseAttributes(cursor);
  if (cursor.take(";")) return [{ attributes, type: undefined, declarator: undefined, span: cursor.since(start) }];
  const type = parseTypeSpec(cursor);
  if (type.kind !== "name" && type.kind !== "base" && cursor.take(";"))
    return [{ attributes, type, declarator: undefined, span: type.span }];
  const declarators = parseDeclarators(cursor, true);
  cursor.expect(";", "after the field");
  return declarators.map((declarator) => ({ attributes, type, declarator, span: declarator.span }));
}

/** `union switch (long kind) arm { case 1: ... }`. */
function parseSwitch(cursor: Cursor, name: string | undefined, span: TypeSpec["span"]): TypeSpec {
  cursor.advance();
  cursor.expect("(", "after `switch`");
  const type = parseTypeSpec(cursor);
  const discriminant = { type, name: cursor.name("the name of the discriminant").text, arm: "" };
  cursor.expect(")", "after the discriminant");
  if (cursor.token.kind === "word") discriminant.arm = cursor.advance().text;
  cursor.expect("{", "before the cases");
  const members: Member[] = [];
  while (!cursor.is("}") && !cursor.isAtEnd) {
    const cases = parseCases(cursor);
    for (const member of parseMember(cursor)) members.push({ ...member, cases });
  }
  cursor.expect("}", "after the last case");
  return { kind: "union", tag: { name, members, discriminant }, span: cursor.since(span) };
}

function parseCases(cursor: Cursor): (Expression | "default")[] {
  const cases: (Expression | "default")[] = [];
  while (cursor.is("case") || cursor.is("default")) {
    cases.push(cursor.advance().text === "case" ? parseExpression(cursor) : "default");
    cursor.expect(":", "after the case");
  }
  if (cases.length === 0)
    cursor.reports.fail("syntax", cursor.token.span, `expected \`case\`, but found ${cursor.found()}`);
  return cases;
}

/** `areFields`: they may have a number of bits, as in C. */
export function parseDeclarators(cursor: Cursor, areFields = false): Declarator[] {
  const declarators: Declarator[] = [];
  do {
    const declarator = parseDeclarator(cursor);
    if (cursor.is("(")) {
      skipArguments(cursor);
      declarators.push({ ...declarator, noValue: "a function", span: cursor.since(declarator.span) });
      continue;
    }
    if (!areFields || !cursor.take(":")) declarators.push(declarator);
    else {
      parseExpression(cursor);
      declarators.push({ ...declarator, noValue: "a bit field", span: cursor.since(declarator.span) });
    }
  } while (cursor.take(","));
  return declarators;
}

/** The length of an array, `4` or `0..3`; undefined for none, `*` and `0..*`, as C706 writes them. */
function parseLength(cursor: Cursor): Expression | undefined {
  const start = cursor.token.span;
  if (cursor.is("]") || isOpen(cursor)) return undefined;
  const first = parseExpression(cursor);
  if (!cursor.take("..")) return first;
  const span = cursor.since(start);
  if (first.kind !== "number" || first.value !== 0)
    cursor.reports.fail("unsupported", first.span, "an array begins at the element 0", "write its number of elements");
  if (isOpen(cursor)) return undefined;
  const one: Expression = { kind: "number", value: 1, span };
  return { kind: "binary", operator: "+", left: parseExpression(cursor), right: one, span: cursor.since(start) };
}

function isOpen(cursor: Cursor): boolean {
  return cursor.is("*") && cursor.next.text === "]" && cursor.take("*");
}

/** `*name[4]`: the array is the outermost layer. */
export function parseDeclarator(cursor: Cursor, what = "a name"): Declarator {
  const start = cursor.token.span;
  const pointers: Layer[] = [];
  while (cursor.take("*")) {
    pointers.push({ kind: "pointer" });
    while (cursor.take("const"));
  }
  if (cursor.is("(") && cursor.next.text === "*") return parseFunction(cursor);
  const { text: name, span } = cursor.name(what);
  const arrays: Layer[] = [];
  while (cursor.take("[")) {
    arrays.push({ kind: "array", length: parseLength(cursor) });
    cursor.expect("]", "after the length");
  }
  return {
    name,
    layers: [...arrays, ...pointers],
    span: arrays.length + pointers.length > 0 ? cursor.since(start) : span,
  };
}

/** A pointer to a function, which is for C programs: `(*name)(parameters)`. */
function parseFunction(cursor: Cursor): Declarator {
  const start = cursor.advance().span;
  cursor.advance();
  const { text: name } = cursor.name("the name of the function");
  cursor.expect(")", "after the name of the function");
  skipArguments(cursor);
  return { name, layers: [], noValue: "a pointer to a function", span: cursor.since(start) };
}
