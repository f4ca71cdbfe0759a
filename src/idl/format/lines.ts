// Converts rows to lines of text: aligns `= number;` and comments beside members, and breaks long lines.

import { codeEnd, type Row } from "./rows.js";
import { isSpaced, type Placed } from "./spacing.js";

/** The width at which longer lines are broken, at a comma or `|`. */
const WIDTH = 100;
/** Parts whose widths differ by more are not aligned. */
const MOST_PADDING = 40;

interface Layout {
  readonly row: Row;
  /** The tokens before which spaces are inserted, and how many. */
  readonly padding: Map<number, number>;
  /** Index of the `=` to align; -1 if there is none. */
  readonly equals: number;
  readonly comment: number;
  readonly broken: boolean;
}

export function alignedLines(rows: readonly Row[]): string[] {
  const layouts = rows.map(layoutOf);
  align(layouts, (layout) => layout.equals, isNeverBetween);
  align(
    layouts,
    (layout) => layout.comment,
    () => true,
  );
  return layouts.flatMap((layout) => [...(layout.row.blankBefore ? [""] : []), ...linesOf(layout)]);
}

function layoutOf(row: Row): Layout {
  const { pieces } = row;
  const padding = new Map<number, number>();
  if (row.verbatim) return { row, padding, equals: -1, comment: -1, broken: false };
  const last = pieces.findLastIndex(({ piece }) => piece.kind !== "comment");
  const broken = row.indent + widthTo({ row, padding }, last + 1) > WIDTH;
  const equals = row.partial || broken ? -1 : pieces.findIndex(({ piece }) => piece.text === "=");
  const comment = last >= 0 && last < pieces.length - 1 && !row.partial && !broken ? last + 1 : -1;
  return { row, padding, equals, comment, broken };
}

/** Rows between two aligned rows that end the alignment: all except comments. */
function isNeverBetween({ row, equals }: Layout): boolean {
  return row.verbatim || (equals < 0 && codeEnd(row) !== undefined && row.partial);
}

/** Aligns the pieces that `find` selects in one column, for rows without an empty line between them. */
function align(
  layouts: readonly Layout[],
  find: (layout: Layout) => number,
  isBetween: (layout: Layout) => boolean,
): void {
  let group: Layout[] = [];
  const finish = (): void => {
    const widths = group.map((layout) => widthTo(layout, find(layout)));
    // No arguments of Math.max: a struct may have more fields than a call has arguments.
    const widest = widths.reduce((most, one) => Math.max(most, one), 0);
    if (widths.every((width) => widest - width <= MOST_PADDING)) {
      for (const [i, layout] of group.entries()) {
        const blanks = widest - (widths[i] ?? 0);
        if (blanks > 0) layout.padding.set(find(layout), blanks);
      }
    }
    group = [];
  };
  for (const layout of layouts) {
    const found = find(layout) >= 0;
    const apart = layout.row.blankBefore || (found ? group[0]?.row.body !== layout.row.body : isBetween(layout));
    if (apart && group.length > 0) finish();
    if (found) group.push(layout);
  }
  if (group.length > 0) finish();
}

/** The width of the pieces before `index`, without the indentation. */
function widthTo(layout: Pick<Layout, "row" | "padding">, index: number): number {
  return textOf(layout, 0, index, layout.row.indent).length;
}

/** Pieces `from` up to `to` as text, with the spaces between them. */
function textOf({ row, padding }: Pick<Layout, "row" | "padding">, from: number, to: number, indent: number): string {
  let text = "";
  let column = indent;
  for (let i = from; i < to; i++) {
    const placed = row.pieces[i] as Placed;
    const before = row.pieces[i - 1];
    const space = i > from && before !== undefined && isSpaced(before, placed) ? " " : "";
    const gap = space + " ".repeat(padding.get(i) ?? 0);
    const own = placed.role === "comment" ? commentText(placed.piece.text, column + gap.length) : placed.piece.text;
    text += gap + own;
    // Of a comment of several lines, the last one counts.
    const end = own.lastIndexOf("\n");
    column = end === -1 ? column + gap.length + own.length : own.length - end - 1;
  }
  return text;
}

/** The farthest column in which stars are aligned: comments behind each other would move each other ever farther. */
const MOST_COLUMN = 500;

/** Lines that begin with a star are aligned with the comment's first star; others are not moved. */
function commentText(text: string, column: number): string {
  if (column > MOST_COLUMN) return text;
  const [first = "", ...rest] = text.split("\n");
  if (!rest.every((line) => /^[ \t]*\*/.test(line))) return text;
  return [first, ...rest.map((line) => " ".repeat(column + 1) + line.trimStart())].join("\n");
}

function linesOf(layout: Layout): string[] {
  const { row, broken } = layout;
  const margin = " ".repeat(row.verbatim ? 0 : row.indent);
  const { length } = row.pieces;
  if (!broken) return [margin + textOf(layout, 0, length, row.indent)];
  const lines: string[] = [];
  let from = 0;
  let indent = row.indent;
  for (let at = 1, end = 0; at <= length; at++) {
    if (at < length && !isBreak(row, at)) continue;
    if (end > from && indent + textOf(layout, from, at, indent).length > WIDTH) {
      lines.push(" ".repeat(indent) + textOf(layout, from, end, indent));
      from = end;
      indent = row.indent + 4;
    }
    end = at;
  }
  lines.push(" ".repeat(indent) + textOf(layout, from, length, indent));
  return lines;
}

/** Whether a line may end before this piece. A comment never leaves the line of the token before it. */
function isBreak({ pieces }: Row, index: number): boolean {
  const before = pieces[index - 1];
  const here = pieces[index];
  if (here === undefined || before === undefined || here.role === "comment" || before.role === "comment") return false;
  return before.piece.text === "," || before.piece.text === "|";
}
