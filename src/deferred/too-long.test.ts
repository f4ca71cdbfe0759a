// Results of deferred calls that one side may not send or receive: their calls fail, and no other ticket of the client.
import assert from "node:assert/strict";
import { type TestContext, test } from "node:test";
import { adder, adding } from "../rpc/adder.test-support.js";
import { Server, type ServerListenOptions, type ServerOptions } from "../server/index.js";
import { createDeferredClient, resumeTicket, serveDeferred } from "./index.js";

const pair = { a: 1, b: 2 };
const listening = { listen: "tcp://127.0.0.1:0" } as const;

async function served(t: TestContext, options: ServerOptions = {}, listen: ServerListenOptions = {}) {
  const errors: { readonly procedure: string | undefined; readonly message: string }[] = [];
  const onError: ServerOptions["onError"] = (error, place) => {
    errors.push({ procedure: place?.procedure, message: (error as Error).message });
  };
  const server = new Server({ ...options, onError }).implement(adder, adding());
  t.after(() => server.destroy());
  const deferred = serveDeferred(server);
  const tcp = (await server.listen("tcp://127.0.0.1:0", listen)).address;
  const udp = (await server.listen("udp://127.0.0.1:0")).address;
  return { deferred, errors, tcp, udp };
}

for (const [how, results] of [
  ["over the connection", "connection"],
  ["by a fetch", "fetch"],
  ["to a program", listening],
] as const) {
  test(`a result that is longer than the server may send fails its call alone (${how})`, async (t) => {
    const { deferred, errors, tcp } = await served(t, { limits: { maxMessage: 100_000 } });
    await using client = createDeferredClient(adder, tcp, { results });
    const [long, short] = [await client.repeat(100_000), await client.repeat(90_000)];
    await assert.rejects(long.result(), { code: "RPC_SYSTEM_ERR", mayHaveRun: true });
    assert.equal((await short.result()).length, 90_000);
    assert.equal(await (await client.add(pair)).result(), 3);
    assert.equal(errors.length, 1);
    assert.equal(errors[0]?.procedure, "REPEAT");
    assert.match(errors[0]?.message ?? "", /too long: at most \d+ can be sent .*maxMessage/);
    assert.equal(deferred.stats.done, 3);
  });
}

for (const results of ["connection", "fetch"] as const) {
  test(`a result that is longer than one connection takes fails its call alone (${results})`, async (t) => {
    const { errors, tcp } = await served(t, {}, { maxMessage: 50_000 });
    await using client = createDeferredClient(adder, tcp, { results });
    const [long, short] = [await client.repeat(60_000), await client.repeat(40_000)];
    await assert.rejects(long.result(), { code: "RPC_SYSTEM_ERR", mayHaveRun: true });
    assert.equal((await short.result()).length, 40_000);
    assert.equal(await (await client.add(pair)).result(), 3);
    assert.match(errors[0]?.message ?? "", /maxMessage/);
  });

  test(`a result that is longer than the client receives fails its call alone (${results})`, async (t) => {
    const { tcp } = await served(t);
    await using client = createDeferredClient(adder, tcp, { results, connection: { limits: { record: 50_000 } } });
    const tickets = await Promise.all([40_000, 60_000, 30_000, 70_000].map((length) => client.repeat(length)));
    const ends = await Promise.allSettled(tickets.map((ticket) => ticket.result()));
    const lengths = ends.map((end) => (end.status === "fulfilled" ? end.value.length : end.reason.message));
    assert.deepEqual([lengths[0], lengths[2]], [40_000, 30_000]);
    for (const message of [lengths[1], lengths[3]]) assert.match(String(message), /limits\.record/);
    assert.equal(await (await client.add(pair)).result(), 3);
  });
}

test("a result that does not fit a datagram fails its call at once, and a client over TCP can have it", async (t) => {
  const { errors, tcp, udp } = await served(t);
  const client = createDeferredClient(adder, udp);
  const ticket = await client.repeat(10_000);
  await assert.rejects(ticket.result({ keep: true }), { code: "RPC_SYSTEM_ERR", mayHaveRun: true });
  assert.equal(errors.length, 1);
  assert.match(errors[0]?.message ?? "", /10\d{3} bytes.*8800.*TCP/);
  assert.equal(await (await client.add(pair)).result(), 3);
  await client[Symbol.asyncDispose]();
  await using other = createDeferredClient(adder, tcp);
  assert.equal((await resumeTicket(other, "repeat", ticket.id).result()).length, 10_000);
});
