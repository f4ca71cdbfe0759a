// Enums: the object of the members, the codec, and the switch that refuses all other numbers.
import type { EnumDefinition } from "../../idl/model.js";
import { codecObject } from "./codec-object.js";
import type { Scope } from "./scope.js";
import { ShapeWriter } from "./shapes.js";
import { doc, indent, propertyName } from "./text.js";

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
