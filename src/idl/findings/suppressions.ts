// Comments that silence warnings and lint rules: `/* lupine-ignore CODE[, CODE]: reason */` for its own line and the line
// of code below, `/* lupine-ignore-file CODE: reason */` for the whole file.

import { type Piece, piecesOf } from "../format/pieces.js";
import type { Span } from "../model/model.js";
import { interfaceInText } from "../preprocess/rfc-text.js";
import { lineIndexAt, type Source, spanBetween } from "../source.js";
import type { Diagnostic, Finding } from "./diagnostics.js";

/** The level of a warning or a finding of the linter. */
export type Level = "off" | "warn" | "error";

export interface Suppression {
  readonly rules: readonly string[];
  /** Lines, from 1; undefined for the whole file. */
  readonly lines: ReadonlySet<number> | undefined;
  readonly span: Span;
  readonly reason: string;
  readonly used: Set<string>;
}

export function silences({ rules, lines }: Suppression, { code, span }: Finding): boolean {
  return rules.includes(code) && (lines === undefined || lines.has(span.line));
}

const COMMENT = /lupine-ignore(-file)?[ \t]+([\w, \t-]+?)[ \t]*(?::[ \t]*([^\n]*))?(?:\n|\*\/|$)/;

export function suppressionsOf(source: Source, pieces: readonly Piece[]): Suppression[] {
  const found: Suppression[] = [];
  for (const [index, piece] of pieces.entries()) {
    const match = piece.kind === "comment" ? COMMENT.exec(piece.text) : null;
    if (match === null) continue;
    const [, whole, rules = "", reason = ""] = match;
    const next = pieces.slice(index + 1).find(({ kind }) => kind !== "comment");
    const lineOf = (offset: number): number => lineIndexAt(source, offset) + 1;
    const lines = new Set([lineOf(piece.offset)]);
    const alone = pieces[index - 1] === undefined || piece.lineEnds > 0;
    if (next !== undefined && alone) lines.add(lineOf(next.offset));
    found.push({
      rules: rules.split(/[,\s]+/).filter((rule) => rule !== ""),
      lines: whole === undefined ? lines : undefined,
      span: spanBetween(source, piece.offset, piece.offset + (piece.text.split("\n")[0]?.length ?? 0)),
      reason: reason.replace(/\*\/$/, "").trim(),
      used: new Set(),
    });
  }
  return found;
}

/** The tokens and comments of a source's text. */
export function piecesIn({ text }: Source): Piece[] {
  return piecesOf((interfaceInText(text) ?? text).replace(/\r(?=\n)/g, " ").replaceAll("\r", "\n"));
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
