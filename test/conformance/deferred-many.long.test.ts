// Ten thousand tickets outstanding: the memory that they take is bounded, counted, and given back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { Server } from "lupine";
import { createDeferredClient, serveDeferred } from "lupine/deferred";
import { ADD_VERS } from "../../examples/add/add.gen.js";

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Bytes of the heap that are in use. Memory whose finalizers run in a later turn is free at the second collection. */
async function heap(): Promise<number> {
  collectGarbage();
  await turn();
  collectGarbage();
  return process.memoryUsage().heapUsed;
}

test("10,000 tickets are outstanding at once, each result arrives once, and the memory is free again", async (t) => {
  const count = 10_000;
  const waiting: (() => void)[] = [];
  let isOpen = false;
  const server = new Server().implement(ADD_VERS, {
    async add({ a, b }) {
      if (!isOpen) await new Promise<void>((resolve) => waiting.push(resolve));
      return a + b;
    },
  });
  t.after(() => server.close({ drain: 0 }));
  const deferred = serveDeferred(server, { tickets: 2 * count, ticketsPerHost: count });
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createDeferredClient(ADD_VERS, address, { timeout: 600_000 });
  const round = async (): Promise<{ outstanding: number; bytes: number }> => {
    isOpen = false;
    const tickets = await Promise.all(Array.from({ length: count }, (_, a) => client.add({ a, b: 1 })));
    assert.equal(deferred.size, count);
    const held = { outstanding: await heap(), bytes: deferred.bytes };
    const results = tickets.map((ticket) => ticket.result({ timeout: 600_000 }));
    isOpen = true;
    for (const open of waiting.splice(0)) open();
    for (const [a, result] of (await Promise.all(results)).entries()) assert.equal(result, a + 1);
    await Promise.all(tickets.map((ticket) => ticket.release()));
    return held;
  };
  const before = await heap();
  const first = await round();
  // A message of ADD has 48 bytes; the server counts each, and keeps at most 4 KiB of other things for a ticket, on both sides together.
  assert.ok(first.bytes >= 48 * count && first.bytes < 2_048 * count, `${first.bytes} bytes are counted`);
  assert.ok(first.outstanding - before < 8_192 * count, `${first.outstanding - before} bytes for ${count} tickets`);
  assert.deepEqual([deferred.size, deferred.bytes, deferred.stats.runs], [0, 0, count]);
  const between = await heap();
  await round();
  // Of each ticket the id is kept, so that a repeated submission does not run again.
  const growth = (await heap()) - between;
  assert.ok(growth < 1_536 * count, `the second round left ${growth} bytes`);
  assert.equal(deferred.stats.runs, 2 * count);
});
