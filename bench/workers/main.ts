// Calls a second of a server with one worker and with two, over TCP and UDP:
//   npm run bench -- workers [--rounds N] [--ms N] [--depth N] [--connections N] [--json FILE]
// Both servers run all the time and take turns in every round, so that other work on the machine affects both alike. The first round
// warms up. The ratio is that of one round.
import { spawn } from "node:child_process";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { parseArgs } from "node:util";
import { type Served, serve } from "lupine/processes";
import { report } from "../report/report.js";
import { amount, ratio, spread } from "../report/statistics.js";
import { stepsFor } from "./work.js";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "7" },
    ms: { type: "string", default: "1000" },
    depth: { type: "string", default: "32" },
    connections: { type: "string", default: "8" },
    json: { type: "string" },
  },
});
const rounds = Number(values.rounds);

/** Microseconds of one processor that a call computes. */
const computing = 200;

/** The calls of one client process, which stays for all rounds. */
class Client {
  readonly #child;
  readonly #answers;

  constructor(protocol: "tcp" | "udp", port: number) {
    const file = join(import.meta.dirname, "client.js");
    this.#child = spawn(process.execPath, [file, protocol, String(port)], { stdio: ["pipe", "pipe", "inherit"] });
    this.#answers = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
  }

  /** @returns calls a second. */
  async measure(): Promise<number> {
    this.#child.stdin.write(`${values.connections} ${values.depth} ${values.ms}\n`);
    const { value } = await this.#answers.next();
    const [calls = 0, nanoseconds = 1] = String(value).split(" ").map(Number);
    return (calls / nanoseconds) * 1e9;
  }

  close(): void {
    this.#child.kill();
  }
}

const listen = ["tcp://127.0.0.1:0", "udp://127.0.0.1:0"];
const module = new URL("./server.js", import.meta.url);
// All workers compute the same.
const env = { STEPS: String(stepsFor(computing / 1000)) };
const start = (workers: number) => serve(module, { workers, listen, env, recycle: { calls: Number.MAX_SAFE_INTEGER } });
await using one = await start(1);
await using two = await start(2);

const clientOf = (served: Served, at: number): Client => {
  const { kind, port } = served.addresses[at] as { kind: "tcp" | "udp"; port: number };
  return new Client(kind, port);
};

await report("workers", values.json, async () => {
  const rows = [await measure("TCP", 0), await measure("UDP", 1)];
  return {
    tables: [
      {
        title: "Calls a second: least / median / most of the rounds, and the ratio of two workers to one",
        head: ["", "one worker", "two workers", "ratio", "calls of each of the two"],
        rows,
      },
    ],
    notes: [
      `A call computes for ${computing} us; ${values.connections} connections, ${values.depth} calls in flight; ` +
        `${rounds} rounds of ${values.ms} ms.`,
    ],
  };
});

async function measure(transport: string, at: number): Promise<string[]> {
  const clients = { one: clientOf(one, at), two: clientOf(two, at) };
  const before = two.workers.map(({ calls }) => calls);
  const [single, double]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round++) {
    const first = round % 2 === 0 ? await clients.one.measure() : undefined;
    const ofTwo = await clients.two.measure();
    const ofOne = first ?? (await clients.one.measure());
    if (round === 0) continue;
    single.push(ofOne);
    double.push(ofTwo);
  }
  clients.one.close();
  clients.two.close();
  const counts = two.workers.map(({ calls }, i) => calls - (before[i] ?? 0));
  const cells = [single, double].map((each) => spread(each, amount));
  return [transport, ...cells, ratio(double, single).toFixed(2), counts.join(", ")];
}
