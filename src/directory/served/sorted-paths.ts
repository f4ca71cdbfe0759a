// Sorted paths, updated when they are read.

/** The most changes that are inserted one by one; beyond that, all are sorted. */
const few = 200;

export class SortedPaths {
  #sorted: string[] = [];
  readonly #changes = new Map<string, boolean>();

  changed(path: string, isThere: boolean): void {
    this.#changes.set(path, isThere);
  }

  /** Read-only, and valid until the next change. */
  sorted(): readonly string[] {
    if (this.#changes.size > few) this.#rebuild();
    else for (const [path, isThere] of this.#changes) this.#change(path, isThere);
    this.#changes.clear();
    return this.#sorted;
  }

  #change(path: string, isThere: boolean): void {
    const at = firstFrom(this.#sorted, path);
    const wasThere = this.#sorted[at] === path;
    if (isThere && !wasThere) this.#sorted.splice(at, 0, path);
    else if (!isThere && wasThere) this.#sorted.splice(at, 1);
  }

  /** The other paths are already sorted, so sorting is cheap. */
  #rebuild(): void {
    const staying = this.#sorted.filter((path) => !this.#changes.has(path));
    const coming = [...this.#changes].filter(([, isThere]) => isThere).map(([path]) => path);
    this.#sorted = [...staying, ...coming.sort()].sort();
  }
}

/** The index of the first text that is not less than `text`. */
export function firstFrom(sorted: readonly string[], text: string): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((sorted[middle] as string) < text) low = middle + 1;
    else high = middle;
  }
  return low;
}
