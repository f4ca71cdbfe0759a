// The rule about pointers to a number beside a number of elements: C programmers mean an array.
import { replacing } from "../findings/fixes.js";
import { indexOfPieceAt } from "../format/pieces.js";
import type { Field, Type } from "../model/model.js";
import { behindTypedefs, primitiveName } from "../model/typedefs.js";
import { spanBetween } from "../source.js";
import { type LintContext, type Problem, problem, type Rule } from "./rule.js";

export const numberPointerRule: Rule = {
  id: "number-pointer",
  level: "warn",
  summary: "A pointer to a number in a struct that seems to count its elements.",
  reason:
    "In C `int *data` beside `int n` is an array of n numbers. In XDR it is one number that may be missing: the others are not sent. An array of any length carries its own count: `int data<>`.",
  *check(context) {
    for (const definition of context.definitions) {
      if (definition.kind !== "struct" || !definition.fields.some(isCount)) continue;
      for (const field of definition.fields) {
        if (isPointerToNumber(field)) yield numberPointer(context, field);
      }
    }
  },
};

/** Names of numbers of elements: `n`, `rows`, `data_len`, `numValues`. */
const COUNT = /^(?:n|m|dim|num.*|.*(?:count|cnt|len|length|size|rows|cols|columns|total)s?)$/i;

function isCount({ type, name }: Field): boolean {
  const counted = behindTypedefs(type);
  return counted.kind === "primitive" && /int$/.test(counted.name) && COUNT.test(name);
}

function isPointerToNumber({ type }: Field): boolean {
  const target = type.kind === "optional" ? behindTypedefs(type.element) : undefined;
  return target?.kind === "primitive" && !target.char && target.name !== "bool" && target.name !== "void";
}

function numberPointer({ source, pieces }: LintContext, { name, declaredName = name, type, span }: Field): Problem {
  const words = type.kind === "optional" ? wordsOf(type.element) : "int";
  const message = `\`${words} *${declaredName}\` is one number that may be missing, not an array`;
  const hint = `for an array write \`${words} ${declaredName}<>;\`: it carries its own count`;
  const at = indexOfPieceAt(pieces, span.offset);
  const star = pieces[at - 1];
  if (span.expandedFrom !== undefined || star?.text !== "*") return problem(span, message, hint);
  const place = spanBetween(source, star.offset, span.offset + span.length);
  return problem(span, message, hint, [replacing(place, `${declaredName}<>`)]);
}

function wordsOf(type: Type): string {
  if (type.kind === "named") return type.definition.name;
  return type.kind === "primitive" ? primitiveName(type) : "int";
}
