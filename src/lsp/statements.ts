// The extent of the statement around each word, determined only by braces and semicolons, so that it works in broken
// files.
import type { Token } from "./scan.js";

export interface Extent {
  start: number;
  end: number;
}

const DEFINITIONS = new Set(["const", "typedef", "enum", "struct", "union", "program"]);

interface Level {
  readonly open: string;
  current: Extent | undefined;
}

/** The extents of statements, members and arguments by the offset of each word in them: the innermost. */
export function statementsOf(text: string, tokens: readonly Token[]): Map<number, Extent> {
  const extents = new Map<number, Extent>();
  let levels: Level[] = [{ open: "", current: undefined }];
  for (const token of tokens) {
    if (token.kind === "comment" || token.kind === "passed" || token.directive !== undefined) continue;
    if (startsDefinition(text, token)) levels = [{ open: "", current: undefined }];
    const level = levels.at(-1) as Level;
    if (token.kind === "punctuation" && isEnd(token.text, level.open)) {
      if (level.current !== undefined && token.text === ";") level.current.end = token.end;
      level.current = undefined;
      continue;
    }
    if (token.kind === "punctuation" && (token.text === "}" || token.text === ")")) {
      if (levels.length > 1) levels.pop();
      const outer = levels.at(-1)?.current;
      if (outer !== undefined) outer.end = token.end;
      continue;
    }
    level.current ??= { start: token.start, end: token.end };
    level.current.end = token.end;
    if (token.kind === "word") extents.set(token.start, level.current);
    if (token.text === "{" || token.text === "(") levels.push({ open: token.text, current: undefined });
  }
  return extents;
}

function isEnd(sign: string, open: string): boolean {
  return sign === ";" || (sign === "," && open !== "");
}

/** A definition's first word at the beginning of a line: anything open before it was left open by mistake. */
function startsDefinition(text: string, { kind, text: word, start }: Token): boolean {
  if (kind !== "word" || !DEFINITIONS.has(word)) return false;
  const before = text.charCodeAt(start - 1);
  return start === 0 || before === 10 || before === 13;
}
