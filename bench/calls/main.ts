// Calls a second, side by side: npm run bench -- calls [--quick] [--row TEXT] [--rounds N] [--ms N] [--json FILE]
// Every peer takes its turn in every round, so that what the machine does meanwhile hits all alike. The first round
// warms up and does not count. A ratio is ours / theirs in the same round.
import { parseArgs } from "node:util";
import { type Outcome, report, type Table } from "../report/report.js";
import { amount, median, ratio, spread } from "../report/statistics.js";
import { canPin, Pair } from "./pair.js";
import { type BenchPeer, lupine, others } from "./peers.js";
import { type Row, rows, type Setting } from "./rows.js";

/** Calls a second of each round, by peer. */
type Figures = ReadonlyMap<string, readonly number[]>;

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
const peers = [lupine, ...others.filter(({ missing }) => missing === undefined)];

await report("calls", values.json, measureAll);
process.exit();

async function measureAll(): Promise<Outcome> {
  const results = new Map<Row, Figures>();
  const chosen = rows.filter(({ name }) => name.includes(values.row));
  const kindOf = ({ protocol, setting }: Row): string => `${protocol} ${setting}`;
  for (const kind of new Set(chosen.map(kindOf))) {
    const group = chosen.filter((row) => kindOf(row) === kind);
    for (const [row, figures] of await measure(group)) results.set(row, figures);
  }
  return { tables: [ratios(results), spreads(results)], notes: notes() };
}

/** Rows of one protocol and setting, whose pairs of processes live through all of them. */
async function measure(group: readonly Row[]): Promise<Map<Row, Figures>> {
  const { protocol, setting } = group[0] as { protocol: Row["protocol"]; setting: Setting };
  const taking = peers.filter((peer) => group.some((row) => peer.takesPartIn(row)));
  const pairs = new Map<BenchPeer, Pair>();
  const found = new Map<Row, Map<string, number[]>>(group.map((row) => [row, new Map()]));
  for (const peer of taking) pairs.set(peer, await Pair.start(peer, protocol, setting));
  for (let round = 0; round <= rounds; round++) {
    const at = round === 0 ? "warming up" : `round ${round} of ${rounds}`;
    process.stderr.write(`${protocol}, ${setting}: ${at}\n`);
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

/** Our median, then each peer's and our ratio to it. */
function ratios(results: ReadonlyMap<Row, Figures>): Table {
  const names = peers.filter((peer) => peer !== lupine).map(({ name }) => name);
  const lines = [...results].map(([row, figures]) => {
    const ours = figures.get(lupine.name) ?? [];
    const cells = names.map((name) => {
      const theirs = figures.get(name);
      return theirs === undefined ? "-" : `${amount(median(theirs))} (${ratio(ours, theirs).toFixed(2)})`;
    });
    return [row.name, amount(median(ours)), ...cells];
  });
  const title = "Calls a second: the median, and in brackets how many times that Lupine's is";
  return { title, head: ["", lupine.name, ...names], rows: lines };
}

function spreads(results: ReadonlyMap<Row, Figures>): Table {
  const lines = [...results].map(([row, figures]) => [
    row.name,
    ...peers.map(({ name }) => {
      const each = figures.get(name);
      return each === undefined ? "-" : spread(each, amount);
    }),
  ]);
  return {
    title: "Calls a second: least / median / most of the rounds",
    head: ["", ...peers.map(({ name }) => name)],
    rows: lines,
  };
}

function notes(): string[] {
  return [
    ...peers.map(({ name, about }) => `${name}: ${about}.`),
    ...others
      .filter(({ missing }) => missing !== undefined)
      .map(({ name, missing }) => `${name} is left out: ${missing}.`),
    `${rounds} rounds of ${milliseconds} ms, server and client each a process, over loopback.`,
    ...(canPin ? [] : ["There is no taskset here: the rows of one core ran on all of them."]),
  ];
}
