// Did you mean, for many names or many misspelt words: an index, so that no word is compared to every name.
import { MAX_LENGTH, nearest } from "./nearest.js";

/** The most candidates that one word is compared to, so that hints do not make checking slow. */
export const MAX_COMPARED = 50;

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

/** All pairs of neighbouring letters, in lower case; a space is added before the first and after the last letter. */
function pairsOf(word: string): string[] {
  const letters = ` ${word.toLowerCase()} `;
  const pairs = new Set<string>();
  for (let i = 1; i < letters.length; i++) pairs.add(letters.slice(i - 1, i + 1));
  return [...pairs];
}
