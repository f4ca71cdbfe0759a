// The codec of a union: one switch over the discriminant, in which each case encodes or decodes its arm.
import type { Field, UnionCase, UnionDefinition } from "../../idl/model/model.js";
import { type Body, type Item, inBlock } from "./body.js";
import { codecObject, enterDecoder, inputText, nestEncoder, returnDecoded } from "./codec-object.js";
import { decodeFields, decodeValue } from "./decode.js";
import { encodeItems } from "./encode.js";
import { enumOf } from "./layout.js";
import type { Scope } from "./scope.js";
import { definitionShape } from "./shapes.js";
import { indent, member, object, property } from "./text.js";
import { hasDefaultTag, isDefaultReachable, typeText } from "./types.js";

export function emitUnionCodec(scope: Scope, definition: UnionDefinition): string[] {
  const name = scope.nameOf(definition);
  const shape = definitionShape(scope, definition);
  return codecObject(
    scope,
    definition,
    { name, type: name, input: inputText(scope, { kind: "named", definition }, name), shape },
    {
      encode: (body, value) => nestEncoder(body, encodeUnion(body, definition, value)),
      decode: (body) => [...enterDecoder(body), ...decodeUnion(body, definition)],
    },
  );
}

function encodeUnion(body: Body, definition: UnionDefinition, value: string): string[] {
  const discriminant = member(value, definition.discriminant.name);
  const tagged = hasDefaultTag(definition);
  const lines = [
    `switch (${discriminant}) {`,
    ...definition.cases.flatMap((one) => indent(encodeCase(body, definition, one, value))),
    ...indent(
      tagged || !isDefaultReachable(definition)
        ? refuse(body, definition, value)
        : encodeDefault(body, definition, value),
    ),
    "}",
  ];
  if (!tagged) return lines;
  return [
    `if (${value}.isDefault) {`,
    ...indent(encodeTaggedDefault(body, definition, value)),
    "} else {",
    ...indent(lines),
    "}",
  ];
}

function encodeCase(body: Body, definition: UnionDefinition, one: UnionCase, value: string): string[] {
  const [only] = one.values;
  const word: Item =
    only !== undefined && one.values.length === 1
      ? { word: only.value }
      : { type: definition.discriminant.type, value: member(value, definition.discriminant.name) };
  return caseBlock(caseLabels(definition, one), [
    ...encodeItems(inBlock(body), [word, ...armItem(one.arm, value)]),
    "break;",
  ]);
}

function encodeDefault(body: Body, definition: UnionDefinition, value: string): string[] {
  return caseBlock(["default:"], [...encodeItems(inBlock(body), defaultItems(definition, value)), "break;"]);
}

/** The default arm of an integer union, whose discriminant must have no case of its own. */
function encodeTaggedDefault(body: Body, definition: UnionDefinition, value: string): string[] {
  const items = encodeItems(inBlock(body), defaultItems(definition, value));
  const labels = definition.cases.flatMap((one) => caseLabels(definition, one));
  if (labels.length === 0) return items;
  const discriminant = member(value, definition.discriminant.name);
  const refusal = `${body.scope.use("badDiscriminant")}(${JSON.stringify(`${definition.name} (default)`)}, ${discriminant});`;
  return [`switch (${discriminant}) {`, ...indent([...labels, `  ${refusal}`]), "}", ...items];
}

function defaultItems(definition: UnionDefinition, value: string): Item[] {
  const { type, name } = definition.discriminant;
  return [{ type, value: member(value, name) }, ...armItem(definition.default?.arm, value)];
}

function armItem(arm: Field | undefined, value: string): Item[] {
  return arm === undefined ? [] : [{ type: arm.type, value: member(value, arm.name) }];
}

/** Code for a value without a case. The cast is for the compiler, which knows that a typed caller cannot get here. */
function refuse({ scope }: Body, definition: UnionDefinition, value: string): string[] {
  const whole = scope.target === "ts" ? `(${value} as ${scope.nameOf(definition)})` : value;
  const discriminant = member(whole, definition.discriminant.name);
  return ["default:", `  ${scope.use("badDiscriminant")}(${JSON.stringify(definition.name)}, ${discriminant});`];
}

function decodeUnion(body: Body, definition: UnionDefinition): string[] {
  const { discriminant } = definition;
  const { before, value } = decodeValue(body, discriminant.type, discriminant.name);
  const tag = body.locals.fresh(discriminant.name);
  const isOpen = enumOf(discriminant.type)?.open === true;
  return [
    ...before,
    `const ${tag}${isOpen ? body.scope.annotation(typeText(body.scope, discriminant.type)) : ""} = ${value};`,
    `switch (${tag}) {`,
    ...definition.cases.flatMap((one) =>
      indent(caseBlock(caseLabels(definition, one), decodeArm(inBlock(body), definition, tag, one.arm, []))),
    ),
    ...indent(caseBlock(["default:"], decodeDefault(body, definition, tag))),
    "}",
  ];
}

function decodeDefault(body: Body, definition: UnionDefinition, tag: string): string[] {
  const { scope, cursor } = body;
  if (!isDefaultReachable(definition)) {
    return [
      `return ${scope.use("badDiscriminant")}(${JSON.stringify(definition.name)}, ${tag}, ${cursor}.offset - 4);`,
    ];
  }
  const extra = hasDefaultTag(definition) ? ["isDefault: true"] : [];
  return decodeArm(inBlock(body), definition, tag, definition.default?.arm, extra);
}

function decodeArm(
  body: Body,
  definition: UnionDefinition,
  tag: string,
  arm: Field | undefined,
  extra: string[],
): string[] {
  const fields = arm === undefined ? [] : [arm];
  const { before, values } = decodeFields(body, fields);
  const items = [
    property(definition.discriminant.name, tag),
    ...extra,
    ...fields.map((field, index) => property(field.name, values[index] ?? "undefined")),
  ];
  return [...before, ...returnDecoded(body, body.scope.nameOf(definition), object(items))];
}

function caseLabels(definition: UnionDefinition, one: UnionCase): string[] {
  return one.values.map(({ value, name }) => {
    if (definition.discriminantKind === "bool") return `case ${value !== 0}:`;
    return name === undefined ? `case ${value}:` : `case ${value}: // ${name}`;
  });
}

/** A case and its statements, in braces if they declare locals. */
function caseBlock(labels: readonly string[], lines: readonly string[]): string[] {
  if (!lines.some((line) => /^(const|let) /.test(line))) return [...labels, ...indent(lines)];
  const last = labels.at(-1)?.replace(":", ": {") ?? "";
  return [...labels.slice(0, -1), last, ...indent(lines), "}"];
}
