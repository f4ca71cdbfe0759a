// Attributes: `[in, size_is(n)]`. Each is known by its name, with the form of its argument.
import type { Attribute, Expression, TypeSpec } from "./ast.js";
import { parseSimpleType } from "./base-types.js";
import { type Cursor, didYouMean } from "./cursor.js";
import { parseExpression } from "./expressions.js";
import type { Reports } from "./reports.js";

type Form = "none" | "expressions" | "words" | "type";

const forms: Readonly<Record<string, Form>> = {
  // interfaces
  uuid: "words",
  version: "words",
  endpoint: "words",
  pointer_default: "words",
  // parameters, fields and types
  in: "none",
  out: "none",
  ref: "none",
  unique: "none",
  ptr: "none",
  string: "none",
  size_is: "expressions",
  max_is: "expressions",
  length_is: "expressions",
  switch_is: "expressions",
  switch_type: "type",
  case: "expressions",
  default: "none",
  context_handle: "none",
  v1_enum: "none",
  // operations
  idempotent: "none",
  maybe: "none",
  broadcast: "none",
  // without an effect on the wire
  range: "expressions",
  handle: "none",
  local: "none",
  public: "none",
  helpstring: "words",
  ms_union: "none",
  unaligned: "none",
  strict_context_handle: "none",
  comm_status: "none",
  fault_status: "none",
};

const unsupported: Readonly<Record<string, string>> = {
  first_is: "only arrays that are sent from their first element are supported: use length_is",
  last_is: "use length_is with the number of elements that are sent",
  min_is: "arrays begin at 0",
  object: "COM interfaces are not supported",
  iid_is: "COM interfaces are not supported",
  transmit_as: "declare the type that is sent",
  represent_as: "declare the type that is sent",
  wire_marshal: "declare the type that is sent",
  callback: "calls from the server to the client are not supported",
  pipe: "pipes are not supported: use an array",
};

/** The attributes in front of something; empty if it has none. Several lists may follow each other. */
export function parseAttributes(cursor: Cursor): Attribute[] {
  const found: Attribute[] = [];
  while (cursor.take("[")) {
    while (!cursor.is("]")) {
      found.push(parseAttribute(cursor));
      if (!cursor.take(",")) break;
    }
    cursor.expect("]", "after the attributes");
  }
  return found;
}

function parseAttribute(cursor: Cursor): Attribute {
  const { text: name, span } = cursor.name("an attribute");
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  if (form === undefined) {
    const why = Object.hasOwn(unsupported, name) ? unsupported[name] : undefined;
    if (why !== undefined) cursor.reports.fail("unsupported", span, `the attribute \`${name}\` is not supported`, why);
    const hint = didYouMean(name, Object.keys(forms));
    cursor.reports.fail("unknown-attribute", span, `there is no attribute \`${name}\``, hint);
  }
  let values: (Expression | undefined)[] = [];
  let words: string[] = [];
  let type: TypeSpec | undefined;
  if (form !== "none") {
    cursor.expect("(", `after \`${name}\``);
    if (form === "expressions") {
      values = parseValues(cursor);
      if (values.every((one) => one === undefined))
        cursor.reports.fail(
          "syntax",
          cursor.token.span,
          `expected an argument of \`${name}\`, but found ${cursor.found()}`,
        );
    } else if (form === "type") type = parseSimpleType(cursor);
    else words = parseWords(cursor);
    cursor.expect(")", `after the argument of \`${name}\``);
  }
  return { name, values, words, ...(type === undefined ? {} : { type }), span: cursor.since(span) };
}

function parseValues(cursor: Cursor): (Expression | undefined)[] {
  const values: (Expression | undefined)[] = [];
  do values.push(cursor.is(",") || cursor.is(")") ? undefined : parseExpression(cursor));
  while (cursor.take(","));
  return values;
}

function parseWords(cursor: Cursor): string[] {
  const words: string[] = [];
  let word = "";
  while (!cursor.isAtEnd && !cursor.is(")") && !cursor.is(";")) {
    const { text } = cursor.advance();
    if (text === ",") {
      words.push(word);
      word = "";
    } else word += text;
  }
  return [...words, word];
}

export function attribute(attributes: readonly Attribute[], name: string): Attribute | undefined {
  return attributes.find((one) => one.name === name);
}

/** Attributes of which only one can be meant. */
const choices: readonly (readonly string[])[] = [
  ["ref", "unique", "ptr"],
  ["size_is", "max_is"],
];

/** Reports attributes of one list that are there twice, or contradict each other. */
export function checkTogether(attributes: readonly Attribute[], reports: Reports): void {
  const first = new Map<string, Attribute>();
  for (const one of attributes) {
    if (one.name === "case" || one.name === "helpstring") continue;
    const choice = choices.find((names) => names.includes(one.name))?.[0] ?? one.name;
    const before = first.get(choice);
    if (before === undefined) {
      first.set(choice, one);
      continue;
    }
    if (before.name === one.name)
      reports.error("duplicate-attribute", one.span, `\`${one.name}\` is written twice`, "remove one of them");
    else
      reports.error(
        "contradictory-attributes",
        one.span,
        `\`${one.name}\` contradicts \`${before.name}\``,
        "keep one of them",
      );
  }
}
