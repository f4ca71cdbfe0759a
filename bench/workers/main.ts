// Calls a second of a server with one worker and with two, over TCP and UDP: npm run bench -- workers [--rounds N] [--ms N] [--depth N]
// Both servers run all the time and take turns in every round, so that other work on the machine affects both alike. The first round
// warms up. The ratio is that of one round; the table shows medians.
import { parseArgs } from "node:util";
import { closeClient, createClient, formatAddress } from "lupine";
import { serve } from "lupine/processes";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { median } from "../calls/table.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    ms: { type: "string", default: "1000" },
    depth: { type: "string", default: "64" },
  },
});
const [rounds, time, depth] = [values.rounds, values.ms, values.depth].map(Number) as [number, number, number];
const connections = 8;

/** Calls a second over 8 connections, with `depth` calls in flight. */
async function measure(address: string): Promise<number> {
  const clients = Array.from({ length: connections }, () => createClient(ADD_VERS, address, { timeout: 60_000 }));
  await Promise.all(clients.map((client) => client.add({ a: 1, b: 2 })));
  const start = performance.now();
  let calls = 0;
  await Promise.all(
    Array.from({ length: depth }, async (_, i) => {
      const client = clients[i % connections] as (typeof clients)[number];
      while (performance.now() - start < time) {
        await client.add({ a: 1, b: 2 });
        calls++;
      }
    }),
  );
  const rate = (calls * 1000) / (performance.now() - start);
  await Promise.all(clients.map((client) => closeClient(client)));
  return rate;
}

const listen = ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"];
const module = new URL("./server.js", import.meta.url);
await using one = await serve(module, { workers: 1, listen });
await using two = await serve(module, { workers: 2, listen });

for (const [at, transport] of ["TCP", "UDP"].entries()) {
  const results: { one: number; two: number }[] = [];
  for (let round = 0; round <= rounds; round++) {
    const rate = async (served: typeof one): Promise<number> => {
      const address = served.addresses[at];
      return address === undefined ? 0 : measure(formatAddress(address));
    };
    const first = round % 2 === 0 ? await rate(one) : undefined;
    const result = { two: await rate(two), one: first ?? (await rate(one)) };
    if (round > 0) results.push(result);
  }
  const [single, double] = [median(results.map((each) => each.one)), median(results.map((each) => each.two))];
  const gain = median(results.map((each) => each.two / each.one));
  console.log(
    `${transport}: one worker ${single.toFixed(0)} calls/s, two workers ${double.toFixed(0)} calls/s: ${gain.toFixed(2)} x`,
  );
}
