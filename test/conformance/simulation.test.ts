// Clients and servers in simulations: what the semantics of calls promise on bad networks, with machines that crash.
// LUPINE_SEEDS sets the number of seeds of each test (default 15, in test:all 40), LUPINE_SEED the first one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, memoryReplyCache, RpcError, Server, type ServerOptions } from "lupine";
import type { Semantics } from "lupine/client";
import { checkLinearizable, History, type Incarnation, type Simulation, simulate, simulateSeeds } from "lupine/testing";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const seeds = Number(process.env["LUPINE_SEEDS"] ?? (process.env["LUPINE_TEST_ALL"] ? 40 : 6));
const first = Number(process.env["LUPINE_SEED"] ?? 1);

interface Plan {
  readonly semantics: Semantics;
  readonly transport: "network" | "datagrams";
  readonly crashes: boolean;
  readonly options?: (machine: Incarnation) => ServerOptions;
}

/** How often each call ran, and what its caller was told. */
interface Tally {
  readonly runs: number;
  readonly told: "result" | "failed, may have run" | "did not run";
}

const calls = 8;

/** Calls `a = 0 .. 7` from two clients; the sums are `a`. Everything that can go wrong by chance does. */
async function callAll(world: Simulation, plan: Plan): Promise<Tally[]> {
  Object.assign(world.network.faults, { drop: 0.2, duplicate: 0.2, reorder: 0.3, corrupt: 0, cut: 0.1 });
  const runs = new Array<number>(calls).fill(0);
  const server = world.machine("server", (machine) => {
    const { clock } = machine;
    const served = new Server({ clock, onError: () => undefined, ...plan.options?.(machine) });
    served.implement(ADD_VERS, {
      async add({ a, b }) {
        if (world.random() < 0.5) await new Promise<void>((resolve) => clock.setTimeout(resolve, 400 * world.random()));
        runs[a] = (runs[a] as number) + 1;
        return a + b;
      },
    });
    return served.listen("memory:add", { network: machine[plan.transport] });
  });
  if (plan.crashes) crashAtTimes(world, server);
  const told = await Promise.all(
    [0, 1].map((client) =>
      callsOf(
        world,
        `client ${client}`,
        plan,
        [0, 2, 4, 6].map((a) => a + client),
      ),
    ),
  );
  // What was repeated late may still arrive.
  await world.wait(120_000);
  const all = new Map(told.flatMap((each) => [...each]));
  return runs.map((count, a) => ({ runs: count, told: all.get(a) as Tally["told"] }));
}

async function crashAtTimes(world: Simulation, server: ReturnType<Simulation["machine"]>): Promise<void> {
  for (let times = 0; times < 3; times++) {
    await world.wait(1500 * world.random());
    await server.restart(300 * world.random());
  }
}

async function callsOf(
  world: Simulation,
  name: string,
  plan: Plan,
  numbers: number[],
): Promise<Map<number, Tally["told"]>> {
  const { now } = world.machine(name);
  await using client = createClient(ADD_VERS, "memory:add", {
    clock: now.clock,
    connection: { network: now[plan.transport] },
    semantics: plan.semantics,
    waitForServer: true,
    timeout: 20_000,
    retransmit: { first: 300 },
  });
  const told = new Map<number, Tally["told"]>();
  for (const a of numbers) {
    try {
      assert.equal(await client.add({ a, b: 0 }), a);
      told.set(a, "result");
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      told.set(a, error.mayHaveRun ? "failed, may have run" : "did not run");
    }
  }
  return told;
}

function check(tallies: readonly Tally[], most: number): void {
  for (const { runs, told } of tallies) {
    assert.ok(runs <= most, `a call ran ${runs} times`);
    if (told === "result") assert.ok(runs >= 1, "a call has a result and did not run");
    if (told === "did not run") assert.equal(runs, 0, "a call ran, and its error says that it did not");
  }
}

const cached = ({ clock }: Incarnation): ServerOptions => ({ replyCache: memoryReplyCache({ clock }) });
const often = Number.POSITIVE_INFINITY;

test("the same seed gives the same run, message by message", async () => {
  const traceOf = async (seed: number): Promise<string[]> => {
    const lines: string[] = [];
    const plan: Plan = { semantics: "at-least-once", transport: "datagrams", crashes: true };
    await simulate(seed, (world) => callAll(world, plan), { trace: (line) => lines.push(line) });
    return lines;
  };
  const [one, again, other] = [await traceOf(5), await traceOf(5), await traceOf(6)];
  assert.ok(one.length > 20, `${one.length} lines`);
  assert.deepEqual(again, one);
  assert.notDeepEqual(other, one);
});

for (const transport of ["network", "datagrams"] as const) {
  test(`at-least-once over ${transport}: a call with a result ran, whatever breaks and crashes`, async () => {
    const plan: Plan = { semantics: "at-least-once", transport, crashes: true };
    await simulateSeeds(seeds, async (world) => check(await callAll(world, plan), often), { first });
  });

  test(`maybe over ${transport}, with a reply cache: a call runs at most once`, async () => {
    const plan: Plan = { semantics: "maybe", transport, crashes: false, options: cached };
    await simulateSeeds(seeds, async (world) => check(await callAll(world, plan), 1), { first });
  });

  test(`at-most-once over ${transport}, with a reply cache and a server that stays: a call runs at most once`, async () => {
    const plan: Plan = { semantics: "at-most-once", transport, crashes: false, options: cached };
    await simulateSeeds(seeds, async (world) => check(await callAll(world, plan), 1), { first });
  });
}

test("at-most-once over datagrams without a reply cache is caught, and the error names a seed that fails again", async () => {
  const options = (): ServerOptions => ({ replyCache: false });
  const plan: Plan = { semantics: "at-most-once", transport: "datagrams", crashes: false, options };
  const scenario = async (world: Simulation): Promise<void> => check(await callAll(world, plan), 1);
  const failed = await simulateSeeds(200, scenario).catch((error: Error) => error.message);
  const seed = Number(/simulation of seed (\d+) failed: a call ran \d times/.exec(String(failed))?.[1]);
  await assert.rejects(simulate(seed, scenario), { message: String(failed) });
});

test("a call that is separated from its server ends when the partition does", async () => {
  await simulate(1, async (world) => {
    world.machine("server", ({ clock, network }) =>
      new Server({ clock }).implement(ADD_VERS, { add: ({ a, b }) => a + b }).listen("memory:add", { network }),
    );
    const { clock, network } = world.machine("client").now;
    await using client = createClient(ADD_VERS, "memory:add", { clock, connection: { network } });
    assert.equal(await client.add({ a: 1, b: 1 }), 2);
    world.network.partition(["client"], ["server"]);
    const started = clock.now();
    const sum = client.add({ a: 1, b: 2 });
    await world.wait(5000);
    world.network.heal();
    assert.equal(await sum, 3);
    assert.ok(clock.now() - started >= 5000);
  });
});

test("a counter without a lock is not linearizable, and the checker says so in some seed", async () => {
  const counts = { fit: 0, none: 0 };
  await simulateSeeds(40, async (world) => {
    let count = 0;
    world.machine("server", ({ clock, network }) =>
      new Server({ clock })
        .implement(ADD_VERS, {
          async add({ a }) {
            const before = count;
            await new Promise<void>((resolve) => clock.setTimeout(resolve, 3 * world.random()));
            count = before + a;
            return count;
          },
        })
        .listen("memory:add", { network }),
    );
    const history = new History<number, number>();
    await Promise.all(
      ["one", "two"].map(async (name) => {
        const { clock, network } = world.machine(name).now;
        await using client = createClient(ADD_VERS, "memory:add", { clock, connection: { network } });
        for (let times = 0; times < 3; times++) {
          await world.wait(20 * world.random());
          await history.record(1, () => client.add({ a: 1, b: 0 }));
        }
      }),
    );
    const counter = { initial: 0, apply: (state: number, by: number) => ({ state: state + by, output: state + by }) };
    counts[checkLinearizable(counter, history.operations).linearizable ? "fit" : "none"]++;
  });
  assert.ok(counts.fit > 0 && counts.none > 0, JSON.stringify(counts));
});
