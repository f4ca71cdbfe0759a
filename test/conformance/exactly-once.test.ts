// Calls in sessions, in simulation: each runs once, whatever the network does and whenever the server crashes.
// LUPINE_SEEDS sets the number of seeds of each test (default 5, in test:all 25), LUPINE_SEED the first one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, RpcError, Server } from "lupine";
import { openSessionLog, type SessionStats, serveSessions } from "lupine/session";
import { type Incarnation, type Simulation, simulateSeeds } from "lupine/testing";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { thoroughTest } from "../support/count-of.js";

const seeds = Number(process.env["LUPINE_SEEDS"] ?? (process.env["LUPINE_TEST_ALL"] ? 25 : 5));
const first = Number(process.env["LUPINE_SEED"] ?? 1);

/** Enough crashes for one of them to interrupt a call. */
const seedsOfLogs = Math.max(seeds, 14);

type Transport = "network" | "datagrams";

interface Tally {
  readonly runs: number;
  readonly told: string;
}

const perClient = 6;

function serve(world: Simulation, transport: Transport, runs: number[], slots = 64) {
  return (machine: Incarnation) => {
    const { clock } = machine;
    const server = new Server({ clock, onError: (error) => world.fail(error) }).implement(ADD_VERS, {
      async add({ a, b }) {
        if (world.random() < 0.5) await new Promise<void>((resolve) => clock.setTimeout(resolve, 400 * world.random()));
        runs[a] = (runs[a] ?? 0) + 1;
        return a + b;
      },
    });
    serveSessions(server, { clock, slots });
    return server.listen("memory:add", { network: machine[transport] });
  };
}

/** Makes calls from two clients, two at a time each; some callers give up early. */
async function callAll(world: Simulation, transport: Transport, crashes: boolean): Promise<Tally[]> {
  Object.assign(world.network.faults, { drop: 0.2, duplicate: 0.3, reorder: 0.3, cut: 0.1 });
  const runs: number[] = [];
  const server = world.machine("server", serve(world, transport, runs));
  if (crashes) crashAtTimes(world, server);
  const told: string[] = [];
  await Promise.all(
    [0, 1].map(async (number) => {
      const { now } = world.machine(`client ${number}`);
      await using client = createClient(ADD_VERS, "memory:add", {
        clock: now.clock,
        connection: { network: now[transport] },
        semantics: "exactly-once",
        waitForServer: true,
        retransmit: { first: 300 },
      });
      const calling = async (from: number): Promise<void> => {
        for (let a = from; a < from + perClient; a++) {
          const timeout = world.random() < 0.2 ? 600 * world.random() : 60_000;
          told[a] = await client.add({ a, b: 0 }, { timeout }).then(String, (error) => outcomeOf(error));
        }
      };
      const own = number * 2 * perClient;
      await Promise.all([calling(own), calling(own + perClient)]);
    }),
  );
  await world.wait(120_000);
  return told.map((one, a) => ({ runs: runs[a] ?? 0, told: one === String(a) ? "result" : one }));
}

function outcomeOf(error: unknown): string {
  if (!(error instanceof RpcError)) throw error;
  return error.mayHaveRun ? error.code : "did not run";
}

async function crashAtTimes(world: Simulation, server: ReturnType<Simulation["machine"]>): Promise<void> {
  for (let times = 0; times < 4; times++) {
    await world.wait(1500 * world.random());
    await server.restart(300 * world.random());
  }
}

function check(tallies: readonly Tally[], counts: Map<string, number>): void {
  for (const { runs, told } of tallies) {
    assert.ok(runs <= 1, `a call ran ${runs} times`);
    if (told === "result") assert.equal(runs, 1, "a call has a result and did not run");
    if (told === "did not run") assert.equal(runs, 0, "a call ran, and its error says that it did not");
    counts.set(told, (counts.get(told) ?? 0) + 1);
  }
}

for (const transport of ["network", "datagrams"] as const) {
  test(`over ${transport} every call runs once, unless its caller gives up`, async () => {
    const counts = new Map<string, number>();
    await simulateSeeds(seeds, async (world) => check(await callAll(world, transport, false), counts), { first });
    for (const told of counts.keys()) assert.ok(["RPC_TIMEOUT", "did not run", "result"].includes(told), told);
  });

  test(`over ${transport}, with a server that forgets its sessions in crashes, no call runs twice, and some are in doubt`, async () => {
    const counts = new Map<string, number>();
    await simulateSeeds(seeds, async (world) => check(await callAll(world, transport, true), counts), { first });
    assert.ok((counts.get("RPC_IN_DOUBT") ?? 0) > 0, JSON.stringify([...counts]));
    assert.ok((counts.get("result") ?? 0) > 0, JSON.stringify([...counts]));
  });
}

test("with more calls than slots, every call runs once, and those that never had a slot do not run", async () => {
  const counts = new Map<string, number>();
  await simulateSeeds(seeds, async (world) => check(await crowd(world, 2, 0.1), counts), { first });
  assert.ok((counts.get("result") ?? 0) > 0, JSON.stringify([...counts]));
});

test("with callers most of which give up early by a signal, no call runs twice, and those that did not run are known", async () => {
  const counts = new Map<string, number>();
  await simulateSeeds(seeds, async (world) => check(await crowd(world, 8, 0.8), counts), { first });
  for (const told of ["result", "RPC_CANCELLED"]) assert.ok((counts.get(told) ?? 0) > 0, JSON.stringify([...counts]));
});

/**
 * Makes many calls at once in sessions of few slots. Some callers give up early, by a timeout or a signal (`signals`: from 0 to 1, how many);
 * the server crashes.
 */
async function crowd(world: Simulation, slots: number, signals: number): Promise<Tally[]> {
  const transport = world.random() < 0.5 ? "network" : "datagrams";
  Object.assign(world.network.faults, { drop: 0.1, duplicate: 0.2, reorder: 0.2, cut: 0.05 });
  const runs: number[] = [];
  const server = world.machine("server", serve(world, transport, runs, slots));
  if (world.random() < 0.5) crashAtTimes(world, server);
  const { now } = world.machine("client");
  await using client = createClient(ADD_VERS, "memory:add", {
    clock: now.clock,
    connection: { network: now[transport] },
    semantics: "exactly-once",
    waitForServer: world.random() < 0.5,
    retransmit: { first: 300 },
    timeout: 60_000,
  });
  const told: string[] = [];
  const calling = async (from: number, count: number): Promise<void> => {
    for (let a = from; a < from + count; a++) {
      const signal = world.random() < signals ? abortedAfter(now.clock, 1_000 * world.random()) : undefined;
      const timeout = world.random() < 0.2 ? { timeout: 2_000 * world.random() } : {};
      told[a] = await client
        .add({ a, b: 0 }, { ...timeout, ...(signal && { signal }) })
        .then(String, (error) => outcomeOf(error));
    }
  };
  await Promise.all(Array.from({ length: 6 }, (_, at) => calling(at * 3, 3)));
  await world.wait(120_000);
  return told.map((one, a) => ({ runs: runs[a] ?? 0, told: one === String(a) ? "result" : one }));
}

function abortedAfter(clock: Incarnation["clock"], milliseconds: number): AbortSignal {
  const abort = new AbortController();
  clock.setTimeout(() => abort.abort(), milliseconds);
  return abort.signal;
}

thoroughTest(
  "1,000 copies of a call that still runs do not run it again; those that the server takes join it",
  async () => {
    await simulateSeeds(1, async (world) => {
      let executions = 0;
      let finish: ((sum: number) => void) | undefined;
      let stats: SessionStats | undefined;
      world.machine("server", ({ clock, datagrams }) => {
        const server = new Server({ clock }).implement(ADD_VERS, {
          add: () => {
            executions++;
            return new Promise<number>((resolve) => {
              finish = resolve;
            });
          },
        });
        stats = serveSessions(server, { clock }).stats;
        return server.listen("memory:add", { network: datagrams });
      });
      const { clock, datagrams } = world.machine("client").now;
      await using client = createClient(ADD_VERS, "memory:add", {
        clock,
        connection: { network: datagrams },
        semantics: "exactly-once",
        timeout: 3_600_000,
        retransmit: { first: 100, factor: 1, jitter: 0 },
      });
      const sum = client.add({ a: 1, b: 2 });
      await world.wait(100_100);
      finish?.(3);
      assert.equal(await sum, 3);
      await world.wait(60_000);
      assert.equal(executions, 1);
      // The limit of calls in flight of a connection holds for copies, too.
      assert.ok((stats?.joins ?? 0) > 100, `${stats?.joins} joins`);
    });
  },
);

test("a client whose copies were lost is closed as soon as its calls have their answers", async () => {
  await simulateSeeds(seeds, async (world) => {
    Object.assign(world.network.faults, { drop: 0.5 });
    world.machine("server", ({ clock, datagrams }) => {
      const server = new Server({ clock }).implement(ADD_VERS, { add: ({ a, b }) => a + b });
      serveSessions(server, { clock });
      return server.listen("memory:add", { network: datagrams });
    });
    const { clock, datagrams } = world.machine("client").now;
    const client = createClient(ADD_VERS, "memory:add", {
      clock,
      connection: { network: datagrams },
      semantics: "exactly-once",
      timeout: 3_600_000,
      retransmit: { first: 100, longest: 400 },
    });
    for (let a = 0; a < 10; a++) assert.equal(await client.add({ a, b: 1 }), a + 1);
    const answered = clock.now();
    await client[Symbol.asyncDispose]();
    // The end of the session is asked for, for a second at most.
    assert.ok(clock.now() - answered < 10_000, `${clock.now() - answered} ms of the simulation`);
  });
});

for (const transactional of [true, false]) {
  const what = transactional
    ? "with a log and handlers that change its state alone, each call counts once although the server crashes"
    : "with a log, no call runs twice although the server crashes, and those that were interrupted are in doubt";
  test(what, async () => {
    const counts = new Map<string, number>();
    const scenario = async (world: Simulation): Promise<void> => {
      Object.assign(world.network.faults, { drop: 0.1, duplicate: 0.2, reorder: 0.2, cut: 0.05 });
      const transport = world.random() < 0.5 ? "network" : "datagrams";
      let sums: (() => Map<string, string>) | undefined;
      const server = world.machine("server", async (machine) => {
        const { clock, disk } = machine;
        const log = await openSessionLog("sessions", { disk, clock, checkpoint: 2000 });
        const server = new Server({ clock, onError: (error) => world.fail(error) }).implement(ADD_VERS, {
          async add({ a }, { transaction }) {
            const pause = (): Promise<void> => new Promise((resolve) => clock.setTimeout(resolve, 50 * world.random()));
            if (world.random() < 0.3) await pause();
            const runs = await transaction?.((state) => {
              const before = Number(state.get(String(a)) ?? 0);
              state.set(String(a), before + 1);
              return before + 1;
            });
            if (world.random() < 0.3) await pause();
            return runs as number;
          },
        });
        serveSessions(server, { clock, log, transactional });
        sums = () => log.state;
        await server.listen("memory:add", { network: machine[transport] });
      });
      crashAtTimes(world, server);
      const { now } = world.machine("client");
      await using client = createClient(ADD_VERS, "memory:add", {
        clock: now.clock,
        connection: { network: now[transport] },
        semantics: "exactly-once",
        waitForServer: true,
        timeout: 600_000,
        retransmit: { first: 300, longest: 2000 },
      });
      const told: string[] = [];
      const calling = async (from: number): Promise<void> => {
        for (let a = from; a < from + 6; a++) {
          told[a] = await client.add({ a, b: 0 }).then(String, (error) => outcomeOf(error));
        }
      };
      await Promise.all([calling(0), calling(6)]);
      await world.wait(60_000);
      for (const [a, one] of told.entries()) {
        const runs = Number(sums?.().get(String(a)) ?? 0);
        assert.ok(runs <= 1, `call ${a} counts ${runs} times`);
        if (one === "1") assert.equal(runs, 1, `call ${a} has a result and does not count`);
        counts.set(one, (counts.get(one) ?? 0) + 1);
      }
    };
    await simulateSeeds(seedsOfLogs, scenario, { first });
    assert.deepEqual([...counts.keys()].sort(), transactional ? ["1"] : ["1", "RPC_IN_DOUBT"]);
  });
}
