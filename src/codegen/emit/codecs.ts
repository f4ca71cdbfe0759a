// One codec a type: an object with the type's shape, its encoder and its decoder, under the name of the type.
import type { Definition, EnumDefinition, StructDefinition, Type, TypedefDefinition } from "../../idl/model.js";
import { type Body, countsDepth } from "./body.js";
import { decodeFields, decodeValue } from "./decode.js";
import { encodeItems } from "./encode.js";
import { seeThrough } from "./layout.js";
import type { RuntimeValue } from "./runtime-names.js";
import type { Locals, Scope } from "./scope.js";
import { boundText, ShapeWriter, unbounded } from "./shapes.js";
import { doc, indent, type Layout, layOut, member, prefixed, property, propertyName } from "./text.js";

/** The lines of a codec's two functions. */
export interface Functions {
  readonly encode: (body: Body, value: string) => string[];
  readonly decode: (body: Body) => string[];
}

/** A codec object: `export const name: XdrType<type> = { ... };`. */
export function codecObject(
  scope: Scope,
  user: Definition,
  codec: { name: string; type: string; shape: Layout; exported?: boolean },
  functions: Functions,
): string[] {
  const { name, type } = codec;
  return [
    `${codec.exported === false ? "" : "export "}const ${name}: ${scope.useType("XdrType")}<${type}> = {`,
    ...indent([
      ...layOut("", prefixed("shape: ", codec.shape), ",", 1),
      ...encodeFunction(scope, user, type, functions),
      ...decodeFunction(scope, user, type, functions),
    ]),
    "};",
  ];
}

function encodeFunction(scope: Scope, user: Definition, type: string, functions: Functions): string[] {
  const locals = scope.locals();
  const cursor = locals.fresh("out");
  const value = locals.fresh("value");
  const lines = functions.encode({ scope, user, locals, cursor }, value);
  const [outName, valueName] = [cursor, value].map((name) => unusedPrefix(locals, lines, name));
  return [`encode(${outName}: ${scope.useType("XdrWriter")}, ${valueName}: ${type}): void {`, ...indent(lines), "},"];
}

function decodeFunction(scope: Scope, user: Definition, type: string, functions: Functions): string[] {
  const locals = scope.locals();
  const cursor = locals.fresh("from");
  const lines = functions.decode({ scope, user, locals, cursor });
  const fromName = unusedPrefix(locals, lines, cursor);
  return [`decode(${fromName}: ${scope.useType("XdrReader")}): ${type} {`, ...indent(lines), "},"];
}

/** A parameter that nothing reads gets the `_` that compilers and linters expect. */
function unusedPrefix(locals: Locals, lines: readonly string[], name: string): string {
  const word = new RegExp(`(?<![\\w$.])${name.replaceAll("$", "\\$")}(?![\\w$])`);
  return lines.some((line) => word.test(line)) ? name : locals.fresh(`_${name}`);
}

/** Counts depth around an encoder's lines where the type is recursive. */
export function nestEncoder(body: Body, lines: readonly string[]): string[] {
  if (!countsDepth(body.user)) return [...lines];
  return [`${body.cursor}.enter();`, ...lines, `${body.cursor}.leave();`];
}

/** `return expression`, leaving the depth that was entered. */
export function returnDecoded(body: Body, type: string, expression: Layout): string[] {
  if (!countsDepth(body.user)) return layOut("", prefixed("return ", expression), ";", 2);
  const decoded = body.locals.fresh("decoded");
  return [
    ...layOut("", prefixed(`const ${decoded}: ${type} = `, expression), ";", 2),
    `${body.cursor}.leave();`,
    `return ${decoded};`,
  ];
}

export function enterDecoder(body: Body): string[] {
  return countsDepth(body.user) ? [`${body.cursor}.enter();`] : [];
}

export function emitStructCodec(scope: Scope, definition: StructDefinition): string[] {
  if (definition.link !== undefined) return emitListCodecs(scope, definition);
  const name = scope.nameOf(definition);
  const shape = new ShapeWriter(scope, definition).ofDefinition(definition);
  return codecObject(
    scope,
    definition,
    { name, type: name, shape },
    {
      encode: (body, value) => nestEncoder(body, encodeItems(body, itemsOf(definition, value))),
      decode: (body) => {
        const fields = decodeObject(body, definition);
        return [...enterDecoder(body), ...fields.before, ...returnDecoded(body, name, fields.object)];
      },
    },
  );
}

function itemsOf(definition: StructDefinition, value: string): { type: Type; value: string }[] {
  return definition.fields.map((field) => ({ type: field.type, value: member(value, field.name) }));
}

/** Statements and an object literal, one property a line, that decode a struct's fields. */
function decodeObject(body: Body, definition: StructDefinition): { before: string[]; object: Layout } {
  const { before, values } = decodeFields(body, definition.fields);
  const items = definition.fields.map((field, index) => property(field.name, values[index] ?? "undefined"));
  return { before, object: { open: "{", items, close: "}" } };
}

/** A linked list has two codecs: of the struct itself (at least one entry), and of a pointer to it (none is possible). */
function emitListCodecs(scope: Scope, definition: StructDefinition): string[] {
  const name = scope.nameOf(definition);
  const listName = scope.listCodecOf(definition);
  const shapes = new ShapeWriter(scope, definition);
  const own = codecObject(
    scope,
    definition,
    { name, type: `${name}[]`, shape: shapes.ofList(definition, false) },
    {
      encode: (body, value) => nestEncoder(body, encodeOwnList(body, definition, value)),
      decode: (body) => decodeList(body, definition, (head, lines) => ["do {", ...indent(lines), `} while (${head});`]),
    },
  );
  const list = codecObject(
    scope,
    definition,
    { name: listName, type: `${name}[]`, shape: shapes.ofList(definition, true) },
    {
      encode: (body, value) => nestEncoder(body, encodePointedList(body, definition, value)),
      decode: (body) => decodeList(body, definition, (head, lines) => [`while (${head}) {`, ...indent(lines), "}"]),
    },
  );
  return [
    ...doc(`\`${definition.name}\` by itself: the list's first entry and all that follow, so at least one.`),
    ...own,
    "",
    ...doc(`\`${definition.name} *\`: a list of any length.`),
    ...list,
  ];
}

function encodePointedList(body: Body, definition: StructDefinition, value: string): string[] {
  const { locals, cursor } = body;
  const entry = locals.fresh("entry");
  return [
    `for (const ${entry} of ${value}) {`,
    ...indent(encodeItems(body, [{ word: 1 }, ...itemsOf(definition, entry)])),
    "}",
    `${cursor}.writeWord(0);`,
  ];
}

function encodeOwnList(body: Body, definition: StructDefinition, value: string): string[] {
  const { scope, locals, cursor } = body;
  const left = locals.fresh("left");
  const entry = locals.fresh("entry");
  return [
    `let ${left} = ${scope.use("checkEntries")}(${value});`,
    `for (const ${entry} of ${value}) {`,
    ...indent([
      ...encodeItems(body, itemsOf(definition, entry)),
      `${left}--;`,
      `${cursor}.writeWord(${left} > 0 ? 1 : 0);`,
    ]),
    "}",
  ];
}

function decodeList(
  body: Body,
  definition: StructDefinition,
  loop: (head: string, lines: string[]) => string[],
): string[] {
  const { scope, locals, cursor } = body;
  const entries = locals.fresh("entries");
  const fields = decodeObject(body, definition);
  const type = `${scope.nameOf(definition)}[]`;
  const once = [
    `${cursor}.countElements(1);`,
    ...fields.before,
    ...layOut("", prefixed(`${entries}.push(`, fields.object), ");", 3),
  ];
  return [
    ...enterDecoder(body),
    `const ${entries}: ${type} = [];`,
    ...loop(`${cursor}.readBool()`, once),
    ...(countsDepth(body.user) ? [`${cursor}.leave();`] : []),
    `return ${entries};`,
  ];
}

export function emitEnum(scope: Scope, definition: EnumDefinition, comment: readonly string[]): string[] {
  const name = scope.nameOf(definition);
  const check = scope.checkOf(definition);
  const shape = new ShapeWriter(scope, definition).ofDefinition(definition);
  const members = definition.members.flatMap((one) => [
    ...doc(one.comment),
    `${propertyName(one.name)}: ${one.value},`,
  ]);
  return [
    ...comment,
    `export const ${name} = {`,
    ...indent(members),
    "} as const;",
    `export type ${name} = (typeof ${name})[keyof typeof ${name}];`,
    "",
    ...codecObject(
      scope,
      definition,
      { name: scope.codecOf(definition), type: name, shape },
      {
        encode: ({ cursor }, value) => [`${cursor}.writeWord(${check}(${value}));`],
        decode: ({ cursor }) => [`return ${check}(${cursor}.readWord() | 0, ${cursor}.offset - 4);`],
      },
    ),
    "",
    `function ${check}(value: number, offset?: number): ${name} {`,
    "  switch (value) {",
    ...enumCases(definition).map((line) => `    ${line}`),
    "      return value;",
    "    default:",
    `      return ${scope.use("badEnum")}(${JSON.stringify(definition.name)}, value, offset);`,
    "  }",
    "}",
  ];
}

function enumCases(definition: EnumDefinition): string[] {
  const names = new Map<number, string[]>();
  for (const { name, value } of definition.members) names.set(value, [...(names.get(value) ?? []), name]);
  return [...names].map(([value, list]) => `case ${value}: // ${list.join(", ")}`);
}

export function emitTypedefCodec(scope: Scope, definition: TypedefDefinition): string[] {
  const name = scope.nameOf(definition);
  const head = `export const ${name}: ${scope.useType("XdrType")}<${name}> = `;
  const existing = existingCodec(scope, definition.type, definition);
  if (existing !== undefined) return [`${head}${existing};`];
  const shape = new ShapeWriter(scope, definition).ofDefinition(definition);
  return codecObject(scope, definition, { name, type: name, shape }, valueFunctions(definition.type, name));
}

/** The functions of a codec that has no fields of its own: a typedef's, or that of an argument or a result. */
export function valueFunctions(type: Type, typeName: string): Functions {
  return {
    encode: (body, value) => nestEncoder(body, encodeItems(body, [{ type, value }])),
    decode: (body) => {
      const { before, value } = decodeValue(body, type, "decoded");
      return [...enterDecoder(body), ...before, ...returnDecoded(body, typeName, value)];
    },
  };
}

/** The codec that exists for `type` already and is initialised before `user`. */
export function existingCodec(scope: Scope, type: Type, user: Definition): string | undefined {
  if (type.kind === "primitive") return scope.use(primitiveCodecs[type.name]);
  if (type.kind === "string" || type.kind === "opaque") return bytesCodec(scope, type, user);
  if (type.kind === "list" && scope.isBefore(type.element, user)) {
    return type.optional ? scope.listCodecOf(type.element) : scope.codecOf(type.element);
  }
  if (type.kind !== "named") return undefined;
  if (scope.isBefore(type.definition, user)) return scope.codecOf(type.definition);
  const seen = seeThrough(type);
  return seen.kind === "primitive" ? scope.use(primitiveCodecs[seen.name]) : undefined;
}

/** `string(255)`. */
function bytesCodec(scope: Scope, type: Type & { kind: "string" | "opaque" }, user: Definition): string {
  const maker = type.kind === "string" ? "string" : type.fixed ? "fixedOpaque" : "opaque";
  const isUnbounded = maker !== "fixedOpaque" && type.bound.value === unbounded;
  return `${scope.use(maker)}(${isUnbounded ? "" : boundText(scope, type.bound, user)})`;
}

const primitiveCodecs = {
  int: "int",
  "unsigned int": "unsignedInt",
  hyper: "hyper",
  "unsigned hyper": "unsignedHyper",
  float: "float",
  double: "double",
  quadruple: "quadruple",
  bool: "bool",
  void: "voidType",
} as const satisfies Record<string, RuntimeValue>;
