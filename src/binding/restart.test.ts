import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { closeClient, createClientWith } from "../client/index.js";
import { adder, adding } from "../rpc/adder.test-support.js";
import { RpcDisconnected, RpcError, RpcTimeout } from "../rpc/errors.js";
import { Server } from "../server/index.js";
import { until } from "../testing/waiting.test-support.js";
import type { Address } from "../transport/address.js";
import type { Rpcbind } from "./embedded.js";
import { register, startRpcbind } from "./everyday.js";
import { rpcbindLocator } from "./locate.js";

const wiring = { locate: rpcbindLocator() };
const noWait = { first: 0, factor: 1, most: 0, jitter: 0 };

async function serve(address: string | Address, rpcbind?: Rpcbind, later?: (value: number) => Promise<number>) {
  const server = new Server().implement(adder, adding(later === undefined ? {} : { later }));
  const listener = await server.listen(address);
  if (rpcbind !== undefined) await register(server, { binder: rpcbind });
  return { server, address: listener.address };
}

test("a client outlives its server: the next call finds the new one at the same address", async () => {
  const first = await serve("tcp://127.0.0.1:0");
  await using client = createClientWith({}, adder, first.address, { backoff: noWait });
  assert.equal(await client.add({ a: 1, b: 2 }), 3);
  await first.server.close();
  await assert.rejects(client.add({ a: 1, b: 2 }), (error: unknown) => {
    return error instanceof RpcDisconnected && !error.mayHaveRun;
  });
  const second = await serve(first.address);
  await using _ = second.server;
  assert.equal(await client.add({ a: 3, b: 4 }), 7);
});

test("a server that came back on another port is found through its binder, over TCP and UDP", async () => {
  await using rpcbind = await startRpcbind({ port: 0 });
  for (const transport of ["tcp", "udp"] as const) {
    const first = await serve(`${transport}://127.0.0.1:0`, rpcbind);
    const options = { transport, rpcbind: rpcbind.url, backoff: noWait, timeout: 60_000 };
    const client = createClientWith(wiring, adder, "localhost", options);
    assert.equal(await client.add({ a: 1, b: 2 }), 3);
    await first.server.close();
    await assert.rejects(client.add({ a: 1, b: 2 }, { timeout: 400 }));
    const second = await serve(`${transport}://127.0.0.1:0`, rpcbind);
    assert.notDeepEqual(second.address, first.address);
    assert.equal(await client.add({ a: 3, b: 4 }), 7, transport);
    await closeClient(client);
    await second.server.close();
  }
});

test("calls in flight on a lost connection fail as possibly run, and none hangs", async () => {
  let running = 0;
  const hang = () => {
    running++;
    return new Promise<number>(() => {});
  };
  const { server, address } = await serve("tcp://127.0.0.1:0", undefined, hang);
  await using client = createClientWith({}, adder, address, { backoff: noWait });
  const calls = Array.from({ length: 50 }, () => client.later(1));
  const outcomes = Promise.allSettled(calls);
  while (running < calls.length) await sleep(5);
  server.destroy();
  for (const outcome of await outcomes) {
    assert.ok(outcome.status === "rejected" && outcome.reason instanceof RpcDisconnected);
    assert.equal(outcome.reason.mayHaveRun, true);
  }
});

test("a server that restarts again and again under many callers never hangs one of them", async () => {
  let { server, address } = await serve("tcp://127.0.0.1:0");
  await using client = createClientWith({}, adder, address, { backoff: noWait, timeout: 60_000 });
  let done = false;
  const tally = { answered: 0, failed: 0 };
  const callers = Array.from({ length: 20 }, async (_, caller) => {
    for (let i = 0; !done; i++) {
      try {
        assert.equal(await client.add({ a: caller, b: i }), caller + i);
        tally.answered++;
      } catch (error) {
        assert.ok(error instanceof RpcError && !(error instanceof RpcTimeout), String(error));
        tally.failed++;
        await sleep(2);
      }
    }
  });
  const more = (what: "answered" | "failed"): Promise<void> => {
    const before = tally[what];
    return until(
      () => tally[what] > before + 10,
      () => `more calls to be ${what}: ${JSON.stringify(tally)}`,
    );
  };
  for (let i = 0; i < 8; i++) {
    await more("answered");
    server.destroy();
    await more("failed");
    ({ server } = await serve(address));
  }
  await more("answered");
  done = true;
  await Promise.all(callers);
  await server.close();
});

test("a call with waitForServer waits until the server is there", async () => {
  const { server, address } = await serve("tcp://127.0.0.1:0");
  await server.close();
  await using client = createClientWith({}, adder, address, { waitForServer: true, timeout: 30_000 });
  const waiting = client.add({ a: 1, b: 2 });
  await sleep(50);
  const again = await serve(address);
  assert.equal(await waiting, 3);
  await again.server.close();
});

test("a host with no port is told what to do where there is nothing to look it up with", () => {
  assert.throws(() => createClientWith({}, adder, "localhost"), /localhost has no port: write tcp:\/\/localhost:PORT/);
});
