// Dumps of od in several forms at once, such as `od -tx1 -c`: each group of lines shows the same bytes, once in pairs of
// hexadecimal digits, and once as characters or in decimals.

const offsetForm = /^[0-9a-fA-F]{6,7}(?=\s|$)/;
const pairsForm = /^\s+([0-9a-fA-F]{2}(?:\s+[0-9a-fA-F]{2})*)(?:\s{2}>.*<)?\s*$/;

/** The lines that have the bytes, each with the offset of its group; all lines of any other text. */
export function linesOfPairs<Line extends { readonly text: string }>(lines: readonly Line[]): readonly Line[] {
  const groups = offsetForm.test(lines[0]?.text ?? "") ? groupsByOffset(lines) : undefined;
  if (groups !== undefined) return pairsIn(groups) ?? lines;
  for (const count of [2, 3, 4]) {
    if (lines.length % count !== 0) continue;
    const found = pairsIn(
      Array.from({ length: lines.length / count }, (_, at) => lines.slice(at * count, at * count + count)),
    );
    if (found !== undefined) return found;
  }
  return lines;
}

/** Groups lines by offset, without the last line, which has only an offset. */
function groupsByOffset<Line extends { readonly text: string }>(lines: readonly Line[]): Line[][] {
  const groups: Line[][] = [];
  for (const line of lines) {
    if (offsetForm.test(line.text) || line.text.trim() === "*") groups.push([line]);
    else groups.at(-1)?.push(line);
  }
  return groups;
}

/** One line of each group; undefined if the groups differ, or if no line has pairs in all of them. */
function pairsIn<Line extends { readonly text: string }>(groups: readonly (readonly Line[])[]): Line[] | undefined {
  const whole = groups.filter((group) => group.length > 1);
  const count = whole[0]?.length ?? 0;
  const others = groups.filter((group) => group.length === 1);
  const isAlike = whole.every((group) => group.length === count);
  if (count < 2 || !isAlike || !others.every(([line]) => isBare(line?.text ?? ""))) return undefined;
  const hasPairs = (row: number): boolean => whole.every((group) => pairsForm.test(contentOf(group[row]?.text ?? "")));
  const rows = Array.from({ length: count }, (_, row) => row);
  const row = rows.find(hasPairs);
  if (row === undefined || rows.every(hasPairs)) return undefined;
  return groups.map((group) => {
    const [first] = group as [Line];
    if (group.length === 1) return first;
    const [, pairs = ""] = pairsForm.exec(contentOf(group[row]?.text ?? "")) ?? [];
    const offset = offsetForm.exec(first.text)?.[0];
    return { ...first, text: `${offset === undefined ? "" : `${offset}  `}${pairs.replace(/\s+/g, " ")}` };
  });
}

/** The end of a dump, or the mark for lines that are repeated. */
function isBare(text: string): boolean {
  return /^(?:[0-9a-fA-F]{6,7}|\*)$/.test(text.trim());
}

function contentOf(text: string): string {
  return text.replace(offsetForm, "");
}
