// Connections that come and go must not wait for a full collection: it stops the process ten times as long as one of the young generation.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as nextTurn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { memoryPair } from "../transport/memory.js";
import { Server } from "./server.js";

setFlagsFromString("--expose-gc");
const gc = runInNewContext("gc") as (options?: { readonly type: "minor" }) => void;

/** Bytes that only a full collection frees, after so many connections, of which twenty are open at a time. */
async function leftBy(connections: number): Promise<number> {
  const server = new Server();
  const open: { destroy(): void }[] = [];
  for (let i = 0; i < connections; i++) {
    const [near, far] = memoryPair();
    server.accept(far);
    open.push(near);
    if (open.length > 20) open.shift()?.destroy();
    if (i % 200 === 0) gc({ type: "minor" });
    if (i % 10 === 0) await nextTurn();
  }
  for (const one of open) one.destroy();
  await nextTurn();
  for (let i = 0; i < 4; i++) gc({ type: "minor" });
  const before = process.memoryUsage().heapUsed;
  gc();
  return before - process.memoryUsage().heapUsed;
}

test("connections that have ended are freed by collections of the young generation", async () => {
  await leftBy(500);
  gc();
  const left = (await leftBy(2_000)) / 2_000;
  assert.ok(left < 1_000, `each connection leaves ${Math.round(left)} bytes to the next full collection`);
});
