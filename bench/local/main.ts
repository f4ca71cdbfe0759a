// Local calls beside calls to another process: npm run bench -- local [--rounds N] [--ms N] [--json FILE]
// One call at a time. A ratio is that of the same round to the calls over loopback TCP; the table shows medians.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { createClient, Server } from "lupine";
import { project } from "../../test/interop/harness/compile.js";
import { PEER_V1 } from "../../test/interop/peer.gen.js";
import { report } from "../report/report.js";
import { amount, ratio, spread } from "../report/statistics.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    ms: { type: "string", default: "200" },
    json: { type: "string" },
  },
});
const rounds = Number(values.rounds);
const milliseconds = Number(values.ms);

const bytes = new Uint8Array(65_536).fill(7);
const server = new Server().implement(PEER_V1, {
  add: ({ a, b }) => a + b,
  echo: (all) => all,
  whoAmI: () => ({ flavor: 0, machine: "", uid: 0, gid: 0, gids: [] }),
  fill: (size) => new Uint8Array(size),
});

const child: ChildProcess = spawn(
  process.execPath,
  [join(project, "build", "bench", "calls", "lupine-server.js"), "tcp"],
  { stdio: ["pipe", "pipe", "inherit"] },
);
process.once("exit", () => child.kill("SIGKILL"));
const [port] = await once(createInterface({ input: child.stdout as NonNullable<typeof child.stdout> }), "line");

const clients = {
  "loopback TCP": createClient(PEER_V1, `tcp://127.0.0.1:${port}`),
  local: createClient(PEER_V1, server),
  "local, encode: false": createClient(PEER_V1, server, { encode: false }),
};
type Name = keyof typeof clients;
const loads = {
  add: async (name: Name, number: number) => {
    if ((await clients[name].add({ a: number, b: 2 })) !== number + 2) throw new Error("wrong sum");
  },
  "echo 64 KiB": async (name: Name) => {
    if ((await clients[name].echo(bytes)).length !== bytes.length) throw new Error("wrong echo");
  },
};
const names = Object.keys(clients) as Name[];

await report("local", values.json, async () => {
  const rows: string[][] = [];
  for (const [load, call] of Object.entries(loads)) {
    const figures = await measure(call);
    const base = figures.get("loopback TCP") ?? [];
    for (const [name, own] of figures) {
      rows.push([load, name, spread(own, amount), own === base ? "-" : `${amount(ratio(own, base))} x`]);
    }
  }
  return {
    tables: [
      {
        title: "Calls a second, one at a time: least / median / most of the rounds, and the ratio to loopback TCP",
        head: ["", "", "calls a second", "ratio"],
        rows,
      },
    ],
    notes: [`${rounds} rounds of ${milliseconds} ms.`],
  };
});
process.exit();

/** Calls a second of each client in each round. */
async function measure(call: (name: Name, number: number) => Promise<void>): Promise<Map<Name, number[]>> {
  const figures = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let round = 0; round <= rounds; round++) {
    for (const name of names) {
      const start = performance.now();
      let calls = 0;
      while (performance.now() - start < milliseconds) await call(name, calls++);
      if (round > 0) figures.get(name)?.push((calls / (performance.now() - start)) * 1000);
    }
  }
  return figures;
}
