// Constants: numbers, bigints beyond what a number holds exactly, and strings.
import type { ConstDefinition } from "../../idl/model.js";
import type { Scope } from "./scope.js";
import { doc, numberText, placeOf } from "./text.js";

export function emitConst(scope: Scope, definition: ConstDefinition): string[] {
  return [
    ...doc(definition.comment, placeOf(definition.span, scope.module)),
    `export ${scope.target === "d.ts" ? "declare " : ""}const ${scope.nameOf(definition)} = ${literal(definition)};`,
  ];
}

function literal({ value, written }: ConstDefinition): string {
  return typeof value === "string" ? JSON.stringify(value) : numberText(value, written);
}
