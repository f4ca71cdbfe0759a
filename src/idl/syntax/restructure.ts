// Fixes that change several places of a definition: they move a text from before a body to after it, or add a body. All
// read tokens from a position on, and return nothing if the tokens do not fit.
import { type Advice, type Fix, type FixEdit, inserting, removing } from "../findings/fixes.js";
import { spanAcross } from "../source.js";
import { definedBefore, freeName, spanOf, written } from "./rewrite.js";
import type { Token } from "./tokens.js";

/** The parser's position in the tokens. */
interface Cursor {
  readonly tokens: readonly Token[];
  readonly position: number;
  /** The first word of the definition that is read. */
  readonly definition?: Token;
}

const CLOSING: ReadonlyMap<string, string> = new Map([
  ["{", "}"],
  ["(", ")"],
]);

/** Index of the sign that closes the one at `open`; undefined if there is none. */
export function closeOf(tokens: readonly Token[], open: number): number | undefined {
  const sign = tokens[open]?.text ?? "";
  const close = CLOSING.get(sign);
  let depth = 0;
  for (let at = open; close !== undefined && at < tokens.length; at++) {
    const { kind, text } = tokens[at] as Token;
    if (kind !== "punctuation") continue;
    if (text === sign) depth++;
    else if (text === close && --depth === 0) return at;
  }
  return undefined;
}

function indexOf(tokens: readonly Token[], from: number, text: string): number | undefined {
  for (let at = from; at < tokens.length && at < from + MOST; at++) {
    if (tokens[at]?.kind === "punctuation" && tokens[at]?.text === text) return at;
  }
  return undefined;
}

/** The most tokens between a keyword and its body. */
const MOST = 30;

function insertBehind(token: Token, text: string): FixEdit {
  return inserting(token.span, text, "").edits[0] as FixEdit;
}

function insertBefore(token: Token, text: string): FixEdit {
  return inserting(token.span, text, "", 0).edits[0] as FixEdit;
}

/**
 * `version V = 1 { ... };`, `version V 1 { ... };`, `version V(1) { ... };`, `version 1 V { ... };`: the number, whose
 * first token is `first`, is moved after the braces.
 */
export function numberBehindBody({ tokens }: Cursor, first: number): Fix[] {
  const open = indexOf(tokens, first, "{");
  const close = open === undefined ? undefined : closeOf(tokens, open);
  const [start, brace] = [tokens[first], tokens[close ?? -1]];
  if (open === undefined || close === undefined || start === undefined || brace === undefined) return [];
  const isBeforeName = start.kind === "number" && tokens[first + 1]?.kind === "name";
  const end = isBeforeName ? first + 1 : open;
  const last = tokens[end - 1];
  const number = written(tokens.slice(first, end).filter(({ text }) => !/^[=:()]$/.test(text)));
  if (last === undefined || number === "") return [];
  const hasEnd = tokens[close + 1]?.text === ";";
  const removed = removing(spanAcross(start.span, last.span), "").edits;
  const edits = [...removed, insertBehind(brace, ` = ${number}${hasEnd ? "" : ";"}`)];
  return [{ title: "Move the number after the braces", edits }];
}

/** `version 1 { ... } = V;`, `version 1 { ... } V;`: the name that stands where the number belongs, and the change that swaps them. */
export function swappedNumber({ tokens }: Cursor, first: number): { readonly name?: string; readonly fixes: Fix[] } {
  const number = tokens[first];
  const close = tokens[first + 1]?.text === "{" ? closeOf(tokens, first + 1) : undefined;
  const equals = close !== undefined && tokens[close + 1]?.text === "=";
  const name = tokens[(close ?? -2) + (equals ? 2 : 1)];
  if (number === undefined || name?.kind !== "name") return { fixes: [] };
  const edits = [
    { span: number.span, text: name.text },
    { span: name.span, text: equals ? number.text : `= ${number.text}` },
  ];
  return { name: name.text, fixes: [{ title: "Swap name and number", edits }] };
}

/** `struct a ( int x; );` */
export function bracesForParentheses(tokens: readonly Token[], open: number): Fix[] {
  const close = closeOf(tokens, open);
  const [first, last] = [tokens[open], tokens[close ?? -1]];
  if (first === undefined || last === undefined) return [];
  const edits = [
    { span: first.span, text: "{" },
    { span: last.span, text: "}" },
  ];
  return [{ title: "Write braces", edits }];
}

/** `struct point extends base { ... }`: adds a field of the other type. */
export function fieldForHeir(tokens: readonly Token[], word: number): Fix[] {
  const [first, base, open] = tokens.slice(word, word + 3);
  if (first === undefined || base?.kind !== "name" || open?.text !== "{") return [];
  const text = `{ ${base.text} ${base.text}_part;`;
  return [{ title: `Put \`${base.text}\` into a field`, edits: [{ span: spanAcross(first.span, open.span), text }] }];
}

/** `union value { int i; float f; };`: adds a number, and a case for each member. */
export function switchForUnion({ tokens }: Cursor, open: number): Fix[] {
  const close = closeOf(tokens, open);
  if (close === undefined || tokens[open]?.text !== "{") return [];
  const edits: FixEdit[] = [insertBefore(tokens[open] as Token, "switch (int kind) ")];
  for (let at = open + 1, count = 0, depth = 0; at < close; at++) {
    const { text } = tokens[at] as Token;
    const isStart = depth === 0 && /^[{;]$/.test(tokens[at - 1]?.text ?? "") && text !== ";";
    if (isStart) edits.push(insertBefore(tokens[at] as Token, `case ${count++}: `));
    if (text === "{") depth++;
    else if (text === "}") depth--;
  }
  return edits.length < 2 ? [] : [{ title: "Give each member a case of `switch (int kind)`", edits }];
}

/** `case 0: { int value; }`: removes the braces of an arm with one declaration. */
export function armWithoutBraces(tokens: readonly Token[], open: number): Fix[] {
  const close = closeOf(tokens, open);
  if (close === undefined) return [];
  const inside = tokens.slice(open + 1, close);
  const isOne = inside.at(-1)?.text === ";" && inside.filter(({ text }) => text === ";").length === 1;
  if (!isOne) return [];
  const [first, last] = [tokens[open] as Token, tokens[close] as Token];
  const edits = [
    { span: first.span, text: "" },
    { span: last.span, text: "" },
  ];
  return [{ title: "Remove the braces", edits }];
}

/** A name for a version of a program: `ADD_VERS` for `ADD_PROG`. */
export function versionName(program: string): string {
  return `${program.replace(/_?PROG(?:RAM)?$/, "")}_VERS`;
}

/** Procedures in a program without a version around them. `first` is the first of them. */
export function versionAround({ tokens, definition }: Cursor, first: number): Fix[] {
  const program = definition === undefined ? -1 : tokens.indexOf(definition);
  const open = program < 0 ? undefined : indexOf(tokens, program, "{");
  const close = open === undefined ? undefined : closeOf(tokens, open);
  const name = tokens[program + 1]?.text ?? "PROGRAM";
  const members = open === undefined || close === undefined ? [] : tokens.slice(open + 1, close);
  const isPlain = open === first - 1 && !members.some(({ text }) => text === "version" || text === "{");
  if (!isPlain || open === undefined || close === undefined) return [];
  const version = versionName(name);
  const edits = [
    insertBehind(tokens[open] as Token, ` version ${version} {`),
    insertBefore(tokens[close] as Token, "} = 1; "),
  ];
  return [{ title: `Move them into \`version ${version}\``, edits }];
}

/** A procedure outside of all programs, `int ADD(int, int) = 1;` from `first` on: a program around it. */
export function programAround(tokens: readonly Token[], first: number): Fix[] {
  const end = indexOf(tokens, first, ";");
  const [start, last] = [tokens[first], tokens[end ?? -1]];
  const open = indexOf(tokens, first, "(");
  const name = tokens[(open ?? 0) - 1];
  const isProcedure = open !== undefined && end !== undefined && open < end && tokens[end - 2]?.text === "=";
  if (!isProcedure || start === undefined || last === undefined || name?.kind !== "name") return [];
  const program = `${name.text}_PROG`;
  const edits = [
    insertBefore(start, `program ${program} { version ${versionName(program)} { ${name === start ? "void " : ""}`),
    insertBehind(last, " } = 1; } = 0x20000000;"),
  ];
  return [{ title: `Put it into \`program ${program}\``, edits }];
}

/**
 * Replaces the declarations of an arm by one struct: `case 0: { int a; int b; }`, where `first` is the brace, or
 * declarations without braces, the first of which is at `first`.
 */
export function structForArm(cursor: Cursor, first: number): Fix[] {
  const { tokens, definition } = cursor;
  const isBraced = tokens[first]?.text === "{";
  const close = isBraced ? closeOf(tokens, first) : armEnd(tokens, first);
  const fields = close === undefined ? [] : tokens.slice(isBraced ? first + 1 : first, close);
  const place = spanOf(tokens.slice(first, isBraced ? (close ?? first) + 1 : close));
  const isPlain = fields.at(-1)?.text === ";" && !fields.some(({ text }) => /^[{}]$/.test(text));
  const owner = definition === undefined ? undefined : tokens[tokens.indexOf(definition) + 1];
  if (!isPlain || place === undefined || owner?.kind !== "name") return [];
  const name = freeName(cursor, `${owner.text}_arm`);
  return definedBefore(cursor, [`struct ${name} { ${written(fields)} };`], place, `${name} value;`);
}

/** Index of the token that ends an arm without braces: the next case, or the end of the union. */
function armEnd(tokens: readonly Token[], first: number): number | undefined {
  for (let at = first; at < tokens.length && at < first + 2 * MOST; at++) {
    if (/^(?:case|default|\})$/.test(tokens[at]?.text ?? "")) return at;
  }
  return undefined;
}

/** Moves a definition inside a program, from `first` on, before the program. */
export function movedBefore({ tokens, definition }: Cursor, first: number): Fix[] {
  const open = indexOf(tokens, first, "{");
  const end = indexOf(tokens, first, ";");
  const body = open !== undefined && (end === undefined || open < end) ? closeOf(tokens, open) : undefined;
  const last = body === undefined ? end : indexOf(tokens, body, ";");
  const moved = last === undefined ? [] : tokens.slice(first, last + 1);
  const span = spanOf(moved);
  const place = definition?.span;
  if (span === undefined || place === undefined || place.file !== span.file) return [];
  const edits = [...inserting(place, `${written(moved)}\n`, "", 0).edits, { span, text: "" }];
  return [{ title: "Define it before the program", edits }];
}

/**
 * `optional int size`: removes the word, and adds a sign at the name. `before` is put before the name, `behind` after
 * it.
 */
export function signAtName(tokens: readonly Token[], word: Token, before: string, behind: string): Fix[] {
  const start = tokens.indexOf(word);
  const end = indexOf(tokens, start, ";");
  const name = tokens[(end ?? 0) - 1];
  const first = tokens[start + 1];
  if (start < 0 || end === undefined || name?.kind !== "name" || first === undefined || name === first) return [];
  const between = { ...word.span, length: first.span.offset - word.span.offset };
  const edits = [
    { span: between, text: "" },
    { span: { ...name.span }, text: `${before}${name.text}${behind}` },
  ];
  return [
    { title: `Change to \`${written(tokens.slice(start + 1, end - 1))} ${before}${name.text}${behind}\``, edits },
  ];
}

/** A number for a procedure that has none: the next free one of the version. */
export function freeNumber(tokens: readonly Token[], position: number): number {
  let open = position;
  for (let depth = 0; open > 0 && !(tokens[open]?.text === "{" && depth === 0); open--) {
    if (tokens[open]?.text === "}") depth++;
    else if (tokens[open]?.text === "{") depth--;
  }
  const close = closeOf(tokens, open) ?? tokens.length;
  let greatest = 0n;
  for (let at = open; at < close; at++) {
    const [sign, number] = [tokens[at], tokens[at + 1]];
    if (sign?.text === "=" && number?.kind === "number" && number.value > greatest) greatest = number.value;
  }
  return Number(greatest) + 1;
}

/** A typedef whose name, at the cursor, comes before its type; the type begins `ahead` tokens later. */
export function typedefForwards({ tokens, position }: Cursor, ahead: number): Advice {
  const [name, first] = [tokens[position], tokens[position + ahead]];
  const open = indexOf(tokens, position, "{");
  const body = open === undefined ? undefined : closeOf(tokens, open);
  const semicolon = indexOf(tokens, position, ";");
  const isBody = body !== undefined && open !== undefined && (semicolon === undefined || open < semicolon);
  const last = isBody ? body : (semicolon ?? 0) - 1;
  const [end, brace] = [tokens[last], tokens[open ?? -1]];
  if (name === undefined || first === undefined || end === undefined) return { hint: "`typedef int name;`" };
  const type = tokens.slice(position + ahead, isBody ? open : last + 1);
  const length = isBody ? -1 : type.findIndex(({ text }) => /^[<[]$/.test(text));
  const [before, behind] = length < 0 ? [type, []] : [type.slice(0, length), type.slice(length)];
  const words = `${written(before)}${isBody && brace !== undefined ? " { ... }" : ""}`.replace(/ \*$/, " *");
  const isPointer = words.endsWith("*");
  const hint = `\`typedef ${words}${isPointer ? "" : " "}${name.text}${written(behind)};\``;
  const removed = { ...name.span, length: first.span.offset - name.span.offset };
  const place = length < 0 ? end : (before.at(-1) ?? end);
  const edits = [{ span: removed, text: "" }, insertBehind(place, `${isPointer ? "" : " "}${name.text}`)];
  return { hint, fixes: [{ title: "Write the name after the type", edits }] };
}

/** A comma between declarations: `int x, int y;`, `int x, y;`, `char *x, *y;`. */
export function declarationsApart(tokens: readonly Token[], comma: number): Advice {
  const general = { hint: "a declaration has one name and ends with `;`: `int x; int y;`" };
  const [sign, next, after] = [tokens[comma], tokens[comma + 1], tokens[comma + 2]];
  let start = comma;
  while (start > 0 && comma - start < MOST && !/^[;{}:,]$/.test(tokens[start - 1]?.text ?? ";")) start--;
  const type = tokens.slice(start, comma - 1);
  if (sign === undefined || next === undefined || type.length === 0) return general;
  const isDeclared = next.kind === "name" && (after?.kind === "name" || (after?.text === "*" && type.length > 0));
  const words = type.filter(({ text }) => text !== "*");
  const isStar = next.text === "*" && after?.kind === "name";
  const isName = isStar || (next.kind === "name" && /^[;,]$/.test(after?.text ?? ""));
  if (!isDeclared && !(isName && words.every(({ kind }) => kind === "name"))) return general;
  const text = isDeclared ? ";" : `; ${written(words)}`;
  const fixes = [{ title: `Change to \`${text.trim()}\``, edits: [{ span: sign.span, text }] }];
  const second = isDeclared
    ? tokens.slice(comma + 1, comma + 3)
    : [...words, ...tokens.slice(comma + 1, comma + (isStar ? 3 : 2))];
  const isShown = second.at(-1)?.kind === "name" && type.length < 5;
  return isShown
    ? { hint: `one name each: \`${written(tokens.slice(start, comma))}; ${written(second)};\``, fixes }
    : { ...general, fixes };
}

/** `node next*;` to `node *next;`. */
export function starBefore(tokens: readonly Token[], star: number): Fix[] {
  const [name, sign] = [tokens[star - 1], tokens[star]];
  const isType = tokens[star - 3]?.text === "typedef";
  if (name?.kind !== "name" || isType || sign === undefined || tokens[star + 1]?.text !== ";") return [];
  const right = `*${name.text}`;
  return [{ title: `Change to \`${right}\``, edits: [{ span: spanAcross(name.span, sign.span), text: right }] }];
}

/** Rewrites `List<int> numbers` as `int numbers<>`; `open` is the `<`. */
export function listOfType(tokens: readonly Token[], open: number): Fix[] {
  const [word, , ...rest] = tokens.slice(open - 1, open + 8);
  const close = rest.findIndex(({ text }) => text === ">");
  const [type, name] = [rest.slice(0, close), rest[close + 1]];
  if (word === undefined || close < 1 || name?.kind !== "name" || rest[close + 2]?.text !== ";") return [];
  const right = `${written(type)} ${name.text}<>`;
  return [{ title: `Change to \`${right}\``, edits: [{ span: spanAcross(word.span, name.span), text: right }] }];
}

/** Removes `, void` among arguments; `at` is the word. */
export function withoutVoid(tokens: readonly Token[], at: number): Fix[] {
  const [before, word, after] = tokens.slice(at - 1, at + 2);
  if (before === undefined || word === undefined || after === undefined) return [];
  const span = before.text === "," ? spanAcross(before.span, word.span) : spanAcross(word.span, after.span);
  return before.text === "," || after.text === "," ? [removing(span, "Remove `void`")] : [];
}
