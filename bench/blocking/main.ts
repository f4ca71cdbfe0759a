// Blocking calls beside the asynchronous client and C's: npm run bench -- blocking [--rounds N] [--ms N] [--json FILE]
// All call the same server of Lupine, one call at a time. A ratio is that of the same round.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { project } from "../../test/interop/harness/compile.js";
import { canPin, Pair } from "../calls/pair.js";
import { type BenchPeer, libtirpc, lupine } from "../calls/peers.js";
import { type Row, rows } from "../calls/rows.js";
import { report } from "../report/report.js";
import { amount, ratio, spread } from "../report/statistics.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "5" },
    ms: { type: "string", default: "300" },
    json: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const milliseconds = Number(values.ms);

const blocking = (by: "system" | "thread"): BenchPeer => ({
  ...lupine,
  name: `by: "${by}"`,
  client: (protocol, port) => [
    process.execPath,
    join(project, "build", "bench", "blocking", "client.js"),
    by,
    protocol,
    String(port),
  ],
});
const asynchronous: BenchPeer = { ...lupine, name: "createClient" };
const inC: BenchPeer = { ...libtirpc, name: "libtirpc", server: lupine.server };
const peers = [asynchronous, blocking("system"), blocking("thread"), inC].filter(
  ({ missing }) => missing === undefined,
);

const oneAtATime = rows.filter(({ load }) => load.kind === "add" && load.depth === 1);
const chosen: readonly Row[] = oneAtATime.flatMap((row) => [
  row,
  { ...row, oneCore: false, name: row.name.replace("one core", "two cores") },
]);

await report("blocking", values.json, async () => {
  const lines: string[][] = [];
  for (const row of chosen) lines.push(...linesOf(row, await measure(row)));
  return {
    tables: [
      {
        title: "Calls a second: least / median / most of the rounds, and the ratio to createClient",
        head: ["", "client", "calls a second", "ratio"],
        rows: lines,
      },
    ],
    notes: [
      `${rounds} rounds of ${milliseconds} ms, one call at a time, all to the same server of Lupine.`,
      ...(canPin ? [] : ["There is no taskset here: the rows of one core ran on all of them."]),
    ],
  };
});
process.exit();

/** Calls a second of each round, by client. */
async function measure(row: Row): Promise<Map<string, number[]>> {
  const pairs = new Map<BenchPeer, Pair>();
  for (const peer of peers) pairs.set(peer, await Pair.start(peer, row.protocol));
  const figures = new Map<string, number[]>(peers.map(({ name }) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const [peer, pair] of pairs) {
      const perSecond = await pair.measure(row, milliseconds);
      if (round > 0) figures.get(peer.name)?.push(perSecond);
    }
  }
  for (const pair of pairs.values()) pair.stop();
  return figures;
}

function linesOf(row: Row, figures: ReadonlyMap<string, number[]>): string[][] {
  const base = figures.get(asynchronous.name) ?? [];
  return [...figures].map(([name, own]) => [
    row.name,
    name,
    spread(own, amount),
    own === base ? "-" : ratio(own, base).toFixed(2),
  ]);
}
