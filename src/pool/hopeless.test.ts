// Servers that cannot be called: how often a client connects to them, and what its calls do meanwhile.
import assert from "node:assert/strict";
import { test } from "node:test";
import type { Clock } from "../base/clock.js";
import { adder } from "../rpc/adder.test-support.js";
import type { ChannelCall } from "../rpc/call.js";
import { RpcDisconnected, type RpcError } from "../rpc/errors.js";
import { FakeClock } from "../testing/fake-clock.js";
import { listEndpoints } from "./list.js";
import { PoolChannel, type PoolChannelOptions } from "./pool-channel.js";
import type { Route } from "./routes.js";

/** How a server treats a connection. */
type Manner =
  | "refuses"
  | "accepts, then closes"
  | "closes at the first call"
  | "closes at all but procedure 0"
  | "serves";

/** A server that is only counted. */
class Station {
  manner: Manner;
  /** Milliseconds until a connection is made. */
  delay = 0;
  connections = 0;
  readonly clock: Clock;

  constructor(manner: Manner, clock: Clock) {
    this.manner = manner;
    this.clock = clock;
  }

  route(): Route {
    let connected = false;
    const connect: Route["connect"] = async () => {
      this.connections++;
      if (this.delay > 0) await new Promise<void>((resolve) => this.clock.setTimeout(resolve, this.delay));
      if (this.manner === "refuses") throw new RpcDisconnected("connection refused", { mayHaveRun: false });
      connected = this.manner !== "accepts, then closes";
    };
    return {
      remote: { kind: "memory", name: "station" },
      get connected() {
        return connected;
      },
      connect,
      call: async ({ procedure }) => {
        if (this.manner === "serves") return 3;
        if (this.manner === "closes at all but procedure 0" && procedure.number === 0) return undefined;
        connected = false;
        throw new RpcDisconnected("the server hung up", { mayHaveRun: true });
      },
      close: async () => undefined,
      destroy: () => undefined,
    };
  }
}

function poolOf(count: number, manner: Manner, options: Partial<PoolChannelOptions> = {}) {
  const clock = new FakeClock();
  const stations = Array.from({ length: count }, () => new Station(manner, clock));
  const endpoints = listEndpoints(stations.map((_, at) => `tcp://127.0.0.1:${at + 1}`));
  const open: PoolChannelOptions["open"] = ({ addresses: [address = ""] }) => {
    const station = stations[Number(address.slice(address.lastIndexOf(":") + 1)) - 1] as Station;
    return [station.route()];
  };
  const channel = new PoolChannel({ endpoints, program: adder, open, connectTimeout: 10_000, clock, ...options });
  return { clock, stations, channel, counts: () => stations.map(({ connections }) => connections) };
}

function request(options: ChannelCall["options"] = {}): ChannelCall {
  return { program: adder, procedure: adder.procedures.add, args: [{ a: 1, b: 2 }], options };
}

// A client of one server makes 5 or 6 connections in 3 s: after 0, 100, 300, 700 and 1,500 ms, each varied by 20 %. Here a caller may make
// one more after each probe, in place of the next one.
const mostOfOne = 8;

for (const manner of [
  "refuses",
  "accepts, then closes",
  "closes at the first call",
  "closes at all but procedure 0",
] as const) {
  for (const count of [1, 3]) {
    test(`a server that ${manner} is not connected to for each call: ${count} in the list`, async () => {
      const { clock, channel, counts } = poolOf(count, manner);
      let failed = 0;
      for (let step = 0; step < 300; step++) {
        channel.call(request()).catch(() => failed++);
        await clock.run(10);
      }
      assert.equal(failed, 300);
      for (const made of counts()) assert.ok(made >= 3 && made <= mostOfOne, `${counts()} connections`);
      channel.destroy();
    });
  }
}

test("during the backoff of all servers a call fails at once with the last errors, and certainly did not run", async () => {
  const { clock, channel, counts } = poolOf(2, "closes at the first call");
  for (let calls = 0; calls < 2; calls++) {
    const failing = assert.rejects(channel.call(request()), { mayHaveRun: true });
    await clock.run(0);
    await failing;
  }
  assert.deepEqual(counts(), [1, 1]);
  const started = clock.now();
  const failing = assert.rejects(channel.call(request()), (error: RpcError) => {
    assert.ok(error instanceof RpcDisconnected);
    assert.equal(error.mayHaveRun, false);
    assert.match(
      error.message,
      /none of 2 servers .* is not tried again yet: the server hung up; .*the server hung up/,
    );
    return true;
  });
  await clock.run(0);
  await failing;
  assert.equal(clock.now(), started);
  assert.deepEqual(counts(), [1, 1]);
  channel.destroy();
});

test("a server that came back while another one served is called at once when that one is lost", async () => {
  const { clock, channel, stations } = poolOf(2, "serves");
  const [returned, lost] = stations as [Station, Station];
  returned.manner = "refuses";
  for (let step = 0; step < 20; step++) {
    assert.equal(await clock.runUntil(channel.call(request())), 3);
    await clock.run(100);
  }
  returned.manner = "serves";
  lost.manner = "refuses";
  await assert.rejects(clock.runUntil(channel.call(request())), { mayHaveRun: true });
  const started = clock.now();
  assert.equal(await clock.runUntil(channel.call(request())), 3);
  assert.equal(clock.now(), started);
  channel.destroy();
});

test("with waitForServer a call waits for the next attempt, at most until its deadline", async () => {
  const { clock, channel, stations, counts } = poolOf(2, "refuses", { waitForServer: true });
  const late = assert.rejects(channel.call(request({ timeout: 50 })), { code: "RPC_TIMEOUT", mayHaveRun: false });
  await clock.run(50);
  await late;
  assert.deepEqual(counts(), [1, 1]);
  const call = channel.call(request({ timeout: 30_000 }));
  for (const station of stations) station.manner = "serves";
  assert.equal(await clock.runUntil(call), 3);
  assert.ok(Math.max(...counts()) === 2, `${counts()} connections`);
  channel.destroy();
});

test("a call of at-least-once outlives the backoff of all servers", async () => {
  const { clock, channel, stations, counts } = poolOf(2, "closes at the first call");
  const call = channel.call(request({ timeout: 30_000, semantics: "at-least-once" }));
  await clock.run(0);
  assert.deepEqual(counts(), [1, 1]);
  for (const station of stations) station.manner = "serves";
  assert.equal(await clock.runUntil(call), 3);
  assert.ok(Math.max(...counts()) === 2, `${counts()} connections`);
  channel.destroy();
});

test("a server that has answered over its last connection is connected to at once when it is lost", async () => {
  const { clock, channel, stations, counts } = poolOf(1, "serves");
  const [station] = stations as [Station];
  assert.equal(await clock.runUntil(channel.call(request())), 3);
  station.manner = "closes at the first call";
  await assert.rejects(clock.runUntil(channel.call(request())), { mayHaveRun: true });
  station.manner = "serves";
  const started = clock.now();
  const call = channel.call(request());
  await clock.run(0);
  assert.equal(await call, 3);
  assert.equal(clock.now(), started);
  assert.deepEqual(counts(), [2]);
  channel.destroy();
});

test("a server to which connecting takes longer than a probe is reached again by callers that have no other", async () => {
  const { clock, channel, stations } = poolOf(1, "refuses");
  const [station] = stations as [Station];
  await assert.rejects(clock.runUntil(channel.call(request())), { code: "RPC_DISCONNECTED" });
  station.manner = "serves";
  station.delay = 2_000;
  let answered = 0;
  for (let step = 0; step < 100; step++) {
    channel.call(request()).then(
      () => answered++,
      () => undefined,
    );
    await clock.run(100);
  }
  assert.ok(answered > 0);
  channel.destroy();
});

test("a caller that connects during a probe does not make probes more frequent", async () => {
  const { clock, channel, stations, counts } = poolOf(1, "refuses");
  const [station] = stations as [Station];
  station.delay = 50;
  await assert.rejects(clock.runUntil(channel.call(request())), { code: "RPC_DISCONNECTED" });
  // No caller has come since the first probe.
  while (station.connections < 3) await clock.run(1);
  await assert.rejects(clock.runUntil(channel.call(request())), { code: "RPC_DISCONNECTED" });
  await clock.run(30_000);
  const [before = 0] = counts();
  await clock.run(60_000);
  // The waits are 5 s, varied by 20 %.
  assert.ok(station.connections - before <= 16, `${station.connections - before} probes`);
  channel.destroy();
});

test("a server that has failed again after a probe has succeeded is left to its probes at once", async () => {
  const { clock, channel, stations, counts } = poolOf(1, "refuses");
  const [station] = stations as [Station];
  await assert.rejects(clock.runUntil(channel.call(request())), { code: "RPC_DISCONNECTED" });
  while (station.connections < 2) await clock.run(10);
  station.manner = "closes at all but procedure 0";
  while (station.connections < 3) await clock.run(10);
  await assert.rejects(clock.runUntil(channel.call(request())), { mayHaveRun: true });
  await assert.rejects(clock.runUntil(channel.call(request())), { mayHaveRun: false });
  assert.deepEqual(counts(), [3]);
  channel.destroy();
});
