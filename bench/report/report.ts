// What every benchmark prints and writes: its tables, the machine, and how busy other programs kept it.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { setTimeout as sleep } from "node:timers/promises";

/** Cells are text; the first column names the row. */
export interface Table {
  readonly title: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** What a benchmark writes with `--json FILE`, and what docs/benchmarks.md is made from. */
export interface Report {
  readonly benchmark: string;
  /** Day of the run, as 2026-11-29. */
  readonly day: string;
  readonly node: string;
  readonly cores: number;
  readonly processor: string;
  /** Share of the processors' time (0 to 1) that other programs took in the second before the run and in that after it. */
  readonly busy: readonly [before: number, after: number];
  readonly tables: readonly Table[];
  /** Sentences that a reader needs to judge the figures. */
  readonly notes: readonly string[];
}

export interface Outcome {
  readonly tables: readonly Table[];
  readonly notes?: readonly string[];
}

/** From this share on, a run counts as one on a busy machine. */
const busyFrom = 0.15;

/** Runs a benchmark, prints its tables, and writes them to the file `json`, if given. */
export async function report(
  benchmark: string,
  json: string | undefined,
  measure: () => Outcome | Promise<Outcome>,
): Promise<void> {
  const before = await othersShare();
  if (before >= busyFrom) process.stderr.write(`${machineState(before)}: the figures will be rough\n`);
  const { tables, notes = [] } = await measure();
  const result: Report = {
    benchmark,
    day: new Date().toISOString().slice(0, 10),
    node: process.versions.node,
    cores: cpus().length,
    processor: cpus()[0]?.model ?? "unknown",
    busy: [before, await othersShare()],
    tables,
    notes,
  };
  process.stdout.write(asText(result));
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(result, null, 2)}\n`);
}

export function asText(result: Report): string {
  const tables = result.tables.map(({ title, head, rows }) => `${title}\n${align([head, ...rows])}\n`);
  return `${[...tables, [...result.notes, machineOf(result)].join("\n")].join("\n")}\n`;
}

/** A sentence on where the figures were measured. */
export function machineOf({ day, node, cores, processor, busy }: Report): string {
  return `Node ${node}, ${cores} cores (${processor}), ${day}; ${machineState(Math.max(...busy))}.`;
}

function machineState(share: number): string {
  const percent = Math.round(share * 100);
  if (share < busyFrom) return `a quiet machine (other programs used ${percent} % of its processors)`;
  return `**a busy machine** (other programs used ${percent} % of its processors)`;
}

/** What others use while this process sleeps, and has no children at work. */
async function othersShare(): Promise<number> {
  const start = times();
  await sleep(1_000);
  const end = times();
  return 1 - (end.idle - start.idle) / (end.all - start.all);
}

function times(): { idle: number; all: number } {
  const each = cpus().map(({ times: { user, nice, sys, idle, irq } }) => ({
    idle,
    all: user + nice + sys + idle + irq,
  }));
  return each.reduce((sum, one) => ({ idle: sum.idle + one.idle, all: sum.all + one.all }), { idle: 0, all: 0 });
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
