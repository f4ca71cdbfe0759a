// The figures as a table for people.

/** Calls a second of each round, by peer. */
export type Figures = ReadonlyMap<string, readonly number[]>;

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** How often `ours` goes into a round of `theirs`, as the median over the rounds. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

export function rate(perSecond: number): string {
  const [value, unit] =
    perSecond >= 1e6 ? [perSecond / 1e6, "M"] : perSecond >= 1e3 ? [perSecond / 1e3, "k"] : [perSecond, ""];
  return `${value.toPrecision(3)} ${unit}/s`;
}

/** Lines of columns that are as wide as their widest cell; the first to the left, the others to the right. */
export function align(cells: readonly (readonly string[])[]): string {
  const widths = (cells[0] ?? []).map((_, column) => Math.max(...cells.map((line) => (line[column] ?? "").length)));
  const line = (texts: readonly string[]) =>
    texts
      .map((text, column) => (column === 0 ? text.padEnd(widths[0] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join("  ");
  return cells.map((texts) => line(texts).trimEnd()).join("\n");
}

/** One line of the table: our rate, then each peer's rate and our ratio to it. */
export function tableLine(name: string, figures: Figures, ours: string, peers: readonly string[]): string[] {
  const mine = figures.get(ours) ?? [];
  const others = peers.map((peer) => {
    const theirs = figures.get(peer);
    return theirs === undefined ? "-" : `${rate(median(theirs))} ${ratio(mine, theirs).toFixed(2)}x`;
  });
  return [name, rate(median(mine)), ...others];
}
