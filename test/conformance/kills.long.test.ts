// Processes that are killed: a server that keeps its sessions in a log, in LMDB or in PostgreSQL, and clients that make calls exactly once
// which must not run twice. LUPINE_KILLS sets how often the server is killed (default 6; a quarter of that for clients),
// LUPINE_CALLS the number of calls (default 1,200); the two databases get half of both. `npm run kills` does 200 and 100,000.
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { type TestContext, test } from "node:test";
import { peerSuite } from "../directory-engines/peer-suite.js";
import { packageMissing } from "../ledgers/packages.js";
import { postgresMissing, startPostgres } from "../ledgers/postgres-server.js";
import { openStore } from "../ledgers/stores.js";

const mostKills = Number(process.env["LUPINE_KILLS"] ?? 6);
const mostCalls = Number(process.env["LUPINE_CALLS"] ?? 1200);
const clients = 8;

function start(script: string, ...args: readonly unknown[]): ChildProcess {
  const path = join(import.meta.dirname, script);
  return spawn(process.execPath, [path, ...args.map(String)], { stdio: ["ignore", "pipe", "inherit"] });
}

function lines(child: ChildProcess): ReturnType<typeof createInterface> {
  return createInterface({ input: child.stdout as NodeJS.ReadableStream });
}

/** The calls of all clients, as they print them. */
class Told {
  readonly begun = new Set<number>();
  readonly results = new Map<number, number>();
  #waiting: { readonly goal: number; readonly resolve: () => void } | undefined;

  follow(child: ChildProcess): void {
    lines(child).on("line", (line) => {
      const [number = "", result = ""] = line.slice(1).split(" ");
      if (line.startsWith("?")) this.begun.add(Number(number));
      else this.results.set(Number(number), Number(result));
      if (this.results.size >= (this.#waiting?.goal ?? Number.POSITIVE_INFINITY)) this.#waiting?.resolve();
    });
  }

  /** Resolves when so many calls were answered. */
  reach(goal: number): Promise<void> {
    if (this.results.size >= goal) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting = { goal, resolve };
    });
  }
}

const inFlight = 8;

killTest("a log", 1, async (folder) => ({ name: `log:${join(folder, "sessions.log")}` }));

peerSuite(packageMissing("lmdb"), () => {
  killTest("LMDB", 0.5, async (folder) => ({ name: `lmdb:${join(folder, "sessions")}` }));
});

peerSuite(packageMissing("pg") ?? postgresMissing(), () => {
  killTest("PostgreSQL", 0.5, async (_, after) => {
    const postgres = await startPostgres();
    after(() => postgres[Symbol.asyncDispose]());
    return { name: `postgres:${postgres.port}` };
  });
});

type Prepare = (folder: string, after: (end: () => PromiseLike<void>) => void) => Promise<{ readonly name: string }>;

function killTest(what: string, share: number, prepare: Prepare): void {
  const kills = Math.ceil(mostKills * share);
  const clientKills = Math.floor(kills / 4);
  const calls = Math.ceil(mostCalls * share);
  const title = `${kills} servers with ${what} and ${clientKills} clients are killed: ${calls} calls that may run once did`;
  test(title, async (t) => {
    const folder = await mkdtemp(join(tmpdir(), "kills-"));
    t.after(() => rm(folder, { recursive: true, force: true }));
    const { name } = await prepare(folder, (end) => t.after(async () => end()));
    await killAll(t, { name, folder, kills, clientKills, calls });
  });
}

interface Kills {
  readonly folder: string;
  readonly name: string;
  readonly kills: number;
  readonly clientKills: number;
  readonly calls: number;
}

async function killAll(t: TestContext, { name, folder, kills, clientKills, calls }: Kills): Promise<void> {
  const told = new Told();
  let server = start("kill-server.js", 0, name);
  const [port] = (await once(lines(server), "line")) as [string];
  const share = Math.ceil(calls / clients);
  const spawnClient = (number: number, first: number): ChildProcess => {
    const last = Math.min(calls, (number + 1) * share);
    const file = join(folder, `client-${number}`);
    const child = start("kill-client.js", port, first, Math.max(0, last - first), inFlight, file);
    told.follow(child);
    return child;
  };
  const children = Array.from({ length: clients }, (_, at) => spawnClient(at, at * share));
  t.after(() => {
    for (const child of [server, ...children]) child.kill("SIGKILL");
  });
  // Each kill comes when a number of further calls was answered.
  const step = Math.floor((calls - inFlight * clientKills) / (kills + 1));
  for (let kill = 1; kill <= kills; kill++) {
    await told.reach(kill * step);
    await end(server);
    server = start("kill-server.js", port, name);
    await once(lines(server), "line");
    if (kill % 4 !== 0) continue;
    const at = (kill / 4) % clients;
    await end(children[at] as ChildProcess);
    const last = Math.min(calls, (at + 1) * share);
    let first = at * share;
    while (first < last && told.begun.has(first)) first++;
    children[at] = spawnClient(at, first);
  }
  await Promise.all(children.map((child) => child.exitCode ?? once(child, "close")));
  await end(server);
  const store = await openStore(name);
  const counts = await store.counts();
  const counted = (number: number): number => counts.get(number) ?? 0;
  assert.equal(told.begun.size, calls);
  assert.ok(told.results.size >= calls - inFlight * clientKills, `${told.results.size} calls were answered`);
  for (const number of told.begun) {
    if (told.results.has(number)) assert.deepEqual([told.results.get(number), counted(number)], [1, 1]);
    else assert.ok(counted(number) <= 1, `${number} ran ${counted(number)} times`);
  }
  await store.close();
}

/** Kills a process, unless it has ended. */
async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, "close");
  child.kill("SIGKILL");
  await closed;
}
