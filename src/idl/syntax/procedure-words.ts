// Words that other interface languages write in a procedure: `oneway void F(int)`, `int F(inout data d)`, `int F(int) returns (int)`.

import { type Advice, inserting, removing, replacing } from "../findings/fixes.js";
import { at, type Cursor, fail, peek } from "./cursor.js";
import { statementAround, written } from "./rewrite.js";
import type { Token } from "./tokens.js";

/** Words before the result for which there is an annotation. */
const ANNOTATED = new Set(["idempotent", "oneway", "stream"]);

/** Words before the result that say how a client calls. */
const CALLED = new Set(["async", "deferred"]);

/** Reports the first word of a procedure if it is one of another language. The cursor is after `oneway void`, at a third name. */
export function rejectWordBefore(cursor: Cursor, before: number): void {
  const word = cursor.tokens[before];
  if (word === undefined || peek(cursor).kind !== "name" || cursor.position !== before + 2) return;
  const advice = adviceOn(cursor, word);
  if (advice === undefined) return;
  cursor.position = before;
  fail(cursor, `\`${word.text}\` is not a word of the language`, advice);
}

function adviceOn(cursor: Cursor, { text, span }: Token): Advice | undefined {
  if (CALLED.has(text)) {
    const hint = "remove it: every procedure can be called so, and the client decides";
    return { hint, fixes: [removing(span, `Remove \`${text}\``)] };
  }
  if (!ANNOTATED.has(text)) return undefined;
  const annotation = `/** @${text} */`;
  const { tokens, at: place } = statementAround(cursor.tokens, cursor.position);
  const rest = written(tokens.slice(place - 1));
  const hint = `it is an annotation, in a comment, which rpcgen ignores: \`${annotation} ${rest}\``;
  return { hint, fixes: [replacing(span, annotation, `Write \`${annotation}\``)] };
}

/** Reports `int F(int) returns (int)`. The cursor is after the arguments. */
export function rejectReturns(cursor: Cursor): void {
  if (!at(cursor, "returns")) return;
  fail(cursor, "the result comes before the name of the procedure", { hint: "`int ADD(pair) = 1;`" });
}

/** Reports `in`, `out` and `inout` before an argument. */
export function rejectDirection(cursor: Cursor): void {
  const [word, type, name] = [peek(cursor), peek(cursor, 1), peek(cursor, 2)];
  if (!/^(?:in|out|inout)$/.test(word.text) || type.kind !== "name" || name.kind !== "name") return;
  const message = `\`${word.text}\` is not a word of the language`;
  if (word.text === "in") {
    fail(cursor, message, {
      hint: "remove it: every argument is sent to the server",
      fixes: [removing(word.span, "Remove `in`")],
    });
  }
  if (word.text === "out") {
    fail(cursor, message, { hint: "what the server sends back is the result; for several values it is a struct" });
  }
  const { tokens, at: place } = statementAround(cursor.tokens, cursor.position);
  const [first] = tokens;
  const annotation = `/** @inout ${name.text} */`;
  const edits =
    first === undefined
      ? []
      : [...inserting(first.span, `${annotation} `, "", 0).edits, ...removing(word.span, "").edits];
  const title = `Write \`${annotation}\` before the procedure`;
  const kept = [...tokens.slice(0, place), ...tokens.slice(place + 1)];
  fail(cursor, message, {
    hint: `it is an annotation, in a comment: \`${annotation} ${written(kept)}\`, and the result carries the changed copy`,
    fixes: edits.length === 0 ? [] : [{ title, edits }],
  });
}
