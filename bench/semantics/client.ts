// A client of the benchmark: node client.js tcp|udp PORT SEMANTICS DEPTH. For each line of standard input, a number of milliseconds and
// perhaps one of calls, it keeps DEPTH calls in flight for so long, and until it has made so many, and prints its counts as JSON.
import { createInterface } from "node:readline";
import { createClient } from "lupine";
import type { Semantics } from "lupine/client";
import { PEER_V1 } from "../../test/interop/peer.gen.js";

/** What one round of calls gave. */
export interface Round {
  readonly calls: number;
  /** Calls that failed: lost datagrams of "maybe". */
  readonly failed: number;
  readonly milliseconds: number;
  /** Processor time of the client, in microseconds. */
  readonly processor: number;
  /** The 99th of 100 calls by length, in milliseconds. */
  readonly p99: number;
}

/** The longest time, in milliseconds, that is spent on a number of calls. */
const longest = 20_000;

const [transport, port, semantics, depth = "64"] = process.argv.slice(2);
const client = createClient(PEER_V1, `${transport}://127.0.0.1:${port}`, { semantics: semantics as Semantics });

for await (const line of createInterface({ input: process.stdin })) {
  const [milliseconds, least = 0] = line.split(" ").map(Number);
  process.stdout.write(`${JSON.stringify(await keepCalling(milliseconds as number, least))}\n`);
}
process.exit();

async function keepCalling(milliseconds: number, least: number): Promise<Round> {
  let calls = 0;
  let failed = 0;
  const times: number[] = [];
  const before = process.cpuUsage();
  const start = performance.now();
  const end = start + milliseconds;
  const calling = async (): Promise<void> => {
    for (let now = performance.now(); now < end || (calls < least && now < start + longest); ) {
      const a = calls++;
      try {
        if ((await client.add({ a, b: 2 })) !== a + 2) throw new Error("wrong sum");
      } catch (error) {
        if ((error as { code?: string }).code !== "RPC_TIMEOUT") throw error;
        failed++;
      }
      const then = performance.now();
      times.push(then - now);
      now = then;
    }
  };
  await Promise.all(Array.from({ length: Number(depth) }, calling));
  const { user, system } = process.cpuUsage(before);
  times.sort((a, b) => a - b);
  const p99 = times[Math.floor(times.length * 0.99)] ?? 0;
  return { calls, failed, milliseconds: performance.now() - start, processor: user + system, p99 };
}
