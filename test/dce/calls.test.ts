// Calls of DCE RPC between our own client and server, over TCP.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import { duplexPair } from "node:stream";
import { test } from "node:test";
import { channelOf, RpcCancelled, RpcCodecError, RpcDisconnected, RpcTimeout } from "lupine";
import {
  type ContextHandle,
  createDceClient,
  type DceClientOptions,
  DceFault,
  DceRejected,
  DceServer,
  DceStatus,
} from "lupine/dce";
import { type full, Sample_v1 } from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";
import * as pdus from "../support/dce-pdus.js";

const any = "ncacn_ip_tcp:127.0.0.1[0]";

async function started(options: DceClientOptions = {}, server = new DceServer()) {
  server.implement(Sample_v1, implementation());
  const { address, port } = await server.listen(any);
  const client = createDceClient(Sample_v1, address, options);
  return {
    server,
    client,
    address,
    port,
    [Symbol.asyncDispose]: async () => {
      await client[Symbol.asyncDispose]();
      await server.close();
    },
  };
}

test("every construct goes there and back, in all four pairs of byte orders", async () => {
  for (const ours of ["little", "big"] as const) {
    for (const theirs of ["little", "big"] as const) {
      await using pair = await started({ byteOrder: ours }, new DceServer({ byteOrder: theirs }));
      const { client } = pair;
      assert.deepEqual(await client.add(2, 3), { sum: 5, result: 0 });
      assert.equal(await client.nothing(), undefined);
      assert.equal(await client.sum([1, 2, 39]), 42n);
      const list = { value: 1n, next: { value: 2n, next: null } };
      assert.deepEqual(await client.reverse(list), { list: { value: 2n, next: { value: 1n, next: null } } });
      assert.deepEqual(await client.reverse(null), { list: null });
      assert.deepEqual(await client.fill(10), { data: new Uint8Array([0, 1, 2, 3, 4]) });
      const digest = new Uint8Array(16).fill(7);
      assert.deepEqual(await client.texts("h€", null, digest), { c: "h€ null 112" });
      assert.deepEqual(await client.texts("a", "😀", digest), { c: "a 😀 112" });
      assert.equal(await client.mix(0.5, -2, true, 255, -1, 2n ** 64n - 1n, 70000), 3.5);
    }
  }
});

test("structures, unions and shared pointers arrive as they were sent", async () => {
  await using pair = await started();
  const f: full = { value: 1, left: null, right: null };
  f.left = { value: 2, left: f, right: f };
  f.right = f.left;
  const points = {
    points: [
      { x: 1, y: 2 },
      { x: -1, y: -2 },
    ],
  };
  const tagged = { v: { tag: 3, text: "three" }, c: 5 } as const;
  const result = await pair.client.all(points, tagged, { kind: 2, p: { x: 3, y: 4 } }, { values: [8, 9] }, f);
  assert.deepEqual(result, {
    q: {
      points: [
        { x: 3, y: 4 },
        { x: 8, y: 9 },
        { x: 1, y: 2 },
      ],
    },
  });
});

test("a call and its reply of several hundred kilobytes go in fragments", async () => {
  await using pair = await started();
  const values = Array.from({ length: 100_000 }, (_, i) => i);
  assert.equal(await pair.client.sum(values), 4_999_950_000n);
  assert.equal((await pair.client.fill(2_000_000)).data.length, 1_000_000);
});

test("calls at the same time share one connection, and each gets its own reply", async () => {
  let connections = 0;
  const server = new DceServer().implement(Sample_v1, implementation());
  const { port } = await server.listen(any);
  await using client = createDceClient(Sample_v1, () => {
    connections++;
    return connect(port, "127.0.0.1");
  });
  const sums = await Promise.all(Array.from({ length: 50 }, (_, i) => client.add(i, 1)));
  assert.deepEqual(
    sums.map(({ sum }) => sum),
    Array.from({ length: 50 }, (_, i) => i + 1),
  );
  assert.equal(connections, 1);
  await client[Symbol.asyncDispose]();
  await server.close();
});

test("a context ends when it is closed, or runs down when its client is gone", async () => {
  await using pair = await started();
  const { client, address } = pair;
  const { s } = await client.open("one");
  assert.notEqual(s, null);
  assert.deepEqual(await client.closeSession(s), { s: null, result: 3 });
  await assert.rejects(client.closeSession(s), { status: DceStatus.contextMismatch, mayHaveRun: false });
  const ranDown = once(process, "dce-run-down");
  const other = createDceClient(Sample_v1, address);
  const handle: ContextHandle | null = (await other.open("two")).s;
  await assert.rejects(client.closeSession(handle), { status: DceStatus.contextMismatch });
  await other[Symbol.asyncDispose]();
  assert.deepEqual(await ranDown, ["two"]);
});

test("errors say whether the operation may have run", async () => {
  const errors: unknown[] = [];
  await using pair = await started({}, new DceServer({ onError: (error) => errors.push(error) }));
  const { client } = pair;
  await assert.rejects(client.add(1.5, 0), (error) => error instanceof RpcCodecError && !error.mayHaveRun);
  await assert.rejects(client.fill(-1), (error) => error instanceof DceFault && error.mayHaveRun);
  assert.equal(errors.length, 1);
  await assert.rejects(
    client.open("refuse"),
    (error) => error instanceof DceFault && error.status === DceStatus.accessDenied,
  );
  assert.deepEqual(await client.add(1, 1), { sum: 2, result: 0 });
});

test("a server without the interface, or in another version, refuses it", async () => {
  await using pair = await started();
  for (const other of [
    { ...Sample_v1, version: 2 },
    { ...Sample_v1, minor: 1 },
    { ...Sample_v1, uuid: "b7a1c9e2-5a7e-4c35-9d0f-000000000000" },
  ]) {
    await using client = createDceClient(other, pair.address);
    for (let i = 0; i < 2; i++) {
      await assert.rejects(client.nothing(), (error) => error instanceof DceRejected && !error.mayHaveRun);
    }
  }
  const more = {
    ...Sample_v1,
    operations: { ...Sample_v1.operations, none: { name: "none", number: 99, params: [] } },
  };
  await using client = createDceClient(more, pair.address);
  await assert.rejects((client as never as { none(): Promise<void> }).none(), {
    status: DceStatus.operationRange,
    mayHaveRun: false,
  });
});

test("a call that is given up is told to the server, and the next one is served", async () => {
  const server = new DceServer();
  let aborted: (() => void) | undefined;
  const gone = new Promise<void>((resolve) => {
    aborted = resolve;
  });
  let started: (() => void) | undefined;
  const running = new Promise<void>((resolve) => {
    started = resolve;
  });
  server.implement(Sample_v1, {
    ...implementation(),
    nothing: (call) => {
      call.signal.addEventListener("abort", () => aborted?.());
      started?.();
      return new Promise<void>(() => undefined);
    },
  });
  const { address } = await server.listen(any);
  const client = createDceClient(Sample_v1, address);
  const controller = new AbortController();
  const call = client.nothing({ signal: controller.signal });
  await running;
  controller.abort(new Error("enough"));
  await assert.rejects(call, (error) => error instanceof RpcCancelled && error.mayHaveRun);
  await gone;
  assert.deepEqual(await client.add(1, 2), { sum: 3, result: 0 });
  await assert.rejects(client.nothing({ timeout: 1 }), (error) => error instanceof RpcTimeout);
  await client[Symbol.asyncDispose]();
  await server.close();
});

test("a lost connection fails the calls in flight, and the next call makes a new one", async () => {
  await using pair = await started();
  await pair.client.nothing();
  pair.server.destroy();
  await assert.rejects(
    pair.client.add(1, 2).then(() => pair.client.add(1, 2)),
    (error) => error instanceof RpcDisconnected,
  );
  const again = new DceServer().implement(Sample_v1, implementation());
  await again.listen(`ncacn_ip_tcp:127.0.0.1[${pair.port}]`);
  assert.deepEqual(await pair.client.add(1, 2), { sum: 3, result: 0 });
  await pair.client[Symbol.asyncDispose]();
  await again.close();
});

test("an idempotent call is sent once more after a lost connection, any other is not", async () => {
  let connections = 0;
  const proxy = createServer((socket) => {
    connections++;
    socket.once("data", () => socket.destroy());
  });
  await once(proxy.listen(0, "127.0.0.1"), "listening");
  const { port } = proxy.address() as { port: number };
  await using client = createDceClient(Sample_v1, `ncacn_ip_tcp:127.0.0.1[${port}]`);
  await assert.rejects(client.nothing(), RpcDisconnected);
  assert.equal(connections, 1);
  await assert.rejects(client.sum([1]), RpcDisconnected);
  assert.equal(connections, 3);
  proxy.close();
});

test("an idempotent call whose first copy was sent may have run, whatever the second one meets", async () => {
  const [near, distant] = duplexPair();
  distant.once("data", () => {
    distant.write(pdus.pdu(pdus.bindAck, pdus.acceptance()));
    distant.once("data", () => distant.end());
  });
  let connections = 0;
  await using client = createDceClient(Sample_v1, () => {
    if (connections++ === 0) return near;
    throw new RpcDisconnected("the tunnel is closed", { mayHaveRun: false });
  });
  await assert.rejects(client.sum([1]), { code: "RPC_DISCONNECTED", mayHaveRun: true });
  assert.equal(connections, 2);
});

test("a server that closes answers the calls in flight", async () => {
  const server = new DceServer();
  let finish: (() => void) | undefined;
  let began: (() => void) | undefined;
  const beginning = new Promise<void>((resolve) => {
    began = resolve;
  });
  server.implement(Sample_v1, {
    ...implementation(),
    nothing: () => {
      began?.();
      return new Promise<void>((resolve) => {
        finish = resolve;
      });
    },
  });
  const { address } = await server.listen(any);
  await using client = createDceClient(Sample_v1, address);
  const call = client.nothing();
  await beginning;
  const closed = server.close();
  finish?.();
  await call;
  await closed;
});

test("a reply that comes while the request is being sent is not lost", async () => {
  const [near, distant] = duplexPair();
  distant.once("data", () => {
    distant.write(pdus.pdu(pdus.bindAck, pdus.acceptance()));
    const stub = Buffer.from("2a00000000000000", "hex");
    distant.once("data", () => distant.write(pdus.pdu(pdus.response, pdus.call(0, stub), { callId: 2 })));
  });
  await using client = createDceClient(Sample_v1, () => near);
  assert.deepEqual(await client.add(40, 2), { sum: 42, result: 0 });
  distant.destroy();
});

test("a fault in answer to a bind or alter_context says that no call ran", async () => {
  // As a server that is too busy: the first client gets no association, the second one no further interface.
  for (const bound of [0, 1]) {
    const types: (number | undefined)[] = [];
    const peer = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data: Buffer) => {
        types.push(data[2]);
        const callId = data.readUInt32LE(12);
        if (types.length <= bound) return void socket.write(pdus.pdu(pdus.bindAck, pdus.acceptance(), { callId }));
        const body = Buffer.alloc(16);
        body.writeUInt32LE(DceStatus.tooBusy, 8);
        socket.write(pdus.pdu(pdus.fault, body, { callId }));
      });
    });
    peer.listen(0, "127.0.0.1");
    await once(peer, "listening");
    const { port } = peer.address() as { port: number };
    const client = createDceClient(Sample_v1, `ncacn_ip_tcp:127.0.0.1[${port}]`);
    const other = createDceClient({ ...Sample_v1 }, channelOf(client));
    const tooBusy = { status: DceStatus.tooBusy };
    if (bound === 1) await assert.rejects(client.nothing(), { ...tooBusy, mayHaveRun: true });
    await assert.rejects((bound === 0 ? client : other).add(1, 2), { ...tooBusy, mayHaveRun: false });
    const expected = bound === 0 ? [pdus.bind] : [pdus.bind, pdus.request, pdus.alterContext];
    assert.deepEqual(types, expected);
    await client[Symbol.asyncDispose]();
    peer.close();
  }
});
