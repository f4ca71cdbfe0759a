// Latency in an open loop at half of the greatest load: npm run bench -- latency [--rounds N] [--ms N] [--json FILE]
// Calls start on time, whether or not the earlier ones were answered, and their latency counts from then on: a stall delays
// all calls that were due in it. Bare Node gets as many messages a second as Lupine gets calls. The first round warms up.
import { join } from "node:path";
import { parseArgs } from "node:util";
import { report } from "../report/report.js";
import { amount, duration, median, ratio, spread } from "../report/statistics.js";
import { Worker } from "../report/worker.js";
import type { Latencies } from "./client.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    ms: { type: "string", default: "1500" },
    json: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const kinds = ["lupine", "bare"] as const;
type Kind = (typeof kinds)[number];

await report("latency", values.json, async () => {
  const clients = { lupine: await start("lupine"), bare: await start("bare") };
  await clients.lupine(`max ${values.ms}`);
  const greatest = Number(await clients.lupine(`max ${values.ms}`));
  const rate = Math.round(greatest / 2);
  const found: Record<Kind, Latencies[]> = { lupine: [], bare: [] };
  for (let round = 0; round <= rounds; round++) {
    for (const kind of kinds) {
      const latencies = JSON.parse(await clients[kind](`open ${rate} ${values.ms}`)) as Latencies;
      if (round > 0) found[kind].push(latencies);
    }
  }
  const shares = { p50: "p50", p99: "p99", p999: "p99.9" } as const;
  const rows = (Object.keys(shares) as (keyof typeof shares)[]).map((share) => {
    const [ours, limit] = kinds.map((kind) => found[kind].map((each) => each[share])) as [number[], number[]];
    const cells = [ours, limit].map((each) => spread(each, (milliseconds) => duration(milliseconds * 1e6)));
    return [shares[share], ...cells, ratio(ours, limit).toFixed(2)];
  });
  const real = median(found.lupine.map((each) => each.rate));
  return {
    tables: [
      {
        title: "Latency of an addition over TCP: least / median / most of the rounds",
        head: ["", "Lupine", "bare Node", "ratio"],
        rows,
      },
    ],
    notes: [
      `${amount(rate)} calls a second were due (half of ${amount(greatest)}), ${amount(real)} were made; ${rounds} rounds of ${values.ms} ms.`,
    ],
  };
});
process.exit();

/** Starts a server and a client. The result asks the client. */
async function start(kind: Kind): Promise<(line: string) => Promise<string>> {
  const script = kind === "lupine" ? "lupine-server.js" : "bare-server.js";
  const server = new Worker(join(import.meta.dirname, "..", "calls", script), ["tcp"]);
  const client = new Worker(join(import.meta.dirname, "client.js"), [kind, await server.next()]);
  return (line) => client.ask(line);
}
