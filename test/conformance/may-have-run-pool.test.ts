// The promise that `mayHaveRun: false` is certain, for whole clients in simulation: several servers or one, every semantics, machines
// that crash, leave and return, networks that cut and lose, signals and closing at any moment, and interceptors that repeat.
// LUPINE_FATES sets the number of worlds (default 20, in test:all 400), LUPINE_FUZZ_SEED the first seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, type Interceptor, RpcDisconnected, RpcError, RpcTimeout, Server } from "lupine";
import { type Simulation, seededRandom } from "lupine/testing";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { addOf, type Entered, inWorlds, oneOf, seed, worlds } from "./fates.test-support.js";

const callsEach = 12;
const names = ["a", "b", "c"];

type Semantics = "at-most-once" | "at-least-once" | "maybe";

const interceptors: readonly (readonly Interceptor[])[] = [
  [],
  [],
  [async (call, next) => next(call).catch(() => next({ ...call }))],
  [(call, next) => Promise.race([next(call), next(call)])],
  [
    async (call, next) => {
      await next(call);
      throw new RpcDisconnected("no", { mayHaveRun: false });
    },
  ],
  [
    (call, next) =>
      Promise.race([
        next(call),
        Promise.resolve().then(() => Promise.reject(new RpcTimeout("now", { mayHaveRun: false }))),
      ]),
  ],
];

async function worldOf(world: Simulation, seen: Map<string, number>): Promise<void> {
  const random = seededRandom(world.seed * 7 + 3);
  const entered: Entered = new Map();
  const kind = random() < 0.6 ? "network" : "datagrams";
  const servers = names.map((name) =>
    world.machine(name, ({ clock, [kind]: network }) => {
      const server = new Server({ clock, onError: () => undefined });
      server.implement(ADD_VERS, { add: addOf(random, clock, entered, { share: 0.3, longest: 400 }) });
      return server.listen(`memory:${name}`, { network });
    }),
  );
  Object.assign(world.network.faults, {
    cut: random() * 0.15,
    drop: random() * 0.4,
    reorder: random() * 0.3,
    longestDelay: 60,
  });
  const { clock, [kind]: network } = world.machine("client").now;
  await world.wait(1);
  const several = random() < 0.6;
  const make = () =>
    createClient(ADD_VERS, several ? names.map((name) => `memory:${name}`) : "memory:a", {
      clock,
      connection: { network },
      interceptors: oneOf(random, interceptors),
      waitForServer: random() < 0.5,
      retransmit: { first: 20, factor: 1.5, jitter: 0.5, random },
    });
  let client = make();
  const closed: PromiseLike<void>[] = [];
  const happenings: readonly (() => void)[] = [
    () => undefined,
    () => void oneOf(random, servers).restart(random() * 500),
    () => void oneOf(random, servers).restart(0),
    () => world.network.partition(["client"], [oneOf(random, names)]),
    () => world.network.heal(),
    () => {
      closed.push(client[Symbol.asyncDispose]());
      client = make();
    },
  ];
  const calls: Promise<void>[] = [];
  const failures: { readonly number: number; readonly semantics: Semantics; readonly error: RpcError }[] = [];
  for (let number = 0; number < callsEach; number++) {
    const abort = new AbortController();
    const semantics = oneOf<Semantics>(random, ["at-most-once", "at-most-once", "at-least-once", "maybe"]);
    if (random() < 0.3) clock.setTimeout(() => abort.abort(new Error("enough")), random() * 300);
    const timeout = oneOf(random, [5, 50, 500, 500]);
    const a = number + 1;
    const call = client.add({ a, b: 2 }, { semantics, timeout, signal: abort.signal }).then(
      (sum) => assert.equal(sum, a + 2),
      (error: unknown) => {
        assert.ok(error instanceof RpcError, String(error));
        failures.push({ number: a, semantics, error });
      },
    );
    calls.push(call);
    await world.wait(random() * 60);
    oneOf(random, happenings)();
  }
  await Promise.all(calls);
  world.network.heal();
  // Whatever still runs, or is still on its way, has time to be seen.
  await world.wait(5_000);
  closed.push(client[Symbol.asyncDispose]());
  for (const { number, semantics, error } of failures) {
    const runs = entered.get(number) ?? 0;
    const { code, mayHaveRun, message } = error;
    assert.ok(mayHaveRun || runs === 0, `call ${number}, ${semantics}: ${code}, entered ${runs} times: ${message}`);
    const what = `${semantics} ${code} ${mayHaveRun ? "may have run" : "did not run"}`;
    seen.set(what, (seen.get(what) ?? 0) + 1);
  }
}

test(`false is certain for whole clients: ${worlds} worlds of ${callsEach} calls (seed ${seed})`, (t) =>
  inWorlds(t, worldOf));
