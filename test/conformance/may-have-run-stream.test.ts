// The promises of streams in simulation: an error with `mayHaveRun` false is certain, and a stream that ends without an error is
// complete. Servers crash, close, refuse and change; readers leave, abort and repeat. LUPINE_FATES sets the number of worlds (default 20,
// in test:all 400), LUPINE_FUZZ_SEED the first seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, type Interceptor, RpcDisconnected, RpcError, refuse, Server } from "lupine";
import { AuthFlavor, authSys } from "lupine/auth";
import { createStreamClient, serveStreams, streaming } from "lupine/stream";
import { type Incarnation, type Simulation, seededRandom } from "lupine/testing";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { type Chance, type Entered, inWorlds, oneOf, seed, worlds } from "./fates.test-support.js";

const streamsEach = 12;
/** Milliseconds of the fake clock that an item may take. */
const longest = 300;

/** `b` items, unless chance has it otherwise. */
function addOf(random: Chance, clock: Incarnation["clock"], entered: Entered) {
  const pause = (most: number) => new Promise<void>((resolve) => clock.setTimeout(resolve, random() * most));
  async function* items(a: number, b: number): AsyncGenerator<number> {
    entered.set(a, (entered.get(a) ?? 0) + 1);
    for (let item = 0; item < b; item++) {
      const fate = random();
      if (fate < 0.1) await pause(longest);
      if (fate > 0.99) throw new Error("broken");
      if (fate > 0.98) throw refuse("RPC_PROC_UNAVAIL");
      if (fate > 0.97) yield "no number" as never;
      if (fate > 0.96) await new Promise(() => undefined);
      yield item;
    }
  }
  return ({ a, b }: { readonly a: number; readonly b: number }): AsyncGenerator<number> | Promise<never> => {
    const fate = random();
    if (fate > 0.95) {
      entered.set(a, (entered.get(a) ?? 0) + 1);
      throw refuse("RPC_PROC_UNAVAIL");
    }
    if (fate > 0.9) throw refuse("RPC_PROC_UNAVAIL", { mayHaveRun: false });
    return items(a, b);
  };
}

const interceptors: readonly (readonly Interceptor[])[] = [
  [],
  [],
  [
    async (call, next) => {
      const first = (await next(call)) as AsyncIterable<unknown>;
      async function* twice() {
        try {
          yield* first;
        } catch {
          yield* (await next(call)) as AsyncIterable<unknown>;
        }
      }
      return twice();
    },
  ],
  [
    async (call, next) => {
      const items = (await next(call)) as AsyncIterable<unknown>;
      async function* broken() {
        yield* items;
        throw new RpcDisconnected("no", { mayHaveRun: false });
      }
      return broken();
    },
  ],
];

async function worldOf(world: Simulation, seen: Map<string, number>): Promise<void> {
  const random = seededRandom(world.seed * 7 + 3);
  const entered: Entered = new Map();
  const changes = random() < 0.5;
  const limits = { streamsPerConnection: oneOf(random, [2, 256]), streams: oneOf(random, [3, 4_096]) };
  let close: (drain: number) => unknown = () => undefined;
  const server = world.machine("a", ({ clock, network }) => {
    const over = new Server({ clock, onError: () => undefined });
    close = (drain) => over.close({ drain });
    const odd = changes ? random() : 1;
    const add = addOf(random, clock, entered) as never;
    if (odd > 0.3) serveStreams(over, ADD_VERS, { add }, limits);
    else if (odd > 0.15) over.implement(ADD_VERS, { add }, { flavors: [AuthFlavor.SYS] });
    return over.listen("memory:a", { network });
  });
  Object.assign(world.network.faults, { cut: random() * 0.02, longestDelay: 60 });
  const { clock, network } = world.machine("client").now;
  await world.wait(20);
  const { add } = ADD_VERS.procedures;
  const program = { ...ADD_VERS, procedures: { add: { ...add, stream: streaming } } };
  const make = () => {
    const chosen = oneOf(random, interceptors);
    const options = {
      clock,
      connection: { network },
      waitForServer: random() < 0.5,
      ...(random() < 0.3 && { auth: authSys({ uid: 1, gid: 1, machineName: "m", gids: [] }) }),
    };
    const hasTwo = chosen === interceptors[2];
    const client =
      chosen.length === 0 && random() < 0.5
        ? createStreamClient(ADD_VERS, "memory:a", options)
        : createClient(program, "memory:a", { ...options, interceptors: chosen });
    return { client, hasTwo };
  };
  let { client, hasTwo } = make();
  const closed: PromiseLike<unknown>[] = [];
  const certain: { readonly a: number; readonly error: RpcError }[] = [];
  const read = async (a: number): Promise<void> => {
    const abort = new AbortController();
    if (random() < 0.2) clock.setTimeout(() => abort.abort(new Error("enough")), random() * 300);
    const length = Math.floor(random() * 40);
    const leaveAt = random() < 0.2 ? Math.floor(random() * 10) : Number.POSITIVE_INFINITY;
    const isTwice = hasTwo;
    let items = 0;
    try {
      const window = oneOf(random, [1, 4, 128]);
      for await (const item of client.add({ a, b: length }, { signal: abort.signal, window })) {
        if (!isTwice) assert.equal(item, items);
        if (++items >= leaveAt) return;
      }
      assert.ok(items >= length, `stream ${a} ended after ${items} of ${length} items`);
      seen.set("complete", (seen.get("complete") ?? 0) + 1);
    } catch (error) {
      assert.ok(error instanceof RpcError, String(error));
      const { code, mayHaveRun } = error;
      if (!mayHaveRun) certain.push({ a, error });
      const what = `${code} ${mayHaveRun ? "may have run" : "did not run"}`;
      seen.set(what, (seen.get(what) ?? 0) + 1);
    }
  };
  const happenings: readonly (() => void)[] = [
    ...Array.from({ length: 12 }, () => () => undefined),
    () => void server.restart(random() * 500),
    () => void server.restart(0),
    () => void close(oneOf(random, [0, 50, 5_000])),
    () => world.network.partition(["client"], ["a"]),
    () => world.network.heal(),
    () => {
      closed.push(client[Symbol.asyncDispose]());
      ({ client, hasTwo } = make());
    },
  ];
  const underway: Promise<void>[] = [];
  for (let number = 1; number <= streamsEach; number++) {
    underway.push(read(number));
    await world.wait(random() * 100);
    oneOf(random, happenings)();
  }
  world.network.heal();
  const patience = world.wait(60_000);
  await Promise.race([Promise.all(underway), patience]);
  // What hangs in a generator, hangs until its server or its client ends.
  await server.restart(0);
  closed.push(client[Symbol.asyncDispose]());
  await Promise.all(underway);
  for (const { a, error } of certain) {
    const runs = entered.get(a) ?? 0;
    assert.ok(runs === 0, `stream ${a}: ${error.code}, entered ${runs} times: ${error.message}`);
  }
}

test(`false is certain for streams: ${worlds} worlds of ${streamsEach} streams (seed ${seed})`, (t) =>
  inWorlds(t, worldOf));
