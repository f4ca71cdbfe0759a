// What DCE RPC shares with ONC RPC: interceptors, channels, several servers, memory, the clock, draining.
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import { test } from "node:test";
import { AuthStat, channelOf, deny, type Interceptor, RpcCancelled, RpcDisconnected, RpcTimeout, refuse } from "lupine";
import { createDceClient, DceFault, type DceImplementation, DceRejected, DceServer, DceStatus } from "lupine/dce";
import { FakeClock } from "lupine/testing";
import { Sample_v1, type Sample_v1_Operations } from "../interop/dce/sample.gen.js";
import { implementation } from "../interop/dce/sample-server.js";
import { ping } from "../support/dce-ping.js";
import { gate } from "../support/gate.js";

const any = "ncacn_ip_tcp:127.0.0.1[0]";

function serverOf(changes: Partial<DceImplementation<Sample_v1_Operations>> = {}): DceServer {
  return new DceServer().implement(Sample_v1, { ...implementation(), ...changes });
}

test("interceptors of ONC RPC run around the calls of a DCE client", async () => {
  const seen: unknown[] = [];
  const log: Interceptor = async (call, next) => {
    seen.push(call.program.name, call.program.version, call.procedure.name, call.args, call.remote);
    call.values.set("seen", true);
    return next({ ...call, args: [40, 2] });
  };
  const inner: Interceptor = async (call, next) => {
    assert.equal(call.values.get("seen"), true);
    return next(call);
  };
  await using server = serverOf();
  const { address, port } = await server.listen(any);
  await using client = createDceClient(Sample_v1, address, { interceptors: [log, inner] });
  assert.deepEqual(await client.add(1, 1), { sum: 42, result: 0 });
  assert.deepEqual(seen, ["Sample", 1, "add", [1, 1], { kind: "tcp", host: "127.0.0.1", port }]);
});

test("interceptors of a server see the call, pass values on, and choose faults", async () => {
  const steps: string[] = [];
  const guard: Interceptor = async (call, next) => {
    steps.push(`${call.program.name}.${call.procedure.name}(${call.args})`);
    const [first] = call.args;
    if (first === 1) throw deny(AuthStat.TOOWEAK);
    if (first === 2) throw refuse("RPC_GARBAGE_ARGS");
    if (first === 3) throw new DceFault(DceStatus.tooBusy);
    call.values.set("user", "alice");
    return next({ ...call });
  };
  await using server = new DceServer({ interceptors: [guard] }).implement(Sample_v1, {
    ...implementation(),
    add: (a, b, call) => {
      if (b === 1) throw new DceFault(DceStatus.unspecified, { mayHaveRun: false });
      if (b === 2) throw new DceFault(DceStatus.accessDenied);
      assert.equal(call.values.get("user"), "alice");
      assert.equal(call.operation.name, "add");
      return { sum: a + b, result: call.remote.kind === "memory" ? 1 : 0 };
    },
  });
  await using client = createDceClient(Sample_v1, server);
  assert.deepEqual(await client.add(4, 5), { sum: 9, result: 1 });
  const faults = [
    [1, 0, DceStatus.accessDenied, false],
    [2, 0, DceStatus.badStubData, false],
    [3, 0, DceStatus.tooBusy, false],
    [4, 1, DceStatus.unspecified, false],
    [4, 2, DceStatus.accessDenied, true],
  ] as const;
  for (const [a, b, status, mayHaveRun] of faults) await assert.rejects(client.add(a, b), { status, mayHaveRun });
  assert.deepEqual(steps.slice(0, 2), ["Sample.add(4,5)", "Sample.add(1,0)"]);
});

test("an interceptor that calls next after its call has ended runs nothing", async () => {
  let late: (() => Promise<unknown>) | undefined;
  let runs = 0;
  const guard: Interceptor = async (call, next) => {
    late = () => next({ ...call });
    throw deny(AuthStat.TOOWEAK);
  };
  await using server = new DceServer({ interceptors: [guard] });
  server.implement(Sample_v1, { ...implementation(), nothing: () => void runs++ });
  await using client = createDceClient(Sample_v1, server);
  await assert.rejects(client.nothing(), { status: DceStatus.accessDenied, mayHaveRun: false });
  await assert.rejects(late?.() as Promise<unknown>, /after the end of the call/);
  assert.equal(runs, 0);
});

test("a fault that a handler got from another server is not its own answer", async () => {
  const errors: unknown[] = [];
  await using distant = serverOf({
    nothing: () => {
      throw new DceFault(DceStatus.accessDenied);
    },
  });
  await using client = createDceClient(Sample_v1, distant);
  await using server = new DceServer({ onError: (error) => errors.push(error) });
  server.implement(Sample_v1, { ...implementation(), nothing: () => client.nothing() });
  await using caller = createDceClient(Sample_v1, server);
  await assert.rejects(caller.nothing(), { status: DceStatus.unspecified, mayHaveRun: true });
  assert.equal(errors.length, 1);
});

test("calls are spread over a list of servers, and go on to the next one if a server fails", async () => {
  const counts = [0, 0];
  const servers = counts.map((_, i) =>
    serverOf({
      add: (a, b) => {
        counts[i] = (counts[i] ?? 0) + 1;
        return { sum: a + b, result: i };
      },
    }),
  );
  const addresses = await Promise.all(servers.map(async (one) => (await one.listen(any)).address));
  await using client = createDceClient(Sample_v1, addresses);
  for (let i = 0; i < 10; i++) await client.add(i, 1);
  assert.deepEqual(counts, [5, 5]);
  servers[0]?.destroy();
  for (let i = 0; i < 10; i++) {
    // The first call may find out that the connection is lost; it did not run there.
    await client.add(i, 1).catch((error: RpcDisconnected) => assert.ok(error instanceof RpcDisconnected));
  }
  assert.ok((counts[1] ?? 0) >= 14, String(counts));
  await servers[1]?.close();
  await assert.rejects(client.add(1, 1), RpcDisconnected);
});

test("an idempotent call goes to the next server, any other may have run", async () => {
  const cutting = createServer((socket: Socket) => {
    // Accepts the association, and closes it with the first request.
    const near = connect(good.port, "127.0.0.1");
    near.on("data", (chunk: Buffer) => socket.write(chunk));
    near.on("close", () => socket.destroy());
    let packets = 0;
    socket.on("data", (chunk: Buffer) => {
      packets++;
      if (packets === 1) near.write(chunk);
      else socket.destroy();
    });
    socket.on("error", () => undefined);
    socket.on("close", () => near.destroy());
  });
  await using server = serverOf();
  const good = await server.listen(any);
  await once(cutting.listen(0, "127.0.0.1"), "listening");
  const { port } = cutting.address() as { port: number };
  const both = [`ncacn_ip_tcp:127.0.0.1[${port}]`, good.address];
  for (let i = 0; i < 4; i++) {
    await using client = createDceClient(Sample_v1, both);
    assert.equal(await client.sum([1, 2]), 3n);
  }
  await using client = createDceClient(Sample_v1, both[0] as string);
  await assert.rejects(client.add(1, 2), (error) => error instanceof RpcDisconnected && error.mayHaveRun);
  cutting.close();
});

test("a server that is too busy, or lacks the interface, is passed over", async () => {
  await using busy = serverOf({
    add: () => {
      throw new DceFault(DceStatus.tooBusy, { mayHaveRun: false });
    },
  });
  await using other = new DceServer().implement(ping, { ping: () => undefined });
  await using good = serverOf();
  const addresses = await Promise.all([busy, other, good].map(async (one) => (await one.listen(any)).address));
  await using client = createDceClient(Sample_v1, addresses);
  for (let i = 0; i < 6; i++) assert.deepEqual(await client.add(i, 1), { sum: i + 1, result: 0 });
  await using alone = createDceClient(Sample_v1, [addresses[1] as string]);
  await assert.rejects(alone.add(1, 1), (error) => error instanceof DceRejected && !error.mayHaveRun);
});

test("clients of several interfaces share one association", async () => {
  let connections = 0;
  const server = serverOf().implement(ping, { ping: () => undefined });
  const counted = {
    accept(stream: Duplex): void {
      connections++;
      server.accept(stream);
    },
  };
  await using sample = createDceClient(Sample_v1, counted);
  await using pings = createDceClient(ping, channelOf(sample), { timeout: 20_000 });
  await Promise.all([sample.add(1, 2), pings.ping(), sample.sum([1]), pings.ping()]);
  await using missing = createDceClient({ ...ping, version: 9 }, channelOf(sample));
  await assert.rejects(missing.ping(), DceRejected);
  await pings[Symbol.asyncDispose]();
  assert.deepEqual(await sample.add(1, 2), { sum: 3, result: 0 });
  assert.equal(connections, 1);
  assert.throws(
    () => createDceClient(ping, channelOf(sample), { byteOrder: "big" }),
    /options\.byteOrder does not apply/,
  );
  assert.throws(() => createDceClient(ping, any, { balance: "sticky" }), /options\.balance does not apply/);
  assert.throws(() => createDceClient(ping, any, { directory: "dir" }), /options\.directory does not apply/);
});

test("deadlines are those of the clock that is handed in", async () => {
  const clock = new FakeClock();
  const running = gate();
  await using server = serverOf({
    nothing: async () => {
      running.open();
      await new Promise(() => undefined);
    },
  });
  await using client = createDceClient(Sample_v1, server, { clock, timeout: 3_600_000 });
  const call = client.nothing();
  await running.opened;
  clock.advance(3_600_010);
  await assert.rejects(call, (error) => error instanceof RpcTimeout && error.mayHaveRun);
  server.destroy();
});

test("closing a client waits for its calls in flight, and refuses new ones", async () => {
  const running = gate();
  const finish = gate();
  await using server = serverOf({
    nothing: async () => {
      running.open();
      await finish.opened;
    },
  });
  const client = createDceClient(Sample_v1, server);
  const call = client.nothing();
  await running.opened;
  const closed = client[Symbol.asyncDispose]();
  await assert.rejects(client.add(1, 1), (error) => error instanceof RpcDisconnected && !error.mayHaveRun);
  finish.open();
  await Promise.all([call, closed]);
});

test("a call that is cancelled ends as the server answers it", async () => {
  const running = gate();
  await using server = serverOf({
    nothing: async (call) => {
      running.open();
      await once(call.signal, "abort");
      throw call.signal.reason;
    },
    sum: async (values, call) => {
      if (values.length === 1) await once(call.signal, "abort");
      return 7n;
    },
  });
  await using client = createDceClient(Sample_v1, server);
  const cancel = new AbortController();
  const call = client.nothing({ cancel: cancel.signal });
  await running.opened;
  cancel.abort();
  await assert.rejects(call, { status: DceStatus.cancelled, mayHaveRun: true });
  // The server may answer with a result as well.
  const other = new AbortController();
  const sum = client.sum([1], { cancel: other.signal });
  await client.add(1, 1);
  other.abort();
  assert.equal(await sum, 7n);
  await assert.rejects(client.add(1, 1, { signal: AbortSignal.abort() }), RpcCancelled);
});

test("a call is cancelled at the server whenever its signal is aborted: before, while it connects, or in the same turn", async () => {
  await using server = serverOf({
    nothing: async ({ signal }) => {
      if (!signal.aborted) await once(signal, "abort");
      throw signal.reason;
    },
  });
  const { address } = await server.listen(any);
  for (const target of [address, server]) {
    await using client = createDceClient(Sample_v1, target);
    const cancelled = { status: DceStatus.cancelled, mayHaveRun: true };
    // The first call makes the connection, the others are sent over it.
    for (let i = 0; i < 2; i++) {
      await assert.rejects(client.nothing({ cancel: AbortSignal.abort() }), cancelled);
      const controller = new AbortController();
      const call = client.nothing({ cancel: controller.signal });
      controller.abort();
      await assert.rejects(call, cancelled);
    }
    await using connecting = createDceClient(Sample_v1, target);
    const controller = new AbortController();
    const call = connecting.nothing({ cancel: controller.signal });
    setImmediate(() => controller.abort());
    await assert.rejects(call, cancelled);
  }
});
