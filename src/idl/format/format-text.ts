// The formatter: one style for interface files. It changes only spaces and line breaks.
import { interfaceInText } from "../preprocess/rfc-text.js";
import { alignedLines } from "./lines.js";
import { type Piece, piecesOf } from "./pieces.js";
import { type Row, rowsOf, type Statement } from "./rows.js";

/**
 * Formats an interface file. Keeps every token, comment, directive and `%` line. A text whose brackets are nested more than 200 deep,
 * which does not compile, is returned as it is.
 * @example
 * console.log(JSON.stringify(formatText("const  A=1;"))); // "const A = 1;\n"
 */
export function formatText(text: string): string {
  const mark = text.startsWith("\ufeff") ? "\ufeff" : "";
  const lineEnd = /\r\n|\r|\n/.exec(text)?.[0] ?? "\n";
  const plain = text.slice(mark.length).replace(/\r\n?/g, "\n");
  // Prose within an interface file: its layout is kept.
  if (interfaceInText(plain) !== undefined) return text;
  const pieces = piecesOf(plain);
  if (isTooDeep(pieces)) return text;
  const { rows, statements } = rowsOf(pieces);
  separate(rows, statements);
  const lines = alignedLines(rows);
  const joined = lines.join("\n");
  // An unclosed comment, and a directive that continues to the end of the file, include the line ends after them.
  const body = /[^\n]/.test(pieces.at(-1)?.text ?? "") ? joined.replace(/\n+$/, "") : joined;
  const out = lines.length === 0 ? "" : `${body}\n`;
  if (!saysTheSame(pieces, piecesOf(out))) throw new Error("formatting would change what the file says");
  return mark + (lineEnd === "\n" ? out : out.replaceAll("\n", lineEnd));
}

/** The deepest nesting of brackets that is laid out: each level moves all that it contains to the right. */
const MAX_DEPTH = 200;

function isTooDeep(pieces: readonly Piece[]): boolean {
  let depth = 0;
  for (const { kind, text } of pieces) {
    if (kind !== "punctuation") continue;
    if (text === "{" || text === "(" || text === "[") depth++;
    else if (depth > 0 && (text === "}" || text === ")" || text === "]")) depth--;
    if (depth > MAX_DEPTH) return true;
  }
  return false;
}

/** Puts an empty line between definitions, except between one-line definitions of the same kind. */
function separate(rows: readonly Row[], statements: readonly Statement[]): void {
  const last = new Map<number, Statement>();
  for (const statement of [...statements].sort((a, b) => a.first - b.first)) {
    const before = last.get(statement.body);
    last.set(statement.body, statement);
    if (before === undefined || !needsSpace(before, statement)) continue;
    const gap = rows.slice(before.last + 1, statement.first + 1);
    const [first] = gap;
    if (first !== undefined && gap.every((row) => !row.verbatim && !row.blankBefore)) first.blankBefore = true;
  }
}

const DEFINITIONS = /^(?:const|typedef|enum|struct|union|program|namespace|version)$/i;

function needsSpace(a: Statement, b: Statement): boolean {
  if (!DEFINITIONS.test(a.word) || !DEFINITIONS.test(b.word) || isMember(a) || isMember(b)) return false;
  return a.first !== a.last || b.first !== b.last || a.word !== b.word;
}

/** A nested type of a struct or union is a field, and fields are kept together. */
function isMember({ body, word }: Statement): boolean {
  return body !== 0 && !/^(?:version|const|typedef|program|namespace)$/i.test(word);
}

/** The same pieces in the same order; only the indentation inside comments may differ. */
function saysTheSame(before: readonly Piece[], after: readonly Piece[]): boolean {
  if (before.length !== after.length) return false;
  return before.every((piece, index) => {
    const other = after[index];
    return other !== undefined && piece.kind === other.kind && essence(piece) === essence(other);
  });
}

function essence({ kind, text }: Piece): string {
  // An unclosed comment absorbs the line end that is added to every text.
  const closed = text.replace(/\n+$/, "");
  return kind === "comment" ? closed.replace(/\n[ \t]+\*/g, "\n*") : closed;
}
