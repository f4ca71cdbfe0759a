// Mutants: servers, caches, logs, disks and clients, each with one planted fault. The simulations have to find every one of them
// within 2,000 seeds, and nothing in the same scenario without the fault.
// LUPINE_SEEDS sets the number of seeds without a fault (default 10), LUPINE_SEED the first one.
import assert from "node:assert/strict";
import { test } from "node:test";
import { createClient, type Interceptor, memoryReplyCache, RpcError, Server } from "lupine";
import type { ReplyCache, ReplyKey } from "lupine/server";
import { type Ledger, openSessionLog, serveSessions } from "lupine/session";
import { type Incarnation, type Simulation, simulateSeeds } from "lupine/testing";
import { openConnection } from "lupine/transport";
import { ADD_VERS } from "../../examples/add/add.gen.js";

const seeds = Number(process.env["LUPINE_SEEDS"] ?? 10);
const first = Number(process.env["LUPINE_SEED"] ?? 1);
const mostSeeds = 2000;

type Scenario = (world: Simulation) => Promise<void>;

interface Mutant {
  readonly name: string;
  readonly scenario: Scenario;
  /** The fault that the simulation reports. */
  readonly caught: RegExp;
}

/** A reply cache that sees other keys, or treats its verdicts differently. */
function mutated(
  machine: Incarnation,
  change: Partial<ReplyCache> & { key?: (key: ReplyKey) => ReplyKey },
): ReplyCache {
  const cache = memoryReplyCache({ clock: machine.clock });
  const { key = (one) => one, ...methods } = change;
  return {
    begin: (one) => cache.begin(key(one)),
    store: (entry, outcome) => cache.store(entry, outcome),
    forget: (entry) => cache.forget(entry),
    ...methods,
  };
}

type CacheOf = (machine: Incarnation) => ReplyCache | false;

const good: CacheOf = ({ clock }) => memoryReplyCache({ clock });

const withoutEntry: CacheOf = (machine) => {
  const cache = memoryReplyCache({ clock: machine.clock });
  const begin = (key: ReplyKey) => {
    const verdict = cache.begin(key);
    return "then" in verdict || verdict.kind !== "running" ? verdict : ({ kind: "new", entry: "copy" } as const);
  };
  const store = (entry: unknown, outcome: Uint8Array) => (entry === "copy" ? undefined : cache.store(entry, outcome));
  return { begin, store, forget: (entry) => (entry === "copy" ? undefined : cache.forget(entry)) };
};

const forgetful: CacheOf = (machine) => {
  const cache = memoryReplyCache({ clock: machine.clock });
  return {
    begin: (key) => cache.begin(key),
    store: (entry) => cache.forget(entry),
    forget: (entry) => cache.forget(entry),
  };
};

const keyed =
  (key: (key: ReplyKey) => ReplyKey): CacheOf =>
  (machine) =>
    mutated(machine, { key });

const withCaller = (key: ReplyKey, id: string): ReplyKey => ({ ...key, caller: { ...key.caller, id } });

/** Two clients on a bad network; every call may run once at most. `reported`: the error that the caller gets for one of the client's. */
const onBadNetwork =
  (cacheOf: CacheOf, interceptors: Interceptor[] = [], reported = (error: unknown) => error): Scenario =>
  async (world) => {
    Object.assign(world.network.faults, { drop: 0.2, duplicate: 0.3, reorder: 0.3 });
    const runs: number[] = [];
    world.machine("server", (machine) => {
      const { clock, datagrams } = machine;
      const server = new Server({ clock, replyCache: cacheOf(machine), onError: () => undefined });
      server.implement(ADD_VERS, {
        async add({ a, b }) {
          if (world.random() < 0.5)
            await new Promise<void>((resolve) => clock.setTimeout(resolve, 400 * world.random()));
          runs[a] = (runs[a] ?? 0) + 1;
          return a + b;
        },
      });
      return server.listen("memory:add", { network: datagrams });
    });
    const { clock, datagrams } = world.machine("client").now;
    const connection = { network: datagrams };
    await using client = createClient(ADD_VERS, "memory:add", {
      clock,
      connection,
      interceptors,
      timeout: 2000,
      retransmit: { first: 300 },
    });
    for (let a = 0; a < 4; a++) {
      const told = await client.add({ a, b: 0 }).catch(reported);
      if (told instanceof RpcError && !told.mayHaveRun) await world.wait(60_000);
      if (told instanceof RpcError && !told.mayHaveRun)
        assert.equal(runs[a] ?? 0, 0, "a call that did not run has run");
    }
    await world.wait(60_000);
    for (const count of runs) assert.ok((count ?? 0) <= 1, `a call ran ${count} times`);
  };

/** A CALL of add(a, 0) with AUTH_SYS. */
function message(xid: number, uid: number, a: number): Uint8Array {
  const words = [xid, 0, 2, ADD_VERS.number, 1, 1, 1, 20, 0, 0, uid, 0, 0, 0, 0, a, 0];
  const bytes = new Uint8Array(words.length * 4);
  for (const [at, word] of words.entries()) new DataView(bytes.buffer).setUint32(at * 4, word);
  return bytes;
}

/** Two callers with two users each take the same few transaction ids. Each gets its own replies, or a refusal. */
const manyCallers =
  (cacheOf: CacheOf): Scenario =>
  async (world) => {
    const runs = new Map<string, number>();
    world.machine("server", (machine) => {
      const { clock, datagrams } = machine;
      const server = new Server({ clock, replyCache: cacheOf(machine), onError: () => undefined });
      server.implement(ADD_VERS, {
        add({ a }, { identity }) {
          const uid = identity.sys?.uid ?? -1;
          runs.set(`${a} ${uid}`, (runs.get(`${a} ${uid}`) ?? 0) + 1);
          return a * 10 + uid;
        },
      });
      return server.listen("memory:add", { network: datagrams });
    });
    const { datagrams } = world.machine("client").now;
    const replies: Uint8Array[] = [];
    const connections = await Promise.all(
      [0, 1].map(() => openConnection("memory:add", { network: datagrams, signal: new AbortController().signal })),
    );
    for (const connection of connections) {
      const keep = (bytes: Uint8Array, start: number, end: number): void => void replies.push(bytes.slice(start, end));
      connection.open({ message: keep, drained: () => undefined, closed: () => undefined });
    }
    const first = new Map<string, number>();
    let expectedRuns = 0;
    const pick = (count: number): number => Math.floor(world.random() * count);
    for (let times = 0; times < 8; times++) {
      const [at, xid, uid, a] = [pick(2), 1 + pick(2), 1 + pick(2), 1 + pick(2)];
      const key = `${at} ${xid} ${uid}`;
      if (!first.has(key)) expectedRuns++;
      const isFalse = (first.get(key) ?? a) !== a;
      first.set(key, first.get(key) ?? a);
      replies.length = 0;
      connections[at]?.send((out, bytes) => out.writeBytes(bytes), message(xid, uid, a));
      await world.wait(1000);
      const [reply] = replies;
      assert.ok(replies.length === 1 && reply !== undefined, "a call has no reply");
      const view = new DataView(reply.buffer, reply.byteOffset);
      const expected = isFalse ? [5] : [0, a * 10 + uid];
      const got = isFalse
        ? [view.getUint32(20)]
        : [view.getUint32(20), reply.length < 28 ? undefined : view.getUint32(24)];
      assert.deepEqual(got, expected, "a caller got what was not for it");
    }
    const ran = [...runs.values()].reduce((sum, one) => sum + one, 0);
    assert.equal(ran, expectedRuns, "calls ran that were copies, or did not run");
    for (const connection of connections) connection.destroy();
  };

interface Durable {
  /** The handler changes the state of its transaction, or else something outside. */
  readonly transactional: boolean;
  /** The option of `serveSessions`, if it is wrong. */
  readonly claimed?: boolean;
  readonly ledger?: (log: Ledger) => Ledger;
  readonly syncs?: boolean;
  readonly interceptors?: Interceptor[];
}

/** A server with a log crashes again and again. Every call with a result counts once, and none counts twice. */
const crashing =
  ({
    transactional,
    claimed = transactional,
    ledger = (log) => log,
    syncs = true,
    interceptors = [],
  }: Durable): Scenario =>
  async (world) => {
    Object.assign(world.network.faults, { drop: 0.1, duplicate: 0.2, cut: 0.05 });
    const outside: number[] = [];
    let state: ReadonlyMap<string, string> = new Map();
    const server = world.machine("server", async (machine) => {
      const { clock, disk, network } = machine;
      const log = await openSessionLog("log", { clock, disk: syncs ? disk : withoutSync(disk) });
      const served = new Server({ clock, onError: () => undefined }).implement(ADD_VERS, {
        async add({ a }, { transaction }) {
          const pause = (): Promise<void> => new Promise((resolve) => clock.setTimeout(resolve, 60 * world.random()));
          if (!transactional) outside[a] = (outside[a] ?? 0) + 1;
          else await transaction?.((kept) => kept.set(String(a), Number(kept.get(String(a)) ?? 0) + 1));
          await pause();
          return a;
        },
      });
      serveSessions(served, { clock, log: ledger(log), transactional: claimed });
      state = log.state;
      await served.listen("memory:add", { network });
    });
    (async () => {
      for (let times = 0; times < 6; times++) {
        await world.wait(400 * world.random());
        await server.restart(100 * world.random());
      }
    })();
    const { clock, network } = world.machine("client").now;
    await using client = createClient(ADD_VERS, "memory:add", {
      clock,
      connection: { network },
      semantics: "exactly-once",
      waitForServer: true,
      timeout: 600_000,
      interceptors,
    });
    const told: unknown[] = [];
    for (let a = 0; a < 8; a++) told[a] = await client.add({ a, b: 0 }).catch((error: unknown) => error);
    await world.wait(60_000);
    for (const [a, one] of told.entries()) {
      const counted = transactional ? Number(state.get(String(a)) ?? 0) : (outside[a] ?? 0);
      assert.ok(counted <= 1, `a call counts ${counted} times`);
      if (one === a) assert.equal(counted, 1, "a call has a result and does not count");
    }
  };

function withoutSync(disk: Incarnation["disk"]): Incarnation["disk"] {
  return {
    read: (path) => disk.read(path),
    rename: (from, to) => disk.rename(from, to),
    remove: (path) => disk.remove(path),
    async open(path) {
      const file = await disk.open(path);
      return {
        append: (parts) => file.append(parts),
        sync: async () => undefined,
        truncate: (length) => file.truncate(length),
        close: () => file.close(),
      };
    },
  };
}

const changed =
  (change: Partial<Ledger>) =>
  (log: Ledger): Ledger => ({
    sessions: log.sessions,
    state: log.state,
    failing: false,
    created: (session) => log.created(session),
    intent: (call) => log.intent(call),
    outcome: (outcome) => log.outcome(outcome),
    ended: (id) => log.ended(id),
    ...change,
  });

const repeatsInDoubt: Interceptor = async (call, next) => {
  for (;;) {
    try {
      return await next(call);
    } catch (error) {
      if (!(error instanceof RpcError) || error.code !== "RPC_IN_DOUBT") throw error;
    }
  }
};

const repeatsTimeouts: Interceptor = async (call, next) => next(call).catch(() => next(call));

const claimsNotRun = (error: unknown): unknown =>
  error instanceof RpcError ? new RpcError("RPC_TIMEOUT", error.message, { mayHaveRun: false }) : error;

const twice = /ran [2-9] times|counts [2-9] times/;
const mixedUp = /not for it|were copies|has no reply/;
const lost = /has a result and does not count/;

const mutants: Mutant[] = [
  { name: "no reply cache", scenario: onBadNetwork(() => false), caught: twice },
  { name: "no entry while a call runs", scenario: onBadNetwork(withoutEntry), caught: twice },
  { name: "replies that are forgotten when they were sent", scenario: onBadNetwork(forgetful), caught: twice },
  {
    name: "a client that makes calls again that timed out",
    scenario: onBadNetwork(good, [repeatsTimeouts]),
    caught: twice,
  },
  {
    name: "errors that say that the call did not run",
    scenario: onBadNetwork(good, [], claimsNotRun),
    caught: /has run/,
  },
  {
    name: "a key without the credential",
    scenario: manyCallers(keyed((key) => withCaller(key, key.caller.id.replace(/\[.*$/s, "")))),
    caught: mixedUp,
  },
  {
    name: "a key without the port or the connection",
    scenario: manyCallers(keyed((key) => withCaller(key, key.caller.id.slice(key.caller.id.indexOf("["))))),
    caught: mixedUp,
  },
  {
    name: "a key without the transaction id",
    scenario: manyCallers(keyed((key) => ({ ...key, xid: 0 }))),
    caught: mixedUp,
  },
  {
    name: "no checksum of the arguments",
    scenario: manyCallers(keyed((key) => ({ ...key, checksum: 0 }))),
    caught: mixedUp,
  },
  {
    name: "a reply before the log is on the disk",
    scenario: crashing({
      transactional: true,
      ledger: (log) =>
        changed({
          async outcome(outcome) {
            log.outcome(outcome);
          },
        })(log),
    }),
    caught: lost,
  },
  { name: "a disk that does not sync", scenario: crashing({ transactional: true, syncs: false }), caught: lost },
  {
    name: "no intent in the log",
    scenario: crashing({ transactional: false, ledger: changed({ intent: async () => undefined }) }),
    caught: twice,
  },
  {
    name: "handlers with other effects that are said to be transactional",
    scenario: crashing({ transactional: false, claimed: true }),
    caught: twice,
  },
  {
    name: "a client that makes calls again that are in doubt",
    scenario: crashing({ transactional: false, interceptors: [repeatsInDoubt] }),
    caught: twice,
  },
];

for (const { name, scenario, caught } of mutants) {
  test(`${name}: caught`, async (t) => {
    const error = await simulateSeeds(mostSeeds, scenario).then(
      () => undefined,
      (one: Error) => one,
    );
    assert.match(String(error?.message), caught);
    t.diagnostic(String(/seed \d+/.exec(String(error?.message))?.[0]));
  });
}

const sound: [string, Scenario][] = [
  ["a bad network", onBadNetwork(good)],
  ["callers with the same transaction ids", manyCallers(good)],
  ["crashes, with transactions", crashing({ transactional: true })],
  ["crashes, with intents", crashing({ transactional: false })],
];

for (const [name, scenario] of sound) {
  test(`without a fault nothing is found: ${name}`, () =>
    simulateSeeds(seeds, scenario, { first }).then(() => undefined));
}
