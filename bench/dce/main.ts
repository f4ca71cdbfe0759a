// Calls a second of DCE RPC, beside ONC RPC and beside impacket's client at the same server. All of them in each round.
// npm run bench -- dce [--rounds N] [--json FILE]
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { createClient } from "lupine";
import { createDceClient } from "lupine/dce";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { Sample_v1 } from "../../examples/dce/sample.gen.js";
import { report } from "../report/report.js";
import { amount, spread } from "../report/statistics.js";
import { Worker } from "../report/worker.js";

const { values } = parseArgs({ options: { rounds: { type: "string", default: "20" }, json: { type: "string" } } });

/** Calls in one measurement. */
const COUNT = 2_000;

const server = new Worker(fileURLToPath(new URL("server.js", import.meta.url)), []);
const [oncPort, dcePort] = (await server.next()).split(" ");
const onc = createClient(ADD_VERS, `tcp://127.0.0.1:${oncPort}`);
const dce = createDceClient(Sample_v1, `ncacn_ip_tcp:127.0.0.1[${dcePort}]`);

/** Calls a second, with so many in flight. */
async function rate(call: () => Promise<unknown>, inFlight: number): Promise<number> {
  const start = process.hrtime.bigint();
  let left = COUNT;
  const caller = async (): Promise<void> => {
    while (left-- > 0) await call();
  };
  await Promise.all(Array.from({ length: inFlight }, caller));
  return COUNT / (Number(process.hrtime.bigint() - start) / 1e9);
}

/** impacket's client, which makes one call at a time; undefined where it is not installed. */
async function startImpacket(): Promise<(() => Promise<number>) | undefined> {
  if (!existsSync("/usr/lib/python3/dist-packages/impacket")) return undefined;
  // Compiled benchmarks are in build/bench, their sources in bench.
  const script = fileURLToPath(new URL("../../../bench/dce/with_impacket.py", import.meta.url));
  const child = spawn("/usr/bin/python3", [script, dcePort ?? ""], { stdio: ["pipe", "pipe", "inherit"] });
  process.once("exit", () => child.kill("SIGKILL"));
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done) throw new Error("impacket's client has ended");
    return value;
  };
  await next();
  return async () => {
    child.stdin.write(`${COUNT}\n`);
    return COUNT / Number(await next());
  };
}

const impacket = await startImpacket();
const subjects: readonly (readonly [name: string, measure: () => Promise<number>])[] = [
  ["ONC RPC, one call at a time", () => rate(() => onc.add({ a: 40, b: 2 }), 1)],
  ["DCE RPC, one call at a time", () => rate(() => dce.add(40, 2), 1)],
  ...(impacket === undefined ? [] : [["impacket's client, one call at a time", impacket] as const]),
  ["ONC RPC, 16 in flight", () => rate(() => onc.add({ a: 40, b: 2 }), 16)],
  ["DCE RPC, 16 in flight", () => rate(() => dce.add(40, 2), 16)],
];

await report("dce", values.json, async () => {
  const rounds: number[][] = subjects.map(() => []);
  for (let round = -2; round < Number(values.rounds); round++) {
    for (const [i, [, measure]] of subjects.entries()) {
      const found = await measure();
      // The first two rounds warm up.
      if (round >= 0) rounds[i]?.push(found);
    }
  }
  return {
    tables: [
      {
        title: "Calls a second of add(40, 2): least / median / most of the rounds",
        head: ["", "calls a second"],
        rows: subjects.map(([name], i) => [name, spread(rounds[i] ?? [], amount)]),
      },
    ],
    notes: [`${values.rounds} rounds of ${COUNT} calls. One server process for all; the client is another process.`],
  };
});
process.exit();
