// The four call semantics on the same bad network: a third of all datagrams is lost, some arrive twice, and the server is killed
// and started again. Everything runs in one process, in simulated time, and the same seed gives the same table.
//   npm run example -- semantics [CALLS [SEED]]
import { createClient, memoryReplyCache, RpcError, Server } from "lupine";
import type { Semantics } from "lupine/client";
import { openSessionLog, serveSessions } from "lupine/session";
import { type Incarnation, type Simulation, simulate } from "lupine/testing";
import { COUNTER_VERS } from "./counter.gen.js";

/** What became of one call. */
interface Outcome {
  answered: boolean;
  /** The client's error says that it may have run. */
  unknown: boolean;
  /** How often it counts in the end. */
  counted: number;
}

/** The counts on the server's disk, as every program keeps them that has no session log. */
type Counts = Map<number, number>;

async function serve(machine: Incarnation, semantics: Semantics, counts: Counts): Promise<void> {
  const { clock, datagrams, disk } = machine;
  const server = new Server({
    clock,
    // The lecture's simple server has none. A session has no need of it.
    replyCache: semantics === "at-most-once" ? memoryReplyCache({ clock }) : false,
  });
  if (semantics === "exactly-once") {
    const log = await openSessionLog("sessions.log", { disk, clock });
    serveSessions(server, { log, clock, transactional: true });
    for (const [key, value] of log.state) counts.set(Number(key), Number(value));
  }
  server.implement(COUNTER_VERS, {
    count(number, { transaction }) {
      if (transaction === undefined) return increase(counts, number);
      // Here the count and the reply are written together.
      return transaction((state) => {
        const count = Number(state.get(String(number)) ?? 0) + 1;
        state.set(String(number), count);
        counts.set(number, count);
        return count;
      });
    },
  });
  await server.listen("memory:counter", { network: datagrams });
}

function increase(counts: Counts, number: number): number {
  const count = (counts.get(number) ?? 0) + 1;
  counts.set(number, count);
  return count;
}

async function callAll(world: Simulation, semantics: Semantics, calls: number): Promise<Outcome[]> {
  Object.assign(world.network.faults, { drop: 1 / 3, duplicate: 0.05 });
  const counts: Counts = new Map();
  const server = world.machine("server", (machine) => serve(machine, semantics, counts));
  const { clock, datagrams } = world.machine("client").now;
  await using client = createClient(COUNTER_VERS, "memory:counter", {
    clock,
    connection: { network: datagrams },
    semantics,
    timeout: 30_000,
    retransmit: { first: 500, longest: 2_000 },
    waitForServer: true,
  });
  const outcomes: Outcome[] = [];
  for (let number = 0; number < calls; number++) {
    if (number % 10 === 5) kill(world, server);
    const outcome = { answered: false, unknown: false, counted: 0 };
    outcomes.push(outcome);
    try {
      await client.count(number);
      outcome.answered = true;
    } catch (error) {
      if (!(error instanceof RpcError)) throw error;
      outcome.unknown = error.mayHaveRun;
    }
  }
  await world.wait(60_000);
  for (const [number, outcome] of outcomes.entries()) outcome.counted = counts.get(number) ?? 0;
  return outcomes;
}

/** Somewhere in the next call, for a second. */
async function kill(world: Simulation, server: ReturnType<Simulation["machine"]>): Promise<void> {
  await world.wait(20 * world.random());
  await server.restart(1_000);
}

const [calls = 200, seed = 1] = process.argv.slice(2).map(Number);
const columns = ["semantics", "calls", "answers", "unknown", "counted 0 times", "once", "more often", "sum"];
const rows = [columns];
for (const semantics of ["maybe", "at-least-once", "at-most-once", "exactly-once"] as const) {
  const outcomes = await simulate(seed, (world) => callAll(world, semantics, calls));
  const count = (which: (outcome: Outcome) => boolean): string => String(outcomes.filter(which).length);
  rows.push([
    semantics,
    String(calls),
    count(({ answered }) => answered),
    count(({ unknown }) => unknown),
    count(({ counted }) => counted === 0),
    count(({ counted }) => counted === 1),
    count(({ counted }) => counted > 1),
    String(outcomes.reduce((sum, { counted }) => sum + counted, 0)),
  ]);
}
for (const row of rows) {
  console.log(
    row.map((text, at) => (at === 0 ? text.padEnd(14) : text.padStart((columns[at] ?? "").length))).join("  "),
  );
}
