// A client of the test of killed processes: node kill-client.js PORT FIRST COUNT DEPTH FILE. Adds each number once, and prints each number
// before its call ("?7") and after its result ("=7 1"). It first finishes the calls that are in its session file.
import { createClient } from "lupine";
import { unfinishedCalls } from "lupine/session";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const [port, first = "0", count = "0", depth = "8", file = "session"] = process.argv.slice(2);
const end = Number(first) + Number(count);
let next = Number(first);
{
  await using client = createClient(ADD_VERS, `tcp://127.0.0.1:${port}`, {
    semantics: "exactly-once",
    waitForServer: true,
    timeout: 600_000,
    session: { file },
    backoff: { first: 20, factor: 2, most: 200, jitter: 0.5 },
  });
  for (const { args, finish } of await unfinishedCalls(client, ADD_VERS)) {
    const [{ a }] = args as [{ a: number }];
    process.stdout.write(`=${a} ${await finish()}\n`);
  }
  const calling = async (): Promise<void> => {
    while (next < end) {
      const a = next++;
      process.stdout.write(`?${a}\n`);
      process.stdout.write(`=${a} ${await client.add({ a, b: 0 })}\n`);
    }
  };
  await Promise.all(Array.from({ length: Number(depth) }, calling));
}
