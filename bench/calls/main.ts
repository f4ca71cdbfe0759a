// Calls a second, side by side: npm run bench -- calls [--quick] [--row TEXT] [--rounds N] [--ms N] [--json FILE]
// Every peer takes its turn in every round, so that what the machine does meanwhile hits all alike. The first round
// warms up and does not count. A ratio is ours / theirs in the same round; the table shows medians.
import { writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { parseArgs } from "node:util";
import { canPin, Pair } from "./pair.js";
import { type BenchPeer, lupine, others } from "./peers.js";
import { type Row, rows } from "./rows.js";
import { align, type Figures, median, tableLine } from "./table.js";

const { values } = parseArgs({
  options: {
    quick: { type: "boolean", default: false },
    row: { type: "string", default: "" },
    rounds: { type: "string" },
    ms: { type: "string" },
    json: { type: "string" },
  },
});
const rounds = Number(values.rounds ?? (values.quick ? 3 : 5));
const milliseconds = Number(values.ms ?? (values.quick ? 150 : 300));
const chosen = rows.filter(({ name }) => name.includes(values.row));
const peers = [lupine, ...others.filter(({ missing }) => missing === undefined)];

const results = new Map<Row, Figures>();
for (const protocol of ["tcp", "udp"] as const) {
  const group = chosen.filter((row) => row.protocol === protocol);
  if (group.length > 0) for (const [row, figures] of await measure(group, protocol)) results.set(row, figures);
}
print();
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report(), null, 2)}\n`);
process.exit();

async function measure(group: readonly Row[], protocol: Row["protocol"]): Promise<Map<Row, Figures>> {
  const taking = peers.filter((peer) => group.some((row) => peer.takesPartIn(row)));
  const pairs = new Map<BenchPeer, Pair>();
  const found = new Map<Row, Map<string, number[]>>(group.map((row) => [row, new Map()]));
  for (const peer of taking) pairs.set(peer, await Pair.start(peer, protocol));
  for (let round = 0; round <= rounds; round++) {
    process.stderr.write(round === 0 ? `${protocol}: warming up\n` : `${protocol}: round ${round} of ${rounds}\n`);
    for (const [row, figures] of found) {
      for (const [peer, pair] of pairs) {
        if (!peer.takesPartIn(row)) continue;
        const perSecond = await pair.measure(row, milliseconds);
        if (round > 0) figures.set(peer.name, [...(figures.get(peer.name) ?? []), perSecond]);
      }
    }
  }
  for (const pair of pairs.values()) pair.stop();
  return found;
}

function print(): void {
  const names = peers.filter((peer) => peer !== lupine).map(({ name }) => name);
  const lines = [...results].map(([row, figures]) => tableLine(row.name, figures, lupine.name, names));
  process.stdout.write(`${align([["calls a second, and Lupine's ratio", lupine.name, ...names], ...lines])}\n\n`);
  for (const { name, about } of peers) process.stdout.write(`${name}: ${about}\n`);
  for (const { name, missing } of others)
    if (missing !== undefined) process.stdout.write(`${name} is left out: ${missing}\n`);
  process.stdout.write(
    `Each figure is the median of ${rounds} rounds of ${milliseconds} ms, server and client each a process, over loopback, ` +
      `on ${cpus().length} cores (${cpus()[0]?.model ?? "unknown"}), Node ${process.versions.node}.\n`,
  );
  if (!canPin) process.stdout.write("There is no taskset here: the rows of one core ran on all of them.\n");
}

function report() {
  return {
    node: process.versions.node,
    cores: cpus().length,
    processor: cpus()[0]?.model,
    rounds,
    milliseconds,
    rows: [...results].map(([row, figures]) => ({
      ...row,
      callsPerSecond: Object.fromEntries(
        [...figures].map(([name, each]) => [name, { median: median(each), rounds: each }]),
      ),
    })),
  };
}
