// Blocking calls beside the asynchronous client and C's: npm run bench -- blocking [--rounds N] [--ms N]
// All call the same server of Lupine, one call at a time. A ratio is that of the same round; the table shows medians.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { project } from "../../test/interop/harness/compile.js";
import { canPin, Pair } from "../calls/pair.js";
import { type BenchPeer, libtirpc, lupine } from "../calls/peers.js";
import { type Row, rows } from "../calls/rows.js";
import { align, type Figures, median, rate, ratio } from "../calls/table.js";

const { values } = parseArgs({
  options: { rounds: { type: "string", default: "5" }, ms: { type: "string", default: "300" } },
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

const lines: string[][] = [];
for (const row of chosen) {
  const pairs = new Map<BenchPeer, Pair>();
  for (const peer of peers) pairs.set(peer, await Pair.start(peer, row.protocol));
  const figures = new Map<string, number[]>();
  for (let round = 0; round <= rounds; round++) {
    for (const [peer, pair] of pairs) {
      const perSecond = await pair.measure(row, milliseconds);
      if (round > 0) figures.set(peer.name, [...(figures.get(peer.name) ?? []), perSecond]);
    }
  }
  for (const pair of pairs.values()) pair.stop();
  lines.push(ratios(row, figures));
}
const head = ["calls a second, and the ratio to createClient", ...peers.map(({ name }) => name)];
process.stdout.write(`${align([head, ...lines])}\n`);
if (!canPin) process.stdout.write("There is no taskset here: the rows of one core ran on all of them.\n");
process.exit();

/** How many times the asynchronous client's calls each of the others made. */
function ratios(row: Row, figures: Figures): string[] {
  const base = figures.get(asynchronous.name) ?? [];
  const cells = peers.map(({ name }) => {
    const own = figures.get(name) ?? [];
    return name === asynchronous.name ? rate(median(own)) : `${rate(median(own))} ${ratio(own, base).toFixed(2)}x`;
  });
  return [row.name, ...cells];
}
