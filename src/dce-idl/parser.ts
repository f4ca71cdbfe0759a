// An .idl file: interfaces, and definitions inside and outside of them. After an error it continues with the next one.

import type { Span } from "../idl/model/model.js";
import type { Attribute, Declarator, Definition, IdlFile, Interface, Member } from "./ast.js";
import { isComHead, parseAttributes } from "./attributes.js";
import type { Cursor } from "./cursor.js";
import { parseExpression } from "./expressions.js";
import { Stop } from "./reports.js";
import { parseDeclarator, parseDeclarators, parseTypeSpec } from "./types.js";

export function parseFile(cursor: Cursor): IdlFile {
  const parts: (Definition | Interface)[] = [];
  const interfaceNames: string[] = [];
  const libraries: Span[] = [];
  while (!cursor.isAtEnd) {
    if (cursor.take(";")) continue;
    recovering(cursor, () => {
      const attributes = parseAttributes(cursor);
      if (cursor.is("interface") || cursor.is("dispinterface")) {
        const found = parseInterface(cursor, attributes, interfaceNames);
        if (found !== undefined) parts.push(found);
      } else if (["library", "coclass", "module"].some((word) => cursor.is(word))) libraries.push(skipLibrary(cursor));
      else parts.push(...parseDefinition(cursor, attributes));
    });
    if (cursor.is("}")) cursor.advance();
  }
  return { parts, libraries, interfaceNames };
}

/** Skips a part of COM in braces. */
function skipLibrary(cursor: Cursor): Span {
  const { span } = cursor.advance();
  while (!cursor.isAtEnd && !cursor.is("{") && !cursor.is(";")) cursor.advance();
  for (let depth = 0; !cursor.isAtEnd; ) {
    if (cursor.is("{")) depth++;
    else if (cursor.is("}")) depth--;
    cursor.advance();
    if (depth === 0) break;
  }
  return span;
}

/** After an error, skips the rest of the definition. */
function recovering(cursor: Cursor, work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    cursor.recover();
  }
}

function parseInterface(cursor: Cursor, attributes: readonly Attribute[], names: string[]): Interface | undefined {
  const start = cursor.advance().span;
  const { text: name, span } = cursor.name("the name of the interface");
  names.push(name);
  if (cursor.take(";")) return undefined;
  let com = attributes.find(({ name: one }) => isComHead(one))?.span;
  if (cursor.take(":")) {
    const base = cursor.name("the name of the interface that it extends").span;
    com ??= base;
  }
  cursor.expect("{", "before the definitions of the interface");
  const definitions: Definition[] = [];
  // Its operations are not read further: their attributes are those of COM.
  const isMuted = cursor.reports.mute(com !== undefined);
  while (!cursor.is("}") && !cursor.isAtEnd) {
    if (cursor.take(";")) continue;
    recovering(cursor, () => definitions.push(...parseDefinition(cursor, parseAttributes(cursor))));
  }
  cursor.reports.mute(isMuted);
  cursor.expect("}", "after the last definition of the interface");
  return { kind: "interface", name, attributes, com, definitions, span: attributes.length > 0 ? span : start };
}

function parseDefinition(cursor: Cursor, attributes: readonly Attribute[]): Definition[] {
  const start = cursor.token.span;
  if (cursor.is("import")) return [parseImport(cursor)];
  if (cursor.is("cpp_quote")) {
    while (!cursor.isAtEnd && !cursor.take(")")) cursor.advance();
    return [];
  }
  if (cursor.is("midl_pragma")) {
    while (!cursor.isAtEnd && !cursor.take(")")) cursor.advance();
    return [];
  }
  while (cursor.is("static") || cursor.is("extern")) cursor.advance();
  if (cursor.take("const")) {
    if (cursor.next.text !== "=") parseTypeSpec(cursor);
    return [parseConst(cursor, parseDeclarator(cursor, "the name of the constant"))];
  }
  if (cursor.take("typedef")) {
    const all = [...attributes, ...parseAttributes(cursor)];
    const type = parseTypeSpec(cursor);
    const declarators = parseDeclarators(cursor);
    cursor.expect(";", "after the typedef");
    return [{ kind: "typedef", attributes: all, type, declarators, span: cursor.since(start) }];
  }
  const type = parseTypeSpec(cursor);
  const isTagged = type.kind !== "name" && type.kind !== "base";
  if (isTagged && cursor.take(";")) return [{ kind: "tagged", attributes, type, span: cursor.since(start) }];
  const declarator = parseDeclarator(cursor, "the name of an operation");
  if (cursor.is("=")) return [parseConst(cursor, declarator)];
  cursor.expect("(", "after the name of the operation");
  const params = parseParams(cursor);
  cursor.expect(";", "after the operation");
  return [{ kind: "operation", attributes, type, declarator, params, doc: undefined, span: declarator.span }];
}

function parseConst(cursor: Cursor, { name, span }: Declarator): Definition {
  cursor.expect("=", "after the name of the constant");
  const value = cursor.token.kind === "string" ? cursor.advance().text : parseExpression(cursor);
  cursor.expect(";", "after the constant");
  return { kind: "const", name, value, span };
}

function parseImport(cursor: Cursor): Definition {
  cursor.advance();
  const files: { name: string; span: Interface["span"] }[] = [];
  do {
    const { kind, text: name, span } = cursor.advance();
    if (kind !== "string") cursor.reports.fail("syntax", span, `expected a file in quotes, but found \`${name}\``);
    files.push({ name, span });
  } while (cursor.take(","));
  cursor.expect(";", "after the import");
  return { kind: "import", files };
}

function parseParams(cursor: Cursor): Member[] {
  if (cursor.take(")")) return [];
  if (cursor.is("void") && cursor.next.text === ")") {
    cursor.advance();
    cursor.advance();
    return [];
  }
  const params: Member[] = [];
  do {
    const start = cursor.token.span;
    const attributes = parseAttributes(cursor);
    const type = parseTypeSpec(cursor);
    const declarator = parseDeclarator(cursor, "the name of a parameter");
    params.push({ attributes, type, declarator, span: cursor.since(start) });
  } while (cursor.take(","));
  cursor.expect(")", "after the parameters");
  return params;
}
