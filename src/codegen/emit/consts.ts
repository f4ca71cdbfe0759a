// Constants: numbers, bigints beyond what a number holds exactly, and strings.
import type { ConstDefinition } from "../../idl/model/model.js";
import type { Scope } from "./scope.js";
import { doc, numberText, placeOf } from "./text.js";

export function emitConst(scope: Scope, definition: ConstDefinition): string[] {
  return [
    ...doc(definition.comment, placeOf(definition.span, scope.module)),
    `export ${scope.target === "d.ts" ? "declare " : ""}const ${scope.nameOf(definition)} = ${valueText(scope, definition)};`,
  ];
}

/** The name of the constant that defines its value, if it is defined earlier in this file; else the value. */
function valueText(scope: Scope, definition: ConstDefinition): string {
  const other = definition.sameAs === undefined ? undefined : scope.constants.get(definition.sameAs);
  // A declaration can contain only a literal.
  const isUsable = scope.target !== "d.ts" && other?.value === definition.value && scope.isBefore(other, definition);
  return other !== undefined && isUsable ? scope.nameOf(other) : literal(definition);
}

function literal({ value, written }: ConstDefinition): string {
  return typeof value === "string" ? JSON.stringify(value) : numberText(value, written);
}
