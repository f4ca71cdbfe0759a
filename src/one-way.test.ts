import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient } from "./create-client.js";
import { Peer } from "./peer/peer.js";
import { adder, adding, RawEnd } from "./rpc/adder.test-support.js";
import { Server } from "./server/index.js";
import { memoryPair } from "./transport/memory.js";

/** A server whose procedures never answer, except SUM. */
async function silentServer() {
  const seen: string[] = [];
  let open = (): void => undefined;
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const nothing = async (): Promise<void> => {
    seen.push("nothing");
    await gate;
  };
  const server = new Server().implement(adder, adding({ nothing }));
  const { address } = await server.listen("tcp://127.0.0.1:0");
  return { server, address, seen, open };
}

test("a call with oneWay resolves with undefined before the server answers, and runs in the order of the calls", async () => {
  const { server, address, seen, open } = await silentServer();
  await using client = createClient(adder, address);
  assert.equal(await client.nothing({ oneWay: true }), undefined);
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
  assert.deepEqual(seen, ["nothing"]);
  open();
  // Its reply arrives later, and is dropped.
  await client.add({ a: 1, b: 2 });
  assert.equal(await client.nothing({ oneWay: false }), undefined);
  await server.close();
});

test("oneWay holds for one call: the next one waits for its reply", async () => {
  const server = new Server().implement(
    adder,
    adding({
      nothing: () => {
        throw new Error("not today");
      },
    }),
  );
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createClient(adder, address);
  await client.nothing({ oneWay: true });
  await assert.rejects(client.nothing(), { code: "RPC_SYSTEM_ERR" });
  await server.close();
});

test("oneWay over UDP and in this process", async () => {
  let count = 0;
  const server = new Server().implement(adder, adding({ nothing: () => void count++ }));
  const { address } = await server.listen("udp://127.0.0.1:0");
  await using udp = createClient(adder, address);
  await udp.nothing({ oneWay: true });
  await udp.add({ a: 1, b: 2 });
  assert.equal(count, 1);
  await using local = createClient(adder, server);
  await local.nothing({ oneWay: true });
  assert.equal(count, 2);
  await server.close();
});

test("oneWay does not go with exactly-once, and is true or false", async () => {
  const server = new Server().implement(adder, adding());
  const { address } = await server.listen("tcp://127.0.0.1:0");
  await using client = createClient(adder, address);
  await assert.rejects(client.nothing({ oneWay: true, semantics: "exactly-once" }), /exactly once/);
  await assert.rejects(client.nothing({ oneWay: 1 as never }), /options\.oneWay/);
  await server.close();
});

test("one-way calls wait while the other end does not read, and all arrive in order when it does", async () => {
  const [near, far] = memoryPair({ highWaterMark: 1_000 });
  const end = new RawEnd(far);
  far.pause();
  const peer = new Peer(near);
  const client = createClient(adder, peer);
  let handedOver = 0;
  const notes = Array.from({ length: 500 }, async () => {
    await client.nothing({ oneWay: true });
    handedOver++;
  });
  // An ordinary call waits, too: it is answered after all of them.
  const last = client.add({ a: 1, b: 2 });
  await new Promise((resolve) => setImmediate(resolve));
  assert.ok(handedOver > 0 && handedOver < 100, `${handedOver} were handed over`);
  far.resume();
  await Promise.all(notes);
  const messages: string[] = [];
  for (let count = 0; count < 501; count++) messages.push(await end.next());
  const sum = messages.findIndex((message) => message.endsWith("00000001 00000002"));
  assert.equal(sum, 500);
  end.send(`${(messages[sum] as string).slice(0, 8)} 00000001 00000000 00000000 00000000 00000000 00000003`);
  assert.equal(await last, 3);
  peer.destroy();
});
