// An .idl file: interfaces, and definitions inside and outside of them. After an error it continues with the next one.
import type { Attribute, Definition, IdlFile, Interface, Member } from "./ast.js";
import { parseAttributes } from "./attributes.js";
import type { Cursor } from "./cursor.js";
import { parseExpression } from "./expressions.js";
import { Stop } from "./reports.js";
import { parseDeclarator, parseDeclarators, parseTypeSpec } from "./types.js";

export function parseFile(cursor: Cursor): IdlFile {
  const definitions: Definition[] = [];
  const interfaces: Interface[] = [];
  while (!cursor.isAtEnd) {
    if (cursor.take(";")) continue;
    recovering(cursor, () => {
      const start = cursor.token.span;
      const attributes = parseAttributes(cursor);
      if (cursor.is("interface")) {
        const found = parseInterface(cursor, attributes, start);
        if (found !== undefined) interfaces.push(found);
      } else definitions.push(...parseDefinition(cursor, attributes));
    });
    if (cursor.is("}")) cursor.advance();
  }
  return { definitions, interfaces };
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

function parseInterface(
  cursor: Cursor,
  attributes: readonly Attribute[],
  start: Interface["span"],
): Interface | undefined {
  cursor.advance();
  const { text: name, span } = cursor.name("the name of the interface");
  if (cursor.take(";")) return undefined;
  if (cursor.is(":")) {
    cursor.reports.fail(
      "unsupported",
      cursor.token.span,
      "interfaces that extend another one are not supported",
      "write all operations, in order",
    );
  }
  cursor.expect("{", "before the definitions of the interface");
  const definitions: Definition[] = [];
  while (!cursor.is("}") && !cursor.isAtEnd) {
    if (cursor.take(";")) continue;
    recovering(cursor, () => definitions.push(...parseDefinition(cursor, parseAttributes(cursor))));
  }
  cursor.expect("}", "after the last definition of the interface");
  return { name, attributes, definitions, span: attributes.length > 0 ? span : start };
}

function parseDefinition(cursor: Cursor, attributes: readonly Attribute[]): Definition[] {
  const start = cursor.token.span;
  if (cursor.is("import")) return [parseImport(cursor)];
  if (cursor.is("cpp_quote")) {
    while (!cursor.isAtEnd && !cursor.take(")")) cursor.advance();
    return [];
  }
  if (cursor.is("const")) return [parseConst(cursor)];
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
  cursor.expect("(", "after the name of the operation");
  const params = parseParams(cursor);
  cursor.expect(";", "after the operation");
  return [{ kind: "operation", attributes, type, declarator, params, doc: undefined, span: declarator.span }];
}

function parseConst(cursor: Cursor): Definition {
  const start = cursor.advance().span;
  parseTypeSpec(cursor);
  const { name } = parseDeclarator(cursor, "the name of the constant");
  cursor.expect("=", "after the name of the constant");
  const value = cursor.token.kind === "string" ? cursor.advance().text : parseExpression(cursor);
  cursor.expect(";", "after the constant");
  return { kind: "const", name, value, span: cursor.since(start) };
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
