// Attributes: `[in, size_is(n)]`. Each is known by its name, with the form of its argument.
import type { Attribute, Expression, TypeSpec } from "./ast.js";
import { parseSimpleType } from "./base-types.js";
import { type Cursor, didYouMean } from "./cursor.js";
import { parseExpression } from "./expressions.js";
import type { Problem, Reports } from "./reports.js";

type Form = "none" | "optional" | "expressions" | "words" | "type";

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
  ms_union: "none",
  // operations
  idempotent: "none",
  maybe: "none",
  broadcast: "none",
  // without an effect on the wire
  implicit_handle: "words",
  explicit_handle: "none",
  auto_handle: "none",
  code: "none",
  nocode: "none",
  optimize: "words",
  async: "none",
  notify: "none",
  notify_flag: "none",
  annotation: "words",
  allocate: "words",
  disable_consistency_check: "none",
  type_strict_context_handle: "none",
  // of COM, where they say nothing about the wire
  object: "none",
  odl: "none",
  dual: "none",
  oleautomation: "none",
  hidden: "none",
  restricted: "none",
  nonextensible: "none",
  appobject: "none",
  threading: "words",
  helpcontext: "words",
  helpfile: "words",
  async_uuid: "words",
  lcid: "optional",
  defaultvalue: "words",
  id: "words",
  propget: "none",
  propput: "none",
  propputref: "none",
  retval: "none",
  optional: "none",
  range: "expressions",
  handle: "none",
  local: "none",
  public: "none",
  helpstring: "words",
  unaligned: "none",
  strict_context_handle: "none",
  comm_status: "none",
  fault_status: "none",
};

const synonyms: ReadonlyMap<string, string> = new Map([
  ["context_handle_serialize", "context_handle"],
  ["context_handle_noserialize", "context_handle"],
]);

/** Whether an attribute makes an interface one of COM. */
export function isComHead(name: string): boolean {
  return ["object", "odl", "dual", "oleautomation"].includes(name);
}

/** Attributes that only samba's own compiler has, and those that change the representation there. */
const pidl: ReadonlySet<string> = new Set(
  `authservice bitmap8bit bitmap16bit bitmap32bit bitmap64bit charset compression enum8bit enum16bit flag gensize
  headerhelper helper no_srv_register nodiscriminant noejs noprint nopull nopush nopython nosize pyhelper relative
  relative_base relative_short skip sptr subcontext subcontext_size to_null todo value`.split(/\s+/),
);

/** Stops reading the file: the same words mean something else in the language of pidl. */
export function refusePidl(cursor: Cursor, span: Attribute["span"]): never {
  cursor.reports.abandon(
    "unsupported",
    span,
    "this is the language of samba's compiler (pidl), which is another one",
    "use Microsoft's .idl of the interface, an appendix of its specification (MS-SRVS, MS-SAMR, ...)",
  );
}

const unsupported: Readonly<Record<string, string>> = {
  first_is: "only arrays that are sent from their first element are supported: use length_is",
  last_is: "use length_is with the number of elements that are sent",
  min_is: "arrays begin at 0",
  iid_is: "COM interfaces are not supported",
  transmit_as: "declare the type that is sent",
  represent_as: "declare the type that is sent",
  wire_marshal: "declare the type that is sent",
  callback: "calls from the server to the client are not supported",
  ignore: "remove the field: it is sent as a number without a meaning",
  partial_ignore: "declare the pointer as [unique]",
  byte_count: "use size_is with the number of elements",
  v1_array: "version 1.0 of NDR is not supported",
  v1_string: "version 1.0 of NDR is not supported",
  v1_struct: "version 1.0 of NDR is not supported",
  encode: "declare the types alone, and use encodeNdr",
  decode: "declare the types alone, and use decodeNdr",
  pipe: "pipes are not supported: use an array",
};

/** The attributes in front of something; empty if it has none. Several lists may follow each other. */
export function parseAttributes(cursor: Cursor): Attribute[] {
  const found: Attribute[] = [];
  let before: ReadonlySet<string> = new Set();
  while (cursor.take("[")) {
    while (!cursor.is("]")) {
      const one = parseAttribute(cursor);
      // A macro may say again what is written in front of it.
      if (forms[one.name] !== "none" || !before.has(one.name)) found.push(one);
      if (!cursor.take(",")) break;
    }
    cursor.expect("]", "after the attributes");
    before = new Set(found.map(({ name }) => name));
  }
  return found;
}

function parseAttribute(cursor: Cursor): Attribute {
  const { text: written, span } = cursor.name("an attribute");
  const name = synonyms.get(written) ?? written;
  const form = Object.hasOwn(forms, name) ? forms[name] : undefined;
  if (form === undefined) {
    if (pidl.has(name)) refusePidl(cursor, span);
    const hint = Object.hasOwn(unsupported, name) ? unsupported[name] : undefined;
    if (hint !== undefined) {
      skipArguments(cursor);
      const problem = { code: "unsupported", span, message: `the attribute \`${name}\` is not supported`, hint };
      return { name, values: [], words: [], problem, span };
    }
    const known = Object.keys(forms);
    cursor.reports.fail("unknown-attribute", span, `there is no attribute \`${name}\``, didYouMean(name, known));
  }
  let values: (Expression | undefined)[] = [];
  let words: string[] = [];
  let type: TypeSpec | undefined;
  if (form !== "none" && (form !== "optional" || cursor.is("("))) {
    cursor.expect("(", `after \`${name}\``);
    if (form === "expressions") {
      values = parseValues(cursor);
      if (values.every((one) => one === undefined))
        cursor.reports.fail(
          "syntax",
          cursor.token.span,
          `expected an argument of \`${name}\`, but found ${cursor.found()}`,
        );
    } else if (form === "type") type = parseSwitchType(cursor);
    else words = parseWords(cursor);
    cursor.expect(")", `after the argument of \`${name}\``);
  }
  return { name, values, words, ...(type === undefined ? {} : { type }), span: cursor.since(span) };
}

/** The type of a discriminant: `long`, a name, or `enum kind`. */
function parseSwitchType(cursor: Cursor): TypeSpec {
  const start = cursor.token.span;
  if (!cursor.take("enum")) return parseSimpleType(cursor);
  const { text: name } = cursor.name("the name of the enum");
  return { kind: "enum", tag: { name }, span: cursor.since(start) };
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

/** Skips parentheses and what they contain, if there are some. */
export function skipArguments(cursor: Cursor): void {
  if (!cursor.take("(")) return;
  for (let depth = 1; depth > 0 && !cursor.isAtEnd; ) {
    const { text, kind } = cursor.advance();
    if (kind === "mark") depth += Number(text === "(") - Number(text === ")");
  }
}

/** Why an attribute of a list, which changes the representation, cannot be followed. */
export function problemIn(attributes: readonly Attribute[]): Problem | undefined {
  return attributes.find(({ problem }) => problem !== undefined)?.problem;
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
