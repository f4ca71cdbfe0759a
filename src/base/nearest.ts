// "Did you mean": the known word that is closest to a misspelt one, found without comparing it to every known word.

/** Longer words are not compared. */
export const MAX_LENGTH = 64;

/**
 * Returns the candidate that needs the fewest edits to become the word, regardless of case; undefined if none is within
 * a third of the word's length. Compares all candidates: for more than some dozens, use `NearestNames`.
 */
export function nearest(word: string, candidates: Iterable<string>): string | undefined {
  // Any other letter is one edit away from a letter.
  if (word.length > MAX_LENGTH || word.length <= 1) return undefined;
  const lower = word.toLowerCase();
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(lower, candidate.toLowerCase());
    if (distance >= bestDistance) continue;
    best = candidate;
    bestDistance = distance;
  }
  return best;
}

/** The number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  const rows: number[][] = [];
  const distance = (i: number, j: number): number => rows[i]?.[j] ?? Number.POSITIVE_INFINITY;
  for (let i = 0; i <= a.length; i++) {
    const row = [i];
    rows.push(row);
    for (let j = i === 0 ? 0 : 1; j <= b.length; j++) {
      const edit = Math.min(distance(i - 1, j), distance(i, j - 1)) + 1;
      const replaced = distance(i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1] ? distance(i - 2, j - 2) + 1 : edit;
      row[j] = i === 0 ? j : Math.min(edit, replaced, swapped);
    }
  }
  return distance(a.length, b.length);
}
