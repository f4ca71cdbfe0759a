// The promise that `mayHaveRun: false` is certain, in simulation: calls of every fate over connections that lose, delay and
// cut, to servers that change their mind meanwhile, on a fake clock. What counts is whether the procedure was entered, at any time.
// LUPINE_FATES sets the number of calls (default 600, in test:all 2,000), LUPINE_FUZZ_SEED the seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { AuthStat, acceptSys, type Call, deny, type Handler, type Program, RpcError, refuse, Server } from "lupine";
import { authNone, type ClientAuth } from "lupine/auth";
import { Peer } from "lupine/peer";
import { FakeClock, lossyConnection, memoryPair, seededRandom } from "lupine/testing";
import type { Connection } from "lupine/transport";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { EVERYTHING_V1 } from "../fixtures/everything.gen.js";
import { type Chance, oneOf, seed } from "./fates.test-support.js";
import { Switchboard } from "./switchboard.js";

const count = Number(process.env["LUPINE_FATES"] ?? (process.env["LUPINE_TEST_ALL"] ? 2_000 : 100));
const atOnce = 100;

/** One call and all that becomes of it. */
interface Fate {
  readonly number: number;
  readonly random: Chance;
  readonly clock: FakeClock;
  /** How often the procedure was entered so far. */
  entered: number;
}

const later = (fate: Fate, most: number): Promise<void> =>
  new Promise((resolve) => fate.clock.setTimeout(resolve, fate.random() * most));

/** What the procedure does once it is entered; each has its effect first, but for one, which has none and says so. */
const handlers: Readonly<Record<string, (fate: Fate) => unknown>> = {
  answers: () => 3,
  "answers late": async (fate) => later(fate, 30).then(() => 3),
  "never answers": () => new Promise(() => undefined),
  throws: () => Promise.reject(new Error("broken")),
  "throws at once": () => {
    throw new Error("broken");
  },
  "returns what does not encode": () => "three",
  "refuses with PROG_UNAVAIL": () => Promise.reject(refuse("RPC_PROG_UNAVAIL")),
  "refuses with PROG_MISMATCH": () => Promise.reject(refuse("RPC_PROG_MISMATCH", { low: 1, high: 2 })),
  "refuses with PROC_UNAVAIL": () => Promise.reject(refuse("RPC_PROC_UNAVAIL")),
  "refuses with GARBAGE_ARGS": async (fate) => later(fate, 10).then(() => Promise.reject(refuse("RPC_GARBAGE_ARGS"))),
  denies: () => Promise.reject(deny(AuthStat.TOOWEAK)),
  "refuses and has done nothing": (fate) => {
    fate.entered--;
    throw refuse("RPC_PROC_UNAVAIL", { mayHaveRun: false });
  },
  "denies and has done nothing": (fate) => {
    fate.entered--;
    throw deny(AuthStat.TOOWEAK, { mayHaveRun: false });
  },
};

function serving(fate: Fate, options: ConstructorParameters<typeof Server>[0] = {}): Server {
  const handler = handlers[oneOf(fate.random, Object.keys(handlers))] as (fate: Fate) => unknown;
  const add = (): number => {
    fate.entered++;
    return handler(fate) as number;
  };
  return new Server({ onError: () => undefined, clock: fate.clock, ...options }).implement(ADD_VERS, { add });
}

const procedure = (name: string, number: number) => ({ ...ADD_VERS.procedures.add, name, number });

/** Servers at the other end: most have the program, others refuse it for each reason that there is. */
const servers: Readonly<Record<string, (fate: Fate) => Server>> = {
  serves: (fate) => serving(fate),
  "serves behind an interceptor": (fate) =>
    serving(fate, { interceptors: [(call: Call, next: Handler) => next({ ...call })] }),
  "has an interceptor that refuses": (fate) =>
    serving(fate, { interceptors: [() => Promise.reject(oneOf(fate.random, [refuse("RPC_PROC_UNAVAIL"), deny()]))] }),
  "has an interceptor that refuses afterwards": (fate) => {
    const interceptor = async (call: Call, next: Handler): Promise<never> => {
      await next(call);
      throw oneOf(fate.random, [refuse("RPC_GARBAGE_ARGS"), deny()]);
    };
    return serving(fate, { interceptors: [interceptor] });
  },
  "is without the program": () => new Server(),
  "has another version": () => {
    const version: Program<typeof ADD_VERS.procedures> = { ...ADD_VERS, version: 2 };
    return new Server().implement(version, { add: () => 0 });
  },
  "is without the procedure": () => {
    const program = { ...ADD_VERS, procedures: { other: procedure("OTHER", 99) } };
    return new Server().implement(program, { other: () => 0 });
  },
  "expects other arguments": () => {
    const { args } = Object.values(EVERYTHING_V1.procedures)[4] as (typeof EVERYTHING_V1.procedures)["all"];
    const program = { ...ADD_VERS, procedures: { add: { ...procedure("ADD", 1), args } } };
    return new Server().implement(program as unknown as typeof ADD_VERS, { add: () => 0 });
  },
  "wants AUTH_SYS": () => new Server({ auth: [acceptSys()] }).implement(ADD_VERS, { add: () => 0 }),
  "wants a stronger flavor": () => new Server().implement(ADD_VERS, { add: () => 0 }, { flavors: [1] }),
  "is destroyed": (fate) => {
    const server = serving(fate);
    server.destroy();
    return server;
  },
};

/** Renewed once when it is denied: the call goes out again under another xid. */
function renewing(fate: Fate): ClientAuth {
  const renewed = fate.random() < 0.7;
  return { ...authNone(), refresh: () => later(fate, 5).then(() => renewed) } as ClientAuth;
}

function failing(): ClientAuth {
  return { ...authNone(), prepare: () => Promise.reject(new Error("no ticket")) } as ClientAuth;
}

interface World {
  readonly near: Connection;
  readonly board: Switchboard;
  end(): void;
}

function worldOf(fate: Fate): World {
  const reliable = fate.random() < 0.3;
  const [bareNear, bareFar] = memoryPair({ reliable });
  const loss = {
    drop: fate.random() * 0.6,
    reorder: fate.random() * 0.3,
    longestDelay: 15,
    reliable,
    clock: fate.clock,
  };
  const near = reliable ? bareNear : lossyConnection(bareNear, { ...loss, seed: fate.number * 2 + 1 });
  const far = reliable ? bareFar : lossyConnection(bareFar, { ...loss, seed: fate.number * 2 + 2 });
  const board = new Switchboard(far);
  return { near, board, end: () => near.destroy() };
}

function serverFor(fate: Fate): Server {
  const names = Object.keys(servers);
  const name = fate.random() < 0.6 ? "serves" : oneOf(fate.random, names);
  return (servers[name] as (fate: Fate) => Server)(fate);
}

async function live(fate: Fate): Promise<{ outcome: unknown; finish(): Promise<void> }> {
  const world = worldOf(fate);
  const all: Server[] = [];
  const install = (): void => {
    const server = serverFor(fate);
    all.push(server);
    world.board.connect(server);
  };
  install();
  const peer = new Peer(world.near, {
    clock: fate.clock,
    retransmit: { first: 4, factor: 1.5, jitter: 0.5, random: fate.random },
    ...(fate.random() < 0.05 ? { callsInFlight: 0 } : {}),
    onLeftOver: () => undefined,
  });
  const abort = new AbortController();
  const events: readonly (() => void)[] = [
    () => undefined,
    install,
    install,
    () => void all.at(-1)?.close({ drain: 5 }),
    () => all.at(-1)?.destroy(),
    () => abort.abort(new Error("enough")),
    () => peer.destroy(),
    () => void peer.close(),
    () => world.board.cut(),
  ];
  const happening = Array.from({ length: 2 }, async () => {
    await later(fate, 25);
    oneOf(fate.random, events)();
  });
  const auth = oneOf(fate.random, [undefined, undefined, undefined, renewing(fate), failing()]);
  const args = fate.random() < 0.05 ? ["not a pair"] : [{ a: 1, b: 2 }];
  const options = { timeout: oneOf(fate.random, [0, 10, 60, 60]), signal: abort.signal, ...(auth && { auth }) };
  if (fate.random() < 0.05) abort.abort(new Error("before"));
  if (fate.random() < 0.03) peer.destroy();
  const request = { program: ADD_VERS, procedure: ADD_VERS.procedures.add, args, options };
  const outcome = await peer.call(request as never).catch((error: unknown) => error);
  const finish = async (): Promise<void> => {
    await Promise.all(happening);
    world.end();
    for (const server of all) server.destroy();
  };
  return { outcome, finish };
}

test(`false is certain: ${count} calls of every fate (seed ${seed})`, async (t) => {
  const seen = new Map<string, number>();
  for (let first = 0; first < count; first += atOnce) {
    const clock = new FakeClock({ seed: seed + first });
    const fates = Array.from({ length: Math.min(atOnce, count - first) }, (_, at): Fate => {
      const number = seed * 1_000_003 + first + at;
      return { number, random: seededRandom(number), clock, entered: 0 };
    });
    const lives = await clock.runUntil(Promise.all(fates.map(live)));
    await clock.runUntil(Promise.all(lives.map(({ finish }) => finish())));
    for (let turns = 0; turns < 10; turns++) await turn();
    for (const [at, { outcome }] of lives.entries()) {
      const { entered, number } = fates[at] as Fate;
      if (!(outcome instanceof Error)) continue;
      assert.ok(outcome instanceof RpcError, String(outcome));
      const { code, mayHaveRun, message } = outcome;
      assert.ok(mayHaveRun || entered === 0, `call ${number}: ${code}, entered ${entered} times: ${message}`);
      const kind = `${code} ${mayHaveRun ? "may have run" : "did not run"}`;
      seen.set(kind, (seen.get(kind) ?? 0) + 1);
    }
  }
  for (const [kind, times] of [...seen].sort()) t.diagnostic(`${kind}: ${times}`);
  // A simulation in which a kind of failure never comes proves nothing about it.
  if (count < 2_000) return;
  for (const kind of [
    ...["RPC_PROG_UNAVAIL", "RPC_PROG_MISMATCH", "RPC_PROC_UNAVAIL", "RPC_GARBAGE_ARGS", "RPC_AUTH_ERROR"].flatMap(
      (code) => [`${code} may have run`, `${code} did not run`],
    ),
    ...["RPC_CANCELLED", "RPC_DISCONNECTED"].flatMap((code) => [`${code} may have run`, `${code} did not run`]),
    ...[
      "RPC_TIMEOUT may have run",
      "RPC_SYSTEM_ERR may have run",
      "RPC_TOO_MANY_CALLS did not run",
      "RPC_CANT_ENCODE_ARGS did not run",
    ],
  ]) {
    assert.ok((seen.get(kind) ?? 0) > 0, `never seen: ${kind}`);
  }
});
