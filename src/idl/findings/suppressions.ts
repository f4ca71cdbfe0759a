// Comments that silence warnings and lint rules: `/* lupine-ignore CODE[, CODE]: reason */` for its own line, the line of
// code below and the comments between them; `/* lupine-ignore-file CODE: reason */` for the whole file.

import { type Piece, piecesFrom } from "../format/pieces.js";
import type { Span } from "../model/model.js";
import { lineIndexAt, type Source, spanBetween } from "../source.js";
import type { Diagnostic, Finding } from "./diagnostics.js";

/** The level of a warning or a finding of the linter. */
export type Level = "off" | "warn" | "error";

export interface Suppression {
  readonly rules: readonly string[];
  /** First and last line, from 1; undefined for the whole file. */
  readonly lines: readonly [first: number, last: number] | undefined;
  readonly span: Span;
  readonly reason: string;
  readonly used: Set<string>;
}

export function silences({ rules, lines }: Suppression, { code, span }: Finding): boolean {
  return rules.includes(code) && (lines === undefined || (lines[0] <= span.line && span.line <= lines[1]));
}

const COMMENT = /lupine-ignore(-file)?[ \t]+([\w, \t-]+?)[ \t]*(?::[ \t]*([^\r\n]*))?(?:[\r\n]|\*\/|$)/;

export function suppressionsOf(source: Source, pieces: readonly Piece[]): Suppression[] {
  const found: Suppression[] = [];
  const lineOf = (offset: number): number => lineIndexAt(source, offset) + 1;
  // From the last piece to the first, so that the line of the next code is known at each comment.
  let below: number | undefined;
  for (const [index, piece] of [...pieces.entries()].reverse()) {
    const match = piece.kind === "comment" ? COMMENT.exec(piece.text) : null;
    // At the end of a file there is no code below: the last comment counts.
    if (piece.kind !== "comment") below = lineOf(piece.offset);
    else below ??= lineOf(piece.offset + piece.text.length);
    if (match === null) continue;
    const [, whole, rules = "", reason = ""] = match;
    const first = lineOf(piece.offset);
    const isAlone = index === 0 || piece.lineEnds > 0;
    found.push({
      rules: rules.split(/[,\s]+/).filter((rule) => rule !== ""),
      lines: whole === undefined ? [first, isAlone ? below : first] : undefined,
      span: spanBetween(source, piece.offset, piece.offset + (piece.text.split(/[\r\n]/)[0]?.length ?? 0)),
      reason: reason.replace(/\*\/$/, "").trim(),
      used: new Set(),
    });
  }
  return found.reverse();
}

/** The tokens and comments of a source's text. */
export function piecesIn({ code, lexemes }: Source): Piece[] {
  return piecesFrom(code, lexemes);
}

/**
 * Filters and re-levels diagnostics: removes warnings and notes that comments silence, and applies the configured
 * levels. Errors stay.
 */
export function atTheirLevels(
  diagnostics: readonly Diagnostic[],
  sources: readonly Source[],
  levels: ReadonlyMap<string, Level> = new Map(),
): Diagnostic[] {
  if (diagnostics.every(({ severity }) => severity === "error")) return [...diagnostics];
  const suppressions = new Map(sources.flatMap((source) => suppressionsIn(source)));
  return diagnostics.flatMap((one) => {
    if (one.severity === "error") return [one];
    const level = levels.get(one.code);
    const isSilenced = suppressions.get(one.span.file)?.some((suppression) => silences(suppression, one)) ?? false;
    if (level === "off" || isSilenced) return [];
    return level === "error" ? [{ ...one, severity: level }] : [one];
  });
}

function suppressionsIn(source: Source): [file: string, suppressions: Suppression[]][] {
  return source.text.includes("lupine-ignore") ? [[source.file, suppressionsOf(source, piecesIn(source))]] : [];
}
