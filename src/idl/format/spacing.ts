// Decides where a space goes between two pieces of one line, by the role of each.
import type { Piece } from "./pieces.js";

/** The role of a token: `<` may open a bound or be half of a shift operator, `*` may be a pointer or a product. */
export type Role =
  | "word"
  | "open"
  | "close"
  | "binary"
  | "unary"
  | "pointer"
  | "separator"
  | "scope"
  | "brace"
  | "comment"
  | "other";

/** The brackets that are open inside one statement, and whether a constant expression is being read. */
export interface Context {
  readonly brackets: readonly { readonly open: string; readonly expression: boolean }[];
  /** True after `=` or `case`. */
  readonly expression: boolean;
}

export const STATEMENT_START: Context = { brackets: [], expression: false };

const CLOSING: Readonly<Record<string, string>> = { ")": "(", "]": "[", ">": "<" };

/** The role of a piece, and the context after it. `before` is the role of the previous token in the statement. */
export function roleOf(
  piece: Piece,
  next: Piece | undefined,
  before: Role | undefined,
  context: Context,
): { role: Role; context: Context } {
  const { text } = piece;
  const top = context.brackets.at(-1);
  const expression = top?.expression ?? context.expression;
  if (piece.kind === "comment") return { role: "comment", context };
  if (piece.kind !== "punctuation") {
    // A sign after `case` belongs to the number.
    const isLabel = text === "case" && top === undefined;
    return isLabel ? { role: "binary", context: { ...context, expression: true } } : { role: "word", context };
  }
  if (text === "(" || text === "[" || (text === "<" && !expression)) {
    const opened = { open: text, expression: text === "(" ? expression : true };
    return { role: "open", context: { ...context, brackets: [...context.brackets, opened] } };
  }
  if (top !== undefined && CLOSING[text] === top.open) {
    return { role: "close", context: { ...context, brackets: context.brackets.slice(0, -1) } };
  }
  return {
    role: markRole(piece, next, before, expression),
    context: text === "=" ? { ...context, expression: true } : context,
  };
}

function markRole(piece: Piece, next: Piece | undefined, before: Role | undefined, expression: boolean): Role {
  switch (piece.text) {
    case "{":
    case "}":
      return "brace";
    case ";":
    case ",":
      return "separator";
    case ":":
      return isScope(piece, next, before) ? "scope" : "separator";
    case ".":
      return "scope";
    case "~":
      return "unary";
    case "*":
      return expression ? "binary" : "pointer";
    case "-":
    case "+":
      return before === "word" || before === "close" ? "binary" : "unary";
    case "=":
    case "/":
    case "%":
    case "&":
    case "|":
    case "^":
    case "<":
    case ">":
      return "binary";
    default:
      return "other";
  }
}

/** `::`, whose colons touch each other. */
function isScope(piece: Piece, next: Piece | undefined, before: Role | undefined): boolean {
  return (next?.text === ":" && next.adjacent) || (before === "scope" && piece.adjacent);
}

/** A piece and its role in a line. */
export interface Placed {
  readonly piece: Piece;
  readonly role: Role;
}

/** Whether there is a space between two pieces of a line. */
export function isSpaced(left: Placed, right: Placed): boolean {
  if (left.role === "other" || right.role === "other" || isShift(left, right) || areColons(left, right)) {
    return !right.piece.adjacent;
  }
  if (right.role === "separator" || right.role === "close" || left.role === "open") return false;
  if (left.role === "scope" || right.role === "scope") return false;
  if (right.role === "comment" || left.role === "comment") return true;
  if (left.role === "unary" || left.role === "pointer") return false;
  if (right.role === "open") return left.piece.text === "switch" || left.role === "binary" || left.role === "separator";
  return true;
}

function isShift(left: Placed, right: Placed): boolean {
  const { text } = right.piece;
  return (
    left.role === "binary" && right.role === "binary" && (text === "<" || text === ">") && left.piece.text === text
  );
}

function areColons(left: Placed, right: Placed): boolean {
  return left.piece.text === ":" && right.piece.text === ":";
}
