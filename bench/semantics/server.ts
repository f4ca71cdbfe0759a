// A server of the benchmark: node server.js tcp|udp nothing|cache|sessions|durable|transactional FOLDER. Prints its port. For
// each line of standard input it prints the microseconds of processor time that it has taken; for "sync" the time of an fdatasync
// of 4 KiB in FOLDER, in microseconds; and for "bare" those of twenty writes of 64 records, each of which is on the disk when it returns.
import { constants } from "node:fs";
import { open, rm } from "node:fs/promises";
import { createInterface } from "node:readline";
import { memoryReplyCache, Server } from "lupine";
import { openSessionLog, serveSessions } from "lupine/session";
import { PEER_V1 } from "../../test/interop/peer.gen.js";

/** The records of 64 calls, as the log of `transactional` has them. */
const batch = 64 * 104;

const [transport = "tcp", remembers = "nothing", folder = "."] = process.argv.slice(2);

const server = new Server({ replyCache: remembers === "cache" ? memoryReplyCache() : false });
server.implement(PEER_V1, {
  add: ({ a, b }, { transaction }) => {
    if (transaction === undefined || remembers !== "transactional") return a + b;
    return transaction((state) => {
      state.set("sum", Number(state.get("sum") ?? 0) + 1);
      return a + b;
    });
  },
  echo: (bytes) => bytes,
  whoAmI: () => ({ flavor: 0, machine: "", uid: 0, gid: 0, gids: [] }),
  fill: (size) => new Uint8Array(size),
});
if (remembers === "sessions") serveSessions(server);
if (remembers === "durable" || remembers === "transactional") {
  const log = await openSessionLog(`${folder}/${transport}-${remembers}.log`);
  serveSessions(server, { log, transactional: remembers === "transactional" });
}
const { address } = await server.listen(`${transport}://127.0.0.1:0`);
if ("port" in address) process.stdout.write(`${address.port}\n`);

for await (const line of createInterface({ input: process.stdin })) {
  const answer = line === "sync" ? await syncTime() : line === "bare" ? await bareTimes() : processorTime();
  process.stdout.write(`${answer}\n`);
}
process.exit();

function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return user + system;
}

async function syncTime(): Promise<number> {
  const file = await open(`${folder}/sync-${process.pid}`, "a");
  await file.write(Buffer.alloc(4096));
  const start = performance.now();
  await file.datasync();
  const time = performance.now() - start;
  await file.close();
  return Math.round(time * 1000);
}

/** What a log cannot be faster than: one write for all calls in flight, within a file that has its length already. */
async function bareTimes(): Promise<string> {
  const path = `${folder}/bare-${process.pid}`;
  const file = await open(path, constants.O_RDWR | constants.O_CREAT | (constants.O_DSYNC ?? 0), 0o600);
  await file.write(Buffer.alloc(20 * batch));
  const times: number[] = [];
  for (let at = 0; at < 20 * batch; at += batch) {
    const start = performance.now();
    await file.write(Buffer.alloc(batch, 1), 0, batch, at);
    times.push(Math.round((performance.now() - start) * 1000));
  }
  await file.close();
  await rm(path);
  return times.join(" ");
}
