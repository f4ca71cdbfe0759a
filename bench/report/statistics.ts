// Figures of a benchmark as text.

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const upper = sorted[middle] ?? Number.NaN;
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] ?? Number.NaN) + upper) / 2;
}

/** How often `theirs` goes into `ours` of the same round, as the median over the rounds. */
export function ratio(ours: readonly number[], theirs: readonly number[]): number {
  return median(ours.map((value, round) => value / (theirs[round] ?? Number.NaN)));
}

/** The value at this share (0 to 1) of values in ascending order. */
export function quantile(ascending: readonly number[], share: number): number {
  return ascending[Math.min(ascending.length - 1, Math.floor(ascending.length * share))] ?? Number.NaN;
}

/** Three digits and a decimal prefix: 38.7 k. */
export function amount(value: number): string {
  if (!Number.isFinite(value)) return "-";
  const [scaled, unit] = value >= 1e6 ? [value / 1e6, " M"] : value >= 1e3 ? [value / 1e3, " k"] : [value, ""];
  return `${digits(scaled)}${unit}`;
}

/** A time, given in nanoseconds. */
export function duration(nanoseconds: number): string {
  if (!Number.isFinite(nanoseconds)) return "-";
  if (nanoseconds < 1e3) return `${digits(nanoseconds)} ns`;
  if (nanoseconds < 1e6) return `${digits(nanoseconds / 1e3)} us`;
  return nanoseconds < 1e9 ? `${digits(nanoseconds / 1e6)} ms` : `${digits(nanoseconds / 1e9)} s`;
}

export function bytes(count: number): string {
  if (Math.abs(count) < 1024) return `${digits(count)} B`;
  return Math.abs(count) < 1 << 20 ? `${digits(count / 1024)} KiB` : `${digits(count / (1 << 20))} MiB`;
}

/** Least, median and most of the rounds: 36.1 k / 38.7 k / 40.2 k. */
export function spread(values: readonly number[], show: (value: number) => string): string {
  return [Math.min(...values), median(values), Math.max(...values)].map(show).join(" / ");
}

function digits(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(0) : value.toPrecision(3);
}
