// The codecs of structs, and of the linked lists that some of them are.
import type { StructDefinition, Type } from "../../idl/model/model.js";
import { type Body, countsDepth } from "./body.js";
import { codecObject, enterDecoder, inputText, nestEncoder, returnDecoded } from "./codec-object.js";
import { decodeFields } from "./decode.js";
import { encodeItems } from "./encode.js";
import type { Scope } from "./scope.js";
import { definitionShape, listShape } from "./shapes.js";
import { doc, indent, type Layout, layOut, member, prefixed, property } from "./text.js";

export function emitStructCodec(scope: Scope, definition: StructDefinition): string[] {
  if (definition.link !== undefined) return emitListCodecs(scope, definition);
  const name = scope.nameOf(definition);
  const shape = definitionShape(scope, definition);
  return codecObject(
    scope,
    definition,
    { name, type: name, input: inputText(scope, { kind: "named", definition }, name), shape },
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

/** A linked list has two codecs: for the struct itself (at least one entry), and for a pointer to it (may be empty). */
function emitListCodecs(scope: Scope, definition: StructDefinition): string[] {
  const name = scope.nameOf(definition);
  const listName = scope.listCodecOf(definition);
  const own = codecObject(
    scope,
    definition,
    {
      name,
      type: `${name}[]`,
      input: inputText(scope, { kind: "named", definition }, `${name}[]`),
      shape: listShape(scope, definition, false),
      doc: doc(`\`${definition.name}\` by itself: the list's first entry and all that follow, so at least one.`),
    },
    {
      encode: (body, value) => nestEncoder(body, encodeOwnList(body, definition, value)),
      decode: (body) => decodeList(body, definition, (head, lines) => ["do {", ...indent(lines), `} while (${head});`]),
    },
  );
  const list = codecObject(
    scope,
    definition,
    {
      name: listName,
      type: `${name}[]`,
      input: inputText(scope, { kind: "named", definition }, `${name}[]`),
      shape: listShape(scope, definition, true),
      doc: doc(`\`${definition.name} *\`: a list of any length.`),
    },
    {
      encode: (body, value) => nestEncoder(body, encodePointedList(body, definition, value)),
      decode: (body) => decodeList(body, definition, (head, lines) => [`while (${head}) {`, ...indent(lines), "}"]),
    },
  );
  return [...own, "", ...list];
}

function encodePointedList(body: Body, definition: StructDefinition, value: string): string[] {
  const { scope, locals, cursor } = body;
  const entry = locals.fresh("entry");
  return [
    `${cursor}.checkElements(${scope.use("checkArray")}(${value}));`,
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
    `${cursor}.checkElements(${left});`,
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
    `const ${entries}${scope.annotation(type)} = [];`,
    ...loop(`${cursor}.readBool()`, once),
    ...(countsDepth(body.user) ? [`${cursor}.leave();`] : []),
    `return ${entries};`,
  ];
}
