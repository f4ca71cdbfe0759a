// A relay that goes deaf on the connections it has, as a NAT that has forgotten them: nothing ever comes back, and nobody is told.
import assert from "node:assert/strict";
import { connect, createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { createClient, RpcDisconnected, RpcTimeout, Server } from "lupine";
import { PEER_V1 } from "../interop/peer.gen.js";

async function relayed(t: TestContext) {
  let release: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  const server = new Server().implement(PEER_V1, {
    add: ({ a, b }) => a + b,
    echo: async (bytes) => {
      await held;
      return bytes;
    },
    fill: () => new Uint8Array(),
    whoAmI: () => ({ flavor: 0, machine: "", uid: 0, gid: 0, gids: [] }),
  });
  const { port: inner } = (await server.listen("tcp://127.0.0.1:0")).address as { port: number };
  const sockets = new Set<Socket>();
  const deaf = new Set<Socket>();
  let connections = 0;
  const relay = createServer((near) => {
    connections++;
    const distant = connect(inner, "127.0.0.1");
    for (const [from, to] of [
      [near, distant],
      [distant, near],
    ] as const) {
      sockets.add(from.on("error", () => undefined));
      from.on("data", (bytes) => deaf.has(near) || to.write(bytes)).on("close", () => to.destroy());
    }
  });
  await new Promise<void>((resolve) => relay.listen(0, "127.0.0.1", resolve));
  t.after(async () => {
    for (const socket of sockets) socket.destroy();
    relay.close();
    await server.close({ drain: 0 });
  });
  const { port } = relay.address() as { port: number };
  return {
    target: `tcp://127.0.0.1:${port}`,
    connections: () => connections,
    goDeaf: () => {
      for (const socket of sockets) deaf.add(socket);
    },
    hear: () => deaf.clear(),
    release: () => release?.(),
  };
}

const pair = { a: 20, b: 22 };

test("after a time-out on a deaf connection the next call goes over a new one", async (t) => {
  const relay = await relayed(t);
  await using client = createClient(PEER_V1, relay.target);
  assert.equal(await client.add(pair), 42);
  relay.goDeaf();
  await assert.rejects(client.add(pair, { timeout: 300 }), RpcTimeout);
  assert.equal(await client.add(pair), 42);
  assert.equal(relay.connections(), 2);
});

test("a call in flight on the connection that was left is still answered when it wakes up", async (t) => {
  const relay = await relayed(t);
  await using client = createClient(PEER_V1, relay.target);
  const patient = client.echo(Uint8Array.of(1, 2, 3), { timeout: Number.POSITIVE_INFINITY });
  assert.equal(await client.add(pair), 42);
  relay.goDeaf();
  await assert.rejects(client.add(pair, { timeout: 300 }), RpcTimeout);
  assert.equal(await client.add(pair), 42);
  relay.hear();
  relay.release();
  assert.deepEqual(await patient, Uint8Array.of(1, 2, 3));
});

test("with keepAlive a call without a deadline fails on a deaf connection", async (t) => {
  const relay = await relayed(t);
  await using client = createClient(PEER_V1, relay.target, { keepAlive: { interval: 250, unanswered: 2 } });
  const patient = client.echo(Uint8Array.of(1), { timeout: Number.POSITIVE_INFINITY });
  assert.equal(await client.add(pair), 42);
  relay.goDeaf();
  await assert.rejects(patient, (error: RpcDisconnected) => error instanceof RpcDisconnected && error.mayHaveRun);
  assert.equal(await client.add(pair), 42);
});
