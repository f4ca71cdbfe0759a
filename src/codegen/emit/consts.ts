// Constants: numbers, bigints beyond what a number holds exactly, and strings.
import type { ConstDefinition } from "../../idl/model.js";
import type { Scope } from "./scope.js";
import { doc, placeOf } from "./text.js";

export function emitConst(scope: Scope, definition: ConstDefinition): string[] {
  return [
    ...doc(definition.comment, placeOf(definition.span)),
    `export ${scope.target === "d.ts" ? "declare " : ""}const ${scope.nameOf(definition)} = ${literal(definition.value)};`,
  ];
}

function literal(value: bigint | string): string {
  if (typeof value === "string") return JSON.stringify(value);
  return value >= -(2n ** 53n) && value <= 2n ** 53n ? String(value) : `${value}n`;
}
