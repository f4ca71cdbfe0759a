// The promise that `mayHaveRun: false` is certain, for deferred calls in simulation: submissions that are lost and repeated, servers that
// crash and start again with or without a log, a failing disk, another program or other rules, tickets that are cancelled, released,
// resumed and forged. LUPINE_FATES sets the number of worlds (default 20, in test:all 400), LUPINE_FUZZ_SEED the first seed.
import assert from "node:assert/strict";
import { test } from "node:test";
import { RpcError, Server } from "lupine";
import { AuthFlavor, authSys } from "lupine/auth";
import {
  createDeferredClient,
  type DeferredClient,
  newTicketId,
  openTicketLog,
  resumeTicket,
  serveDeferred,
  type Ticket,
  type TicketLog,
} from "lupine/deferred";
import { type Incarnation, type Simulation, seededRandom } from "lupine/testing";
import { ADD_VERS } from "../../examples/add/add.gen.js";
import { addOf, type Chance, type Entered, inWorlds, oneOf, seed, worlds } from "./fates.test-support.js";

const callsEach = 10;
/** Added to the numbers of calls that a stranger makes with the ids of others. */
const strangers = 1_000;

type Adder = DeferredClient<typeof ADD_VERS.procedures>;

/** One logical call: it may be submitted several times, with one id. */
interface Told {
  readonly a: number;
  readonly id: string;
  /** Errors with `mayHaveRun` false, and results, each with where it came from. */
  readonly certain: string[];
  result: boolean;
  /** An earlier submission may have arrived. */
  unsure: boolean;
}

const late = { share: 0.4, longest: 600 };

/** Milliseconds of the fake clock. */
const retryTime = 100;

/** Tries until the disk lets it. */
async function openedLog({ disk, clock }: Incarnation): Promise<TicketLog> {
  for (;;) {
    const log = await openTicketLog("log", { disk, clock, checkpoint: 2_000 }).catch(() => undefined);
    if (log !== undefined) return log;
    await new Promise<void>((resolve) => clock.setTimeout(resolve, retryTime));
  }
}

/** A server that is another one after each start, as far as chance wants it. */
function serverOf(
  random: Chance,
  { kind, hasLog }: { readonly kind: "network" | "datagrams"; readonly hasLog: boolean },
  entered: Entered,
) {
  const changes = random() < 0.5;
  const running = oneOf(random, [1, 4, 64]);
  const tickets = oneOf(random, [4, 1_000]);
  return async (machine: Incarnation): Promise<void> => {
    const { clock } = machine;
    const server = new Server({ clock, onError: () => undefined });
    const odd = changes ? random() : 1;
    const isStrict = odd < 0.15;
    if (odd < 0.15 || odd > 0.3) {
      const handlers = { add: addOf(random, clock, entered, late) };
      server.implement(ADD_VERS, handlers, isStrict ? { flavors: [AuthFlavor.SYS] } : {});
    }
    if (odd < 0.45 || odd > 0.6) {
      const log = hasLog ? await openedLog(machine) : undefined;
      serveDeferred(server, { clock, running, tickets, ...(log && { log }) });
    }
    await server.listen("memory:a", { network: machine[kind] });
  };
}

async function worldOf(world: Simulation, seen: Map<string, number>): Promise<void> {
  const random = seededRandom(world.seed * 7 + 3);
  const entered: Entered = new Map();
  const kind = random() < 0.6 ? "network" : "datagrams";
  const hasLog = random() < 0.6;
  const server = world.machine("a", serverOf(random, { kind, hasLog }, entered));
  Object.assign(world.network.faults, {
    cut: random() * 0.15,
    drop: random() * 0.3,
    duplicate: random() * 0.3,
    reorder: random() * 0.3,
    longestDelay: 60,
  });
  const { clock, [kind]: network } = world.machine("client").now;
  await world.wait(20);
  const make = (): Adder =>
    createDeferredClient(ADD_VERS, "memory:a", {
      clock,
      connection: { network },
      results: oneOf(random, ["connection", "fetch"] as const),
      waitForServer: random() < 0.5,
      retransmit: { first: 20, factor: 1.5, jitter: 0.5, random },
      ...(random() < 0.3 && { auth: authSys({ uid: 1, gid: 1, machineName: "m", gids: [] }) }),
    });
  const stranger = createDeferredClient(ADD_VERS, "memory:a", {
    clock,
    connection: { network },
    results: "fetch",
    auth: authSys({ uid: 666, gid: 1, machineName: "m", gids: [] }),
  });
  let client = make();
  const closed: PromiseLike<unknown>[] = [];
  const tolds: Told[] = [];
  const underway: Promise<unknown>[] = [];

  const note = (told: Told, where: string, error: unknown): RpcError => {
    assert.ok(error instanceof RpcError, String(error));
    const { code, mayHaveRun } = error;
    // Of a call that is made again, the error is about this time; the ticket is about all.
    if (where === "submit" && mayHaveRun) told.unsure = true;
    if (!mayHaveRun && !(where === "submit" && told.unsure)) told.certain.push(`${where} ${code}: ${error.message}`);
    const what = `${where} ${code} ${mayHaveRun ? "may have run" : "did not run"}`;
    seen.set(what, (seen.get(what) ?? 0) + 1);
    return error;
  };
  /** What a program does with a ticket: all at once, several times, by other clients, too. */
  const use = (told: Told, ticket: Ticket<number>): void => {
    for (let times = 0; times < 2; times++) {
      const timeout = oneOf(random, [50, 500, 60_000]);
      const result = ticket.result({ timeout, keep: random() < 0.3 }).then(
        (sum) => {
          assert.equal(sum, told.a + 2);
          told.result = true;
        },
        (error: unknown) => void note(told, "result", error),
      );
      underway.push(result);
    }
    if (random() < 0.3) {
      const later = async (): Promise<void> => {
        await world.wait(random() * 300);
        await Promise.all([ticket.cancel(), ticket.cancel()]).catch(() => undefined);
      };
      underway.push(later());
    }
    if (random() < 0.2) underway.push(ticket.release(), ticket.release());
  };
  const submit = async (told: Told): Promise<void> => {
    const abort = new AbortController();
    if (random() < 0.2) clock.setTimeout(() => abort.abort(new Error("enough")), random() * 300);
    const timeout = oneOf(random, [20, 200, 2_000, 10_000]);
    try {
      use(told, await client.add({ a: told.a, b: 2 }, { timeout, signal: abort.signal, ticket: told.id }));
    } catch (error) {
      if (!note(told, "submit", error).mayHaveRun || random() < 0.5) return;
      await world.wait(random() * 500);
      if (random() < 0.5) use(told, resumeTicket(client, "add", told.id));
      else await submit(told);
    }
  };
  /** Somebody who has seen the id of another's ticket. */
  const forge = async (told: Told): Promise<void> => {
    const ticket = resumeTicket(stranger, "add", told.id);
    await Promise.all([ticket.cancel(), ticket.release()]).catch(() => undefined);
    await ticket.result({ timeout: 1_000 }).then(
      (sum) => assert.equal(sum, strangers + told.a + 2, "a stranger has the result of another"),
      (error: unknown) => assert.ok(error instanceof RpcError, String(error)),
    );
    const pair = { a: strangers + told.a, b: 2 };
    await stranger.add(pair, { ticket: told.id, timeout: 1_000 }).catch(() => undefined);
  };
  const happenings: readonly (() => void)[] = [
    () => undefined,
    () => undefined,
    () => void server.restart(random() * 500),
    () => void server.restart(0),
    () => world.network.partition(["client"], ["a"]),
    () => world.network.heal(),
    () => {
      server.disk.faults.capacity = server.disk.used + random() * 200;
    },
    () => {
      server.disk.faults.capacity = Number.POSITIVE_INFINITY;
    },
    () => {
      server.disk.faults.slowest = random() * 200;
    },
    () => {
      server.disk.faults.syncFails = random() * 0.5;
    },
    () => {
      closed.push(client[Symbol.asyncDispose]());
      client = make();
    },
  ];
  for (let number = 0; number < callsEach; number++) {
    const told: Told = { a: number + 1, id: newTicketId(), certain: [], result: false, unsure: false };
    tolds.push(told);
    underway.push(submit(told));
    await world.wait(random() * 150);
    oneOf(random, happenings)();
    if (random() < 0.1) underway.push(forge(oneOf(random, tolds)));
  }
  world.network.heal();
  Object.assign(server.disk.faults, { capacity: Number.POSITIVE_INFINITY, slowest: 2, syncFails: 0 });
  for (let done = 0; done < underway.length; done++) await underway[done];
  // Whatever waits still, runs.
  await world.wait(60_000);
  await server.restart(0);
  await world.wait(60_000);
  closed.push(client[Symbol.asyncDispose](), stranger[Symbol.asyncDispose]());
  for (const { a, certain, result } of tolds) {
    const runs = entered.get(a) ?? 0;
    // Without a log, a program that calls again when it is in doubt may run its call twice.
    assert.ok(runs <= 1 || !hasLog, `call ${a} was entered ${runs} times`);
    assert.ok(certain.length === 0 || runs === 0, `call ${a} was entered ${runs} times, and ${certain}`);
    assert.ok(!result || runs >= 1, `call ${a} has a result and was not entered`);
  }
}

test(`false is certain for deferred calls: ${worlds} worlds of ${callsEach} calls (seed ${seed})`, (t) =>
  inWorlds(t, worldOf));
