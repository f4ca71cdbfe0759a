// "Did you mean": the known word that is closest to a misspelt one, found without comparing it to every known word.

/** Longer words are not compared. */
const MAX_LENGTH = 64;

/** The most candidates that one word is compared to, so that hints do not make checking slow. */
export const MAX_COMPARED = 50;

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

/**
 * Names to find the nearest of, for many names or many misspelt words. A lookup costs at most `MAX_COMPARED` comparisons,
 * however many names there are: names are indexed by pairs of letters, and those that share the word's rarest pairs come first.
 */
export class NearestNames {
  /** The number of comparisons so far. */
  compared = 0;
  readonly #names: readonly string[];
  #byPair: ReadonlyMap<string, readonly string[]> | undefined;

  /** Names of more than 64 characters are never suggested. */
  constructor(names: Iterable<string>) {
    this.#names = [...names].filter((name) => name.length <= MAX_LENGTH);
  }

  /** The same result as the function `nearest`. */
  nearest(word: string): string | undefined {
    if (word.length > MAX_LENGTH) return undefined;
    const candidates = this.#candidates(word, Math.max(1, Math.floor(word.length / 3)) + 1);
    this.compared += candidates.length;
    return nearest(word, candidates);
  }

  /** At most `MAX_COMPARED` names whose length is less than `reach` from the word's. */
  #candidates(word: string, reach: number): readonly string[] {
    const fits = (name: string): boolean => Math.abs(name.length - word.length) < reach;
    if (this.#names.length <= MAX_COMPARED) return this.#names.filter(fits);
    const shared = [...this.#sharing(word)].filter(([name]) => fits(name)).sort(([, a], [, b]) => b - a);
    return shared.slice(0, MAX_COMPARED).map(([name]) => name);
  }

  /** Names that share pairs of letters with the word, with how many, the rarest pairs first. */
  #sharing(word: string): Map<string, number> {
    this.#byPair ??= indexByPair(this.#names);
    const byPair = this.#byPair;
    const lists = pairsOf(word).map((pair) => byPair.get(pair) ?? []);
    const shared = new Map<string, number>();
    let seen = 0;
    for (const list of lists.sort((a, b) => a.length - b.length)) {
      for (const name of list) {
        if (++seen > MAX_SEEN) return shared;
        shared.set(name, (shared.get(name) ?? 0) + 1);
      }
    }
    return shared;
  }
}

/** The most index entries that are examined for one word. */
const MAX_SEEN = 20 * MAX_COMPARED;

function indexByPair(names: readonly string[]): Map<string, string[]> {
  const byPair = new Map<string, string[]>();
  for (const name of names) {
    for (const pair of pairsOf(name)) {
      const list = byPair.get(pair);
      if (list === undefined) byPair.set(pair, [name]);
      else if (list.length < MAX_SEEN) list.push(name);
    }
  }
  return byPair;
}

/** All pairs of neighbouring letters, in lower case; a blank is added before the first and after the last letter. */
function pairsOf(word: string): string[] {
  const letters = ` ${word.toLowerCase()} `;
  const pairs = new Set<string>();
  for (let i = 1; i < letters.length; i++) pairs.add(letters.slice(i - 1, i + 1));
  return [...pairs];
}

/** The number of insertions, deletions, replacements and swaps of neighbours that turn `a` into `b`. */
export function editDistance(a: string, b: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1];
      let least = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + (same ? 0 : 1));
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      if (swapped) least = Math.min(least, (beforeLast[j - 2] ?? 0) + 1);
      row.push(least);
    }
    beforeLast = last;
    last = row;
  }
  return last[b.length] ?? 0;
}
