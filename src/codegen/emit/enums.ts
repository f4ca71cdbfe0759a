// Enums: the object of the members, the codec, and the switch that rejects all other numbers.
import type { EnumDefinition } from "../../idl/model/model.js";
import { codecObject, declareCodec } from "./codec-object.js";
import type { Scope } from "./scope.js";
import { definitionShape } from "./shapes.js";
import { doc, indent, numberText, propertyName } from "./text.js";

export function emitEnum(scope: Scope, definition: EnumDefinition, comment: readonly string[]): string[] {
  const name = scope.nameOf(definition);
  if (scope.target === "d.ts") return declareEnum(scope, definition, comment);
  const check = scope.checkOf(definition);
  const shape = definitionShape(scope, definition);
  scope.addFunction(emitCheck(scope, definition));
  const members = definition.members.flatMap((one) => [
    ...doc(one.comment),
    `${propertyName(one.name)}: ${memberText(scope, definition, one)},`,
  ]);
  return [
    ...comment,
    `export const ${name} = {`,
    ...indent(members),
    ...(scope.target === "ts" ? ["} as const;", enumType(scope, definition)] : ["};"]),
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
  ];
}

/** The name of the constant that defines the value, if it is defined earlier in this file; else the value. */
function memberText(
  scope: Scope,
  definition: EnumDefinition,
  { value, written, sameAs }: EnumDefinition["members"][number],
): string {
  const other = sameAs === undefined ? undefined : scope.constants.get(sameAs);
  const isUsable = other?.value === BigInt(value) && scope.isBefore(other, definition);
  return other !== undefined && isUsable ? scope.nameOf(other) : numberText(BigInt(value), written);
}

/** The function that rejects numbers that are not members. */
export function emitCheck(scope: Scope, definition: EnumDefinition): string[] {
  return definition.open ? openCheck(scope, definition) : closedCheck(scope, definition);
}

/** `color`: any of the members' numbers; of an open enum any number, by a cast, so that `switch` still narrows. */
function enumType(scope: Scope, definition: EnumDefinition): string {
  const name = scope.nameOf(definition);
  const unknown = definition.open ? ` | ${scope.useType("UnknownMember")}<${JSON.stringify(definition.name)}>` : "";
  return `export type ${name} = (typeof ${name})[keyof typeof ${name}]${unknown};`;
}

function declareEnum(scope: Scope, definition: EnumDefinition, comment: readonly string[]): string[] {
  const name = scope.nameOf(definition);
  const members = definition.members.flatMap((one) => [
    ...doc(one.comment),
    `readonly ${propertyName(one.name)}: ${numberText(BigInt(one.value), one.written)};`,
  ]);
  return [
    ...comment,
    `export declare const ${name}: {`,
    ...indent(members),
    "};",
    enumType(scope, definition),
    declareCodec(scope, scope.codecOf(definition), name),
  ];
}

function closedCheck(scope: Scope, definition: EnumDefinition): string[] {
  const name = scope.nameOf(definition);
  const offset = scope.target === "ts" ? "offset?: number" : "offset";
  return [
    `function ${scope.checkOf(definition)}(value${scope.annotation("number")}, ${offset})${scope.annotation(name)} {`,
    "  switch (value) {",
    ...enumCases(definition).map((line) => `    ${line}`),
    "      return value;",
    "    default:",
    `      return ${scope.use("badEnum")}(${JSON.stringify(definition.name)}, value, offset);`,
    "  }",
    "}",
  ];
}

/** The check of an open enum. The result is typed as the enum, for decoders, and as a number, for encoders. */
function openCheck(scope: Scope, definition: EnumDefinition): string[] {
  const name = scope.nameOf(definition);
  const head = `function ${scope.checkOf(definition)}`;
  const check = scope.use("checkInt");
  if (scope.target !== "ts") return [`${head}(value) {`, `  return ${check}(value);`, "}"];
  return [
    `${head}(value: number | ${name}, _offset?: number): ${name} & number {`,
    `  return ${check}(value as number) as ${name} & number;`,
    "}",
  ];
}

function enumCases(definition: EnumDefinition): string[] {
  const names = new Map<number, string[]>();
  for (const { name, value } of definition.members) names.set(value, [...(names.get(value) ?? []), name]);
  return [...names].map(([value, list]) => `case ${value}: // ${list.join(", ")}`);
}
