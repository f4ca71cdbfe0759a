// What calls hold while the other end does not read, and what results take in memory.
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer, type Socket } from "node:net";
import { type TestContext, test } from "node:test";
import { adder, RawEnd } from "../rpc/adder.test-support.js";
import type { Procedure } from "../rpc/program.js";
import { until } from "../testing/waiting.test-support.js";
import { Budget, Total } from "../transport/budget.js";
import { memoryPair } from "../transport/memory.js";
import { openConnection } from "../transport/open.js";
import { oneArgument } from "../xdr/arguments.js";
import { array } from "../xdr/composite.js";
import { opaque } from "../xdr/opaque.js";
import { int } from "../xdr/primitives.js";
import type { XdrType } from "../xdr/type.js";
import { Peer, type PeerOptions } from "./peer.js";

/** A peer of a server that accepts and never reads. */
async function deaf(t: TestContext, options: PeerOptions) {
  const sockets: Socket[] = [];
  const server = createServer({ pauseOnConnect: true }, (socket) => sockets.push(socket.on("error", () => {})));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  await once(server.listen(0, "127.0.0.1"), "listening");
  const { port } = server.address() as { port: number };
  const connection = await openConnection(`tcp://127.0.0.1:${port}`, { highWaterMark: 64 * 1024 });
  return new Peer(connection, options);
}

const size = 100_000;
const bulk: Procedure = { ...adder.procedures.nothing, args: oneArgument(opaque(size)) } as never;

test("calls that wait for a server that does not read hold no more than their total, and then nothing", async (t) => {
  const budget = new Budget(new Total(10, 1024 * 1024));
  const peer = await deaf(t, { budget, timeout: Number.POSITIVE_INFINITY });
  const outcomes = new Set<string>();
  const waiting: Promise<unknown>[] = [];
  const args = [new Uint8Array(size)];
  // What the system takes for the server has to be filled first.
  for (let i = 0; i < 1_000 && outcomes.size === 0; i++) {
    const one = peer.call({ program: adder, procedure: bulk, args, options: {} });
    waiting.push(one.catch(({ code, mayHaveRun }) => outcomes.add(`${code} ${mayHaveRun}`)));
    assert.ok(budget.bytes <= budget.total.mostBytes + 2 * size, `${budget.bytes} bytes`);
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.deepEqual([...outcomes], ["RPC_TOO_MANY_CALLS false"]);
  peer.destroy();
  await Promise.all(waiting);
  await until(
    () => budget.bytes === 0,
    () => `${budget.bytes} bytes are held`,
  );
});

test("calls that wait on several connections have one total, and the error names it", async (t) => {
  const waitingTotal = new Total(10, 0, true);
  const [one, other] = [
    await deaf(t, { waitingTotal, timeout: Number.POSITIVE_INFINITY }),
    await deaf(t, { waitingTotal }),
  ];
  const request = { program: adder, procedure: adder.procedures.nothing, args: [], options: {} };
  const lost: Promise<unknown>[] = [];
  for (let i = 0; i < 8; i++) lost.push(assert.rejects(one.call(request), { code: "RPC_DISCONNECTED" }));
  await assert.rejects(one.call(request), {
    code: "RPC_TOO_MANY_CALLS",
    mayHaveRun: false,
    message: /8 calls wait on this connection, and 8 of 10 are used \(limits\.totalCallsInFlight\)/,
  });
  lost.push(assert.rejects(other.call(request), { code: "RPC_DISCONNECTED" }));
  assert.equal(waitingTotal.calls, 9);
  one.destroy();
  other.destroy();
  await Promise.all(lost);
  assert.equal(waitingTotal.calls, 0);
});

const words: XdrType<number[]> = array(int);
const list: Procedure = { ...adder.procedures.add, result: words } as never;
const opaques: Procedure = { ...adder.procedures.add, result: array(opaque(100)) } as never;

async function answeredWith(count: number, options: PeerOptions, procedure = list): Promise<number> {
  const [near, far] = memoryPair();
  const peer = new Peer(near, options);
  const end = new RawEnd(far);
  const result = peer.call({ program: adder, procedure, args: [{ a: 1, b: 2 }], options: {} });
  const xid = (await end.next()).slice(0, 8);
  const header = "00000001 00000000 00000000 00000000 00000000";
  end.send(
    `${xid} ${header} ${count.toString(16).padStart(8, "0")} ${(procedure === list ? "00000007" : "00000000").repeat(count)}`,
  );
  return ((await result) as number[]).length;
}

test("a result whose elements take too much memory is refused, and the limit is named", async () => {
  assert.equal(await answeredWith(60, { decodedBytes: 1_000 }), 60);
  await assert.rejects(answeredWith(70, { decodedBytes: 1_000 }), {
    code: "RPC_CANT_DECODE_RESULT",
    mayHaveRun: true,
    message: /result: more than 62 elements take too much memory \(limits\.decodedBytes, limits\.elements\)/,
  });
});

test("a short result of empty opaques, which take 50 times their bytes, is refused, too", async () => {
  assert.equal(await answeredWith(490, { decodedBytes: 100_000 }, opaques), 490);
  await assert.rejects(answeredWith(510, { decodedBytes: 100_000 }, opaques), {
    code: "RPC_CANT_DECODE_RESULT",
    mayHaveRun: true,
    message: /result: more than 500 elements/,
  });
});

test("a result that may take much memory is decoded as others are", async () => {
  assert.equal(await answeredWith(20_000, { decodedBytes: 1_000_000 }), 20_000);
});
