// The suffix after the name of a declaration.

import { reportError } from "../findings/diagnostics.js";
import { type Advice, inserting, replacing } from "../findings/fixes.js";
import type { Span } from "../model/model.js";
import { spanAcross } from "../source.js";
import type { Name, TypeSyntax, Value } from "./ast.js";
import { at, type Cursor, peek, previous } from "./cursor.js";
import { rejectNestedLengths } from "./nested-lengths.js";
import { parseBound } from "./parse-lengths.js";
import { typeWords } from "./parse-pointers.js";
import { definedBefore } from "./rewrite.js";

/** The suffix after the name: `[n]`, `<n>`, `<>` or nothing. */
export function parseSuffix(cursor: Cursor, type: TypeSyntax, name: Name): TypeSyntax {
  if (!at(cursor, "[") && !at(cursor, "<")) {
    if (type.kind === "opaque") {
      reportError(cursor.reporter, "invalid-declaration", name.span, `opaque data needs a length`, {
        hint: `write \`opaque ${name.text}[16]\` for exactly 16 bytes, \`opaque ${name.text}<>\` for any number`,
        fixes: ["<>", "[16]"].map((length) => inserting(name.span, length, `Change to \`${name.text}${length}\``)),
      });
    }
    return type;
  }
  const open = peek(cursor);
  if (rejectNestedLengths(cursor, name))
    return {
      kind: "array",
      fixed: false,
      bound: undefined,
      element: type,
      span: spanAcross(open.span, previous(cursor).span),
    };
  const isOpen = type.kind === "optional" && at(cursor, "[") && peek(cursor, 1).text === "]";
  if (isOpen) cursor.position += 2;
  const { fixed, bound } = isOpen ? { fixed: true, bound: undefined } : parseBound(cursor, name);
  const span = spanAcross(open.span, previous(cursor).span);
  if (type.kind === "opaque") return { ...type, fixed, bound };
  if (type.kind === "string") {
    if (fixed) {
      reportError(cursor.reporter, "invalid-declaration", span, "a string has no fixed length", {
        hint: stringHint(name.text, bound),
        fixes: boundText(bound) === undefined ? [] : [replacing(span, `<${boundText(bound)}>`)],
      });
    }
    return { ...type, bound };
  }
  // A pointer to text or bytes is reported already.
  if (type.kind === "optional" && type.element.kind !== "string" && type.element.kind !== "opaque") {
    reportError(cursor.reporter, "typedef-needed", span, "an array of pointers needs a typedef", {
      ...pointersAdvice(cursor, type.span, name, fixed, bound),
    });
  }
  return { kind: "array", fixed, bound, element: type, span };
}

/** `int *values[3]`, `char *names[]` */
function pointersAdvice(cursor: Cursor, start: Span, name: Name, fixed: boolean, bound: Value | undefined): Advice {
  const at_ = cursor.tokens.findLastIndex(
    ({ span }, index) => index < cursor.position && span.offset === name.span.offset,
  );
  const words = typeWords({ ...cursor, position: at_ });
  const length = boundText(bound) ?? "";
  const brackets = fixed && length !== "" ? `[${length}]` : `<${length}>`;
  const place = spanAcross(start, previous(cursor).span);
  if (words === "char") {
    const right = `text ${name.text}${brackets}`;
    return {
      hint: `for any number of strings: \`typedef string text<>;\`, then \`${right};\``,
      fixes: definedBefore(cursor, ["typedef string text<>;"], place, right),
    };
  }
  const pointer = `${words.replaceAll(" ", "_")}_pointer`;
  const right = `${pointer} ${name.text}${brackets}`;
  return {
    hint: `typedef the pointer first: \`typedef ${words} *${pointer};\`, then \`${right};\``,
    fixes: definedBefore(cursor, [`typedef ${words} *${pointer};`], place, right),
  };
}

/** The number or the name between brackets. */
function boundText(bound: Value | undefined): string | undefined {
  return bound?.kind === "number" ? `${bound.value}` : bound?.kind === "name" ? bound.name : undefined;
}

function stringHint(name: string, bound: Value | undefined): string {
  const length = bound?.kind === "number" ? `${bound.value}` : bound?.kind === "name" ? bound.name : "80";
  return `\`string ${name}<${length}>;\` for at most ${length} bytes; for an array of strings \`typedef string text<>;\`, then \`text ${name}[${length}];\``;
}
