// A server of the benchmark: node server.js tcp|udp nothing|cache|sessions|durable|transactional FOLDER. Prints its port. For
// each line of standard input it prints the microseconds of processor time that it has taken, and for "sync" the time of an
// fdatasync of 4 KiB in FOLDER, in microseconds.
import { open } from "node:fs/promises";
import { createInterface } from "node:readline";
import { memoryReplyCache, Server } from "lupine";
import { openSessionLog, serveSessions } from "lupine/session";
import { PEER_V1 } from "../../test/interop/peer.gen.js";

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
  process.stdout.write(`${line === "sync" ? await syncTime() : processorTime()}\n`);
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
