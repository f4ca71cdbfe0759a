// Groups pieces into rows: which pieces share a line, its indentation, and whether an empty line precedes it. Comments
// stay on the line of the token before them, or on their own lines, because that shows what they belong to.
import { mayLead } from "../syntax/lexer-comments.js";
import type { Piece } from "./pieces.js";
import { type Context, type Placed, type Role, roleOf, STATEMENT_START } from "./spacing.js";

export interface Row {
  readonly indent: number;
  readonly pieces: Placed[];
  /** Kept unchanged: a directive or a `%` line. */
  readonly verbatim: boolean;
  blankBefore: boolean;
  /** The body that contains it: rows of different bodies are never aligned. */
  readonly body: number;
  /** True: the row begins or ends a body, or is one part of a statement that spans several rows. */
  partial: boolean;
}

/** A definition or a version, by its rows. */
export interface Statement {
  readonly first: number;
  readonly last: number;
  readonly word: string;
  /** The body that contains it. Statements of the same body are consecutive. */
  readonly body: number;
}

const STEP = 2;
const ONE_LINE_ENUM = 80;

interface Body {
  readonly id: number;
  readonly kind: string;
  /** The indentation of the row that opened it. */
  readonly indent: number;
  /** The enum is on one line. */
  readonly inline: boolean;
  /** The row's index in its statement. */
  readonly first: number;
  readonly word: string;
}

/** The state on which the layout of the next piece depends; conditionals restore an earlier state. */
interface Position {
  readonly bodies: readonly Body[];
  readonly context: Context;
  readonly before: Role | undefined;
  /** First row of the current statement, -1 between statements. */
  readonly first: number;
  readonly word: string;
}

interface RowBuilder {
  readonly pieces: readonly Piece[];
  readonly rows: Row[];
  readonly statements: Statement[];
  readonly conditionals: Position[];
  position: Position;
  open: Row | undefined;
  nextBody: number;
  /** The index of the token below a comment, for all comments above it. */
  tokenBelow: number;
  /** The text of the last piece before this one, comments left out. */
  codeBefore: string;
}

const FILE_BODY: Body = { id: 0, kind: "file", indent: -STEP, inline: false, first: -1, word: "" };

export function rowsOf(pieces: readonly Piece[]): { rows: Row[]; statements: Statement[] } {
  const start: Position = { bodies: [FILE_BODY], context: STATEMENT_START, before: undefined, first: -1, word: "" };
  const state: RowBuilder = {
    pieces,
    rows: [],
    statements: [],
    conditionals: [],
    position: start,
    open: undefined,
    nextBody: 1,
    tokenBelow: 0,
    codeBefore: "",
  };
  for (const [index, piece] of pieces.entries()) {
    if (piece.kind === "line") readLine(state, piece);
    else if (piece.kind === "comment") readComment(state, piece, index);
    else readToken(state, piece, index);
    if (piece.kind !== "comment") state.codeBefore = piece.text;
  }
  return { rows: state.rows, statements: state.statements };
}

function readLine(state: RowBuilder, piece: Piece): void {
  breakRow(state);
  const body = bodyOf(state.position).id;
  state.rows.push({
    indent: 0,
    pieces: [{ piece, role: "other" }],
    verbatim: true,
    blankBefore: piece.lineEnds > 1 && state.rows.length > 0,
    body,
    partial: true,
  });
  const { directive } = piece;
  if (directive.startsWith("if")) state.conditionals.push(state.position);
  else if (directive === "endif") state.conditionals.pop();
  else if (directive === "else" || directive === "elif") state.position = state.conditionals.at(-1) ?? state.position;
}

function bodyOf(position: Position): Body {
  return position.bodies.at(-1) ?? FILE_BODY;
}

/** Ends the open row; in the middle of a statement the rest continues in the next. */
function breakRow(state: RowBuilder): void {
  if (state.open !== undefined && state.position.first >= 0) state.open.partial = true;
  state.open = undefined;
}

function readComment(state: RowBuilder, piece: Piece, index: number): void {
  const last = state.rows.at(-1);
  const beside = piece.lineEnds === 0 && last !== undefined && !last.verbatim && !leads(state, piece, index);
  if (beside) last.pieces.push({ piece, role: "comment" });
  else {
    breakRow(state);
    state.open = newRow(state, piece, indentOfComment(state, index));
    state.open.pieces.push({ piece, role: "comment" });
  }
  // A token follows a comment in its row only if both were on one line, or if the comment cannot become that of the token.
  const lineEnds = (state.pieces[index + 1]?.lineEnds ?? 1) > 0;
  const ends = piece.text.startsWith("//") || (lineEnds && (!beside || mayLead(state.codeBefore, piece.text)));
  if (ends) breakRow(state);
}

/** Whether the compiler reads a comment as that of the next token, which may get a line of its own: then the comment goes with it. */
function leads({ pieces, codeBefore }: RowBuilder, { text }: Piece, index: number): boolean {
  const next = pieces[index + 1];
  if (next === undefined || next.lineEnds > 0 || next.kind === "comment" || next.text === "}") return false;
  return mayLead(codeBefore, text);
}

/** A comment is indented like the token below the comment. */
function indentOfComment(state: RowBuilder, index: number): number {
  if (state.tokenBelow <= index) state.tokenBelow = index + 1;
  while (state.pieces[state.tokenBelow]?.kind === "comment") state.tokenBelow++;
  const token = state.pieces[state.tokenBelow];
  const isLabel = token !== undefined && token.kind === "word" && state.position.first < 0 && isCaseWord(state, token);
  return isLabel ? bodyOf(state.position).indent : indentOf(state);
}

function isCaseWord(state: RowBuilder, piece: Piece): boolean {
  return bodyOf(state.position).kind === "union" && /^(?:case|default)$/.test(piece.text);
}

/** The indentation of a row that begins now. */
function indentOf({ position }: RowBuilder): number {
  const body = bodyOf(position);
  const inside = body.kind === "namespace" ? body.indent : body.indent + STEP;
  return position.first >= 0 ? inside + 2 * STEP : inside;
}

function newRow(state: RowBuilder, piece: Piece, indent: number): Row {
  const last = state.rows.at(-1);
  const opened = last !== undefined && !last.verbatim && codeEnd(last)?.text === "{";
  const afterOpening = opened && bodyOf(state.position).kind !== "namespace";
  const blankBefore = piece.lineEnds > 1 && last !== undefined && !afterOpening && piece.text !== "}";
  const body = bodyOf(state.position).id;
  const row: Row = { indent, pieces: [], verbatim: false, blankBefore, body, partial: state.position.first >= 0 };
  state.rows.push(row);
  return row;
}

/** The last token of a row. */
export function codeEnd(row: Row): Piece | undefined {
  return row.pieces.findLast(({ piece }) => piece.kind !== "comment")?.piece;
}

function readToken(state: RowBuilder, piece: Piece, index: number): void {
  if (piece.text === "}" && piece.kind === "punctuation") {
    closeBody(state, piece, index);
    return;
  }
  const label = state.position.first < 0 && isCaseWord(state, piece);
  state.open ??= rowFor(state, piece) ?? newRow(state, piece, label ? bodyOf(state.position).indent : indentOf(state));
  if (state.position.first < 0) {
    state.position = { ...state.position, first: state.rows.length - 1, word: piece.text };
  }
  place(state, piece, state.pieces[index + 1]);
  if (piece.kind === "punctuation") endAfter(state, piece, index);
  // An unclosed quote would include the rest of the row.
  else if (piece.kind === "string" && !QUOTED.test(piece.text)) breakRow(state);
}

/** The row to continue. `#` and `%` always continue a row: at the beginning of a line they would become directives or `%` lines. */
function rowFor({ rows }: RowBuilder, { kind, text }: Piece): Row | undefined {
  const last = rows.at(-1);
  return kind === "punctuation" && (text === "#" || text === "%") && last?.verbatim === false ? last : undefined;
}

const QUOTED = /^(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')$/;

function place(state: RowBuilder, piece: Piece, next: Piece | undefined): void {
  const { role, context } = roleOf(piece, next, state.position.before, state.position.context);
  state.open?.pieces.push({ piece, role });
  state.position = { ...state.position, context, before: role };
}

/** Whether the row, or the whole statement, ends after this token. */
function endAfter(state: RowBuilder, { text }: Piece, index: number): void {
  const { position } = state;
  const body = bodyOf(position);
  if (text === "{") openBody(state, index);
  else if (position.context.brackets.length > 0 && text !== ";") return;
  else if (text === ";" || (text === "," && body.kind === "enum")) endStatement(state, body.inline);
  else if (text === ":" && position.before === "separator" && isCaseWord(state, { ...EMPTY, text: position.word })) {
    endStatement(state, false);
  }
}

const EMPTY: Piece = { kind: "word", text: "", offset: 0, lineEnds: 0, adjacent: false, directive: "" };

/** @param inline the row continues: members of an enum on one line. */
function endStatement(state: RowBuilder, inline: boolean): void {
  const { position } = state;
  const last = state.rows.length - 1;
  state.statements.push({ first: position.first, last, word: position.word, body: bodyOf(position).id });
  if (!inline) state.open = undefined;
  state.position = {
    ...position,
    context: STATEMENT_START,
    before: inline ? "separator" : undefined,
    first: -1,
    word: "",
  };
}

function openBody(state: RowBuilder, index: number): void {
  const { position, open } = state;
  const kind = bodyKind(open);
  const inline = kind === "enum" && open !== undefined && fitsOneLine(state, index, open);
  const { first, word } = position;
  const body: Body = { id: state.nextBody++, kind, indent: baseIndent(state), inline, first, word };
  const bodies = [...position.bodies, body];
  state.position = { bodies, context: STATEMENT_START, before: "brace", first: -1, word: "" };
  if (inline || state.pieces[index + 1]?.text === "}") return;
  if (open !== undefined) open.partial = true;
  state.open = undefined;
}

/** The indentation of the current statement, for all of its rows. */
function baseIndent({ position }: RowBuilder): number {
  const body = bodyOf(position);
  return body.kind === "namespace" ? body.indent : body.indent + STEP;
}

const BODY_KINDS = /^(?:enum|struct|union|program|version|namespace)$/i;

/** Determined by the keyword of the body; parentheses are ignored. */
function bodyKind(row: Row | undefined): string {
  let depth = 0;
  let kind = "";
  for (const { piece } of row?.pieces ?? []) {
    if (piece.text === "(") depth++;
    else if (piece.text === ")") depth--;
    else if (depth === 0 && piece.kind === "word" && BODY_KINDS.test(piece.text)) kind = piece.text.toLowerCase();
    else if (depth === 0 && piece.text === "switch") return "union";
  }
  return kind;
}

/** An enum stays on one line if it was on one, has no comments, and is short. */
function fitsOneLine(state: RowBuilder, index: number, row: Row): boolean {
  let width = row.indent;
  for (const { piece } of row.pieces) {
    if (piece.text.includes("\n")) return false;
    width += piece.text.length + 1;
  }
  for (let i = index + 1, closed = false; i < state.pieces.length; i++) {
    const { kind, text, lineEnds } = state.pieces[i] ?? EMPTY;
    if (closed && text === ";") return width <= ONE_LINE_ENUM;
    if (kind === "comment" || kind === "line" || width > ONE_LINE_ENUM || (!closed && lineEnds > 0)) return false;
    closed ||= text === "}";
    width += text.length + 1;
  }
  return false;
}

function closeBody(state: RowBuilder, piece: Piece, index: number): void {
  const body = bodyOf(state.position);
  if (state.position.first >= 0 && !body.inline) endStatement(state, false);
  if (state.open !== undefined && codeEnd(state.open) === undefined) breakRow(state);
  const bodies = state.position.bodies.length > 1 ? state.position.bodies.slice(0, -1) : state.position.bodies;
  const { first, word } = body;
  if (state.open === undefined) {
    const indent = Math.max(0, body.indent);
    state.position = { bodies, context: STATEMENT_START, before: undefined, first: -1, word: "" };
    state.open = newRow(state, piece, indent);
    state.open.partial = true;
  }
  state.position = { bodies, context: STATEMENT_START, before: undefined, first: Math.max(0, first), word };
  const next = state.pieces[index + 1];
  place(state, piece, next);
  if (body.kind === "namespace" && next?.text !== ";") endStatement(state, false);
}
