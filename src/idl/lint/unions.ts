// The rule about unions that cannot be extended.
import { type Fix, inserting } from "../findings/fixes.js";
import { indexOfPieceAt } from "../format/pieces.js";
import type { Span } from "../model/model.js";
import { spanBetween } from "../source.js";
import { type LintContext, problem, type Rule } from "./rule.js";

export const missingDefaultRule: Rule = {
  id: "missing-default",
  level: "warn",
  summary: "A union on an integer without a default arm.",
  reason:
    "Only the listed values of the integer can be sent, and a peer that sends another one breaks the whole message. Use an enum as discriminant if these are all values, or add `default: void;`.",
  *check(context) {
    for (const definition of context.definitions) {
      if (definition.kind !== "union" || definition.default !== undefined) continue;
      const { name, span, discriminantKind } = definition;
      if (discriminantKind !== "int" && discriminantKind !== "unsigned int") continue;
      const message = `${name} has no arm for other values of its ${discriminantKind}`;
      yield problem(span, message, "add `default: void;`", withDefault(context, span));
    }
  },
};

/** Inserts a default arm before the closing brace of the union whose name is at the given position. */
function withDefault({ pieces, source }: LintContext, { offset }: Span): Fix[] {
  let depth = 0;
  for (let at = indexOfPieceAt(pieces, offset); at >= 0 && at < pieces.length; at++) {
    const piece = pieces[at];
    if (piece?.text === "{") depth++;
    if (piece?.text !== "}" || --depth > 0) continue;
    const before = pieces[at - 1];
    const place = spanBetween(source, piece.offset, piece.offset);
    const text = piece.lineEnds > 0 && before !== undefined ? "  default: void;\n" : "default: void; ";
    return [inserting(place, text, "Add `default: void;`")];
  }
  return [];
}
