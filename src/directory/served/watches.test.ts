import assert from "node:assert/strict";
import test from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { Deadlines } from "../../peer/deadlines.js";
import { FakeClock } from "../../testing/fake-clock.js";
import type { DirectoryLimits } from "./limits.js";
import { Registered } from "./registered.js";
import { ServiceTable } from "./table.js";
import { type Watcher, Watches } from "./watches.js";

function setUp(limits: Partial<DirectoryLimits> = {}, crowded?: (host: string) => void) {
  const table = new ServiceTable(5n, { wait: 400, ...limits });
  const clock = new FakeClock();
  const watches = new Watches(table, new Deadlines(clock), crowded);
  const register = (path: string, id: string): void => {
    const entry = { id, versions: [], addresses: ["10.0.0.7"], priority: 0, weight: 1 };
    table.put(new Registered({ path, entry, origin: "", lease: 1_000 }));
    watches.changed(path);
  };
  const watcher = (origin = ""): Watcher => ({ origin, watches: new Map(), unread: 0 });
  return { table, watches, register, watcher, clock };
}

/** Whether it was answered so far. */
function answered(wait: Promise<void> | undefined): () => Promise<boolean> {
  let isAnswered = false;
  wait?.then(() => {
    isAnswered = true;
  });
  return async () => {
    for (let turns = 0; turns < 3; turns++) await turn();
    return isAnswered;
  };
}

test("who knows nothing, or another state, is answered at once", () => {
  const { watches, register, watcher, table } = setUp();
  register("/a", "1");
  for (const known of [
    { epoch: 0n, change: 0n },
    { epoch: 4n, change: 1n },
    { epoch: 5n, change: 99n },
  ]) {
    assert.equal(watches.wait({ path: "/a", known, wait: 100, watcher: watcher() }), undefined);
  }
  assert.equal(watches.wait({ path: "/a", known: table.revision("/a"), wait: 0, watcher: watcher() }), undefined);
  assert.equal(watches.size, 0);
});

test("who knows the state waits for a change, for its time, and never longer than the limit", async () => {
  const { table, watches, register, watcher, clock } = setUp();
  const wait = (milliseconds: number) =>
    answered(watches.wait({ path: "/a", known: table.revision("/a"), wait: milliseconds, watcher: watcher() }));
  const short = wait(80);
  const long = wait(60_000);
  assert.equal(watches.size, 2);
  clock.advance(79);
  assert.equal(await short(), false);
  clock.advance(31);
  assert.equal(await short(), true);
  clock.advance(289);
  assert.equal(await long(), false);
  clock.advance(31);
  assert.equal(await long(), true);
  const changed = wait(60_000);
  register("/a", "1");
  assert.equal(await changed(), true);
  assert.equal(watches.size, 0);
});

test("many changes in a short time are told together", async () => {
  const { table, watches, register, watcher, clock } = setUp();
  const own = watcher();
  let answers = 0;
  let known = table.revision("/a");
  let waiting = answered(watches.wait({ path: "/a", known, wait: 1_000, watcher: own }));
  for (let id = 0; id < 300; id++) {
    register("/a", String(id));
    clock.advance(1);
    if (!(await waiting())) continue;
    answers++;
    known = table.revision("/a");
    const next = watches.wait({ path: "/a", known, wait: 1_000, watcher: own });
    assert.ok(next !== undefined);
    waiting = answered(next);
  }
  assert.ok(answers >= 3 && answers <= 20, `${answers} answers to 300 changes`);
});

test("a second watch of a path over one connection ends the first", async () => {
  const { table, watches, watcher, clock } = setUp();
  const own = watcher();
  const first = watches.wait({ path: "/a", known: table.revision("/a"), wait: 10_000, watcher: own });
  const second = watches.wait({ path: "/a", known: table.revision("/a"), wait: 100, watcher: own });
  assert.equal(await answered(first)(), true);
  assert.equal(watches.size, 1);
  clock.advance(200);
  await second;
  assert.equal(own.watches.size, 0);
});

test("watches of a lost connection are forgotten, and leave nothing behind", async () => {
  const { table, watches, watcher, register, clock } = setUp();
  const own = watcher();
  const waits = ["/a", "/b"].map((path) =>
    answered(watches.wait({ path, known: table.revision(path), wait: 10_000, watcher: own })),
  );
  watches.disconnected(own);
  assert.equal(watches.size, 0);
  register("/a", "1");
  clock.advance(20_000);
  for (const isAnswered of waits) assert.equal(await isAnswered(), false);
});

test("after a start with nothing known, watchers of the time before wait until servers have come back", async () => {
  const { watches, watcher, register, clock } = setUp();
  watches.settleFor(200);
  const isAnswered = answered(
    watches.wait({ path: "/a", known: { epoch: 4n, change: 9n }, wait: 10_000, watcher: watcher() }),
  );
  register("/a", "1");
  assert.equal(watches.wait({ path: "/a", known: { epoch: 0n, change: 0n }, wait: 9, watcher: watcher() }), undefined);
  clock.advance(150);
  assert.equal(await isAnswered(), false);
  clock.advance(90);
  assert.equal(await isAnswered(), true);
});

test("closing answers all", async () => {
  const { table, watches, watcher } = setUp();
  const waits = Array.from({ length: 10 }, () =>
    watches.wait({ path: "/a", known: table.revision("/a"), wait: 10_000, watcher: watcher() }),
  );
  watches.close();
  await Promise.all(waits);
  assert.equal(watches.wait({ path: "/a", known: table.revision("/a"), wait: 9, watcher: watcher() }), undefined);
});

test("a connection that reads nothing is told no more than fits, and the rest when it is heard of again", async () => {
  const { table, watches, watcher, register, clock } = setUp();
  const own = watcher();
  const addresses = Array.from({ length: 64 }, (_, at) => `tcp://${"a".repeat(400)}:${at + 1}`);
  for (const path of ["/a", "/b", "/c"]) {
    for (let id = 0; id < 6; id++) {
      const entry = { id: String(id), versions: [], addresses, priority: 0, weight: 1 };
      table.put(new Registered({ path, entry, origin: "", lease: 1_000 }));
    }
  }
  let answers = 0;
  for (const path of ["/a", "/b", "/c"]) {
    watches.wait({ path, known: table.revision(path), wait: 100, watcher: own })?.then(() => answers++);
  }
  for (const path of ["/a", "/b", "/c"]) register(path, "more");
  for (let at = 0; at < 10; at++) {
    clock.advance(20);
    await turn();
  }
  assert.equal(answers, 2);
  assert.ok(own.unread >= 262_144);
  watches.heard(own);
  for (let at = 0; at < 5; at++) {
    clock.advance(20);
    await turn();
  }
  assert.equal(answers, 3);
});

test("watches of one machine leave some to others, and the own machine its part", () => {
  const { watches, watcher, table } = setUp({
    watches: 80,
    watchesPerHost: 30,
    watchesPerConnection: 20,
    reserved: 1 / 4,
  });
  const known = table.revision("/a");
  /** Connections of a host that watch all they can. @returns the number of watches, and why the last one was refused. */
  const watchAll = (origin: string): { readonly count: number; readonly why: string | undefined } => {
    let count = 0;
    let why: string | undefined;
    for (let i = 0; i < 10; i++) {
      const own = watcher(origin);
      for (why = watches.full(own); why === undefined; why = watches.full(own), count++) {
        watches.wait({ path: `/p${own.watches.size}`, known, wait: 60_000, watcher: own });
      }
    }
    return { count, why };
  };
  const counts = ["192.0.2.1", "192.0.2.2", "192.0.2.3"].map(watchAll);
  assert.deepEqual(
    counts.map(({ count }) => count),
    [30, 15, 14],
  );
  assert.match(counts[0]?.why ?? "", /^192\.0\.2\.1 has its share of the watches: at most 30/);
  assert.equal(watches.full(watcher("198.51.100.1")), undefined, "another machine");
  // 21 were free, and the other machines' network, which had 59, gave way as long as it had more than twice as many.
  assert.deepEqual(watchAll(""), { count: 26, why: "80 watches wait already" });
  watches.close();
  assert.equal(watches.size, 0);
  assert.equal(watches.full(watcher("192.0.2.1")), undefined);
});

test("when no more watches can wait, the oldest one of the host with most is answered early", async () => {
  const crowded: string[] = [];
  const { watches, watcher, table } = setUp({ watches: 20, watchesPerHost: 20, reserved: 0 }, (host) =>
    crowded.push(host),
  );
  const known = table.revision("/a");
  const watch = (own: Watcher): (() => Promise<boolean>) | undefined => {
    if (watches.full(own) !== undefined) return undefined;
    return answered(watches.wait({ path: `/p${own.watches.size}`, known, wait: 60_000, watcher: own }));
  };
  const [greedy, next, honest] = ["192.0.2.1", "198.51.100.1", "203.0.113.1"].map(watcher) as [
    Watcher,
    Watcher,
    Watcher,
  ];
  const first = watch(greedy);
  while (watch(greedy) !== undefined);
  while (watch(next) !== undefined);
  for (let network = 0; watches.size < 20; network++) assert.ok(watch(watcher(`10.0.${network}.1`)));
  assert.equal(await first?.(), false);
  const before = greedy.watches.size;
  const isAnswered = watch(honest);
  assert.deepEqual([watches.size, greedy.watches.size], [20, before - 1]);
  assert.equal(await first?.(), true, "the oldest");
  assert.equal(await isAnswered?.(), false);
  assert.deepEqual(crowded, ["192.0.2.1"]);
  watches.close();
});

test("the watchers of a large path are answered over many turns, and those of another one in between", async () => {
  const { table, watches, register, watcher } = setUp({ pathBytes: 1_000_000 });
  const addresses = ["x".repeat(500)];
  const put = (id: number): void => {
    const entry = { id: String(id), versions: [], addresses, priority: 0, weight: 1 };
    table.put(new Registered({ path: "/large", entry, origin: "", lease: 1_000 }));
  };
  for (let id = 0; id < 900; id++) put(id);
  const counts = new Map<string, number>();
  const wait = (path: string) => {
    const one = watches.wait({ path, known: table.revision(path), wait: 400, watcher: watcher() });
    one?.then(() => counts.set(path, (counts.get(path) ?? 0) + 1));
  };
  for (let at = 0; at < 900; at++) wait("/large");
  for (let at = 0; at < 3; at++) wait("/small");
  put(900);
  watches.changed("/large");
  register("/small", "1");
  let most = 0;
  let turns = 0;
  for (let before = 0; before < 900; turns++) {
    await turn();
    const now = counts.get("/large") ?? 0;
    most = Math.max(most, now - before);
    before = now;
    // Together with the first ones of the large path.
    if (before > 0) assert.equal(counts.get("/small"), 3);
  }
  // Answers of half a megabyte each.
  assert.ok(most <= 10, `${most} answers in one turn`);
  assert.ok(turns >= 90, `${turns} turns`);
  assert.equal(watches.size, 0);
});

test("a watcher that asks again while others are being answered does not miss a change", async () => {
  const { table, watches, register, watcher, clock } = setUp();
  for (let id = 0; id < 300; id++) register("/a", String(id));
  await turn();
  const wait = (): (() => Promise<boolean>) =>
    answered(watches.wait({ path: "/a", known: table.revision("/a"), wait: 400, watcher: watcher() }));
  for (let at = 0; at < 900; at++) wait();
  clock.advance(399);
  register("/a", "one more");
  clock.advance(0);
  await turn();
  assert.ok(watches.size > 0 && watches.size < 900, `${watches.size} wait`);
  const late = wait();
  register("/a", "yet another");
  clock.advance(0);
  for (let at = 0; at < 20; at++) await turn();
  clock.advance(399);
  assert.equal(await late(), true);
  assert.equal(watches.size, 0);
});
