// The rule about arrays of char, which C programmers use for text, but which XDR treats as numbers.
import { type Fix, replacing } from "../findings/fixes.js";
import { indexOfPieceAt, type Piece } from "../format/pieces.js";
import type { Type } from "../model/model.js";
import { behindTypedefs, primitiveName } from "../model/typedefs.js";
import { spanBetween } from "../source.js";
import { fieldsOf, type LintContext, type Problem, type Rule } from "./rule.js";

const UNBOUNDED = 0xffff_ffff;

export const charArrayRule: Rule = {
  id: "char-array",
  level: "warn",
  summary: "An array of char, which is not text on the wire.",
  reason:
    "XDR sends each char of an array as a number of four bytes. Use string for text and opaque for bytes: both take a quarter of the space, and every language has a type for them. If the wire format cannot change, the option char=text maps the array to text.",
  *check(context) {
    for (const { owner, field } of fieldsOf(context)) {
      yield* charArray(context, { place: `${owner}.${field.name}`, ...field });
    }
    for (const definition of context.definitions) {
      if (definition.kind === "typedef") yield* charArray(context, { place: definition.name, ...definition });
    }
  },
};

interface Declared {
  /** The name that options use: `TYPE` or `TYPE.FIELD`. */
  readonly place: string;
  readonly name: string;
  readonly type: Type;
  readonly span: Problem["span"];
}

function* charArray(context: LintContext, { place, name, type, span }: Declared): Iterable<Problem> {
  if (type.kind !== "array" || type.text !== undefined) return;
  const element = behindTypedefs(type.element);
  if (element.kind !== "primitive" || !element.char || element.text !== undefined) return;
  const bound = type.bound.name ?? (type.bound.value === UNBOUNDED ? "" : `${type.bound.value}`);
  const isText = element.name === "int";
  const better = isText ? `string ${name}<${bound}>` : `opaque ${name}${type.fixed ? `[${bound}]` : `<${bound}>`}`;
  const declared = `${primitiveName(element)} ${name}${type.fixed ? `[${bound}]` : `<${bound}>`}`;
  const size = type.fixed
    ? `is ${type.bound.value} numbers of 4 bytes each (${type.bound.value * 4} bytes)`
    : "is an array of numbers, 4 bytes each";
  const fixes = fixOf(context, span, better);
  yield {
    span,
    message: `\`${declared}\` ${size}`,
    hint: `for ${isText ? "text" : "bytes"} write \`${better};\`; if the wire format must stay the same, the option \`${place}:char=text\` maps it to text`,
    ...(fixes === undefined ? {} : { fixes }),
  };
}

/** The corrected declaration, in the words of the file. */
function fixOf({ source, pieces }: LintContext, span: Problem["span"], text: string): readonly Fix[] | undefined {
  if (span.expandedFrom !== undefined) return undefined;
  const at = indexOfPieceAt(pieces, span.offset);
  let close = at + 1;
  while (close < pieces.length && !/^[\]>]$/.test((pieces[close] as Piece).text)) close++;
  let first = at - 1;
  if (pieces[first]?.text !== "char") return undefined;
  while (/^(?:unsigned|signed)$/.test(pieces[first - 1]?.text ?? "")) first--;
  const [begin, end] = [pieces[first], pieces[close]];
  if (at < 0 || begin === undefined || end === undefined) return undefined;
  return [replacing(spanBetween(source, begin.offset, end.offset + 1), text)];
}
