import assert from "node:assert/strict";
import test from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { Deadlines } from "../../peer/deadlines.js";
import { Registered, ServiceTable } from "./table.js";
import { type Watcher, Watches } from "./watches.js";

function setUp() {
  const table = new ServiceTable(5n, { wait: 400 });
  const watches = new Watches(table, new Deadlines());
  const register = (path: string, id: string): void => {
    const entry = { id, versions: [], addresses: ["10.0.0.7"], priority: 0, weight: 1 };
    table.put(new Registered({ path, entry, origin: "", lease: 1_000 }));
    watches.changed(path);
  };
  const watcher = (): Watcher => ({ watches: new Map(), unread: 0 });
  return { table, watches, register, watcher };
}

/** Milliseconds until it is answered. */
async function answered(wait: Promise<void> | undefined): Promise<number> {
  const begin = performance.now();
  await wait;
  return performance.now() - begin;
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
  const { table, watches, register, watcher } = setUp();
  const wait = (milliseconds: number) =>
    watches.wait({ path: "/a", known: table.revision("/a"), wait: milliseconds, watcher: watcher() });
  const times = [answered(wait(80)), answered(wait(60_000))];
  assert.equal(watches.size, 2);
  assert.ok((await (times[0] as Promise<number>)) >= 79);
  const longest = await (times[1] as Promise<number>);
  assert.ok(longest >= 399 && longest < 1_000, `${longest}`);
  const changed = answered(wait(60_000));
  register("/a", "1");
  assert.ok((await changed) < 300);
  assert.equal(watches.size, 0);
});

test("many changes in a short time are told together", async () => {
  const { table, watches, register, watcher } = setUp();
  const own = watcher();
  let answers = 0;
  const end = performance.now() + 300;
  let id = 0;
  const changing = setInterval(() => register("/a", String(id++)), 1);
  while (performance.now() < end) {
    const known = table.revision("/a");
    await (watches.wait({ path: "/a", known, wait: 1_000, watcher: own }) ?? sleep(0));
    answers++;
  }
  clearInterval(changing);
  assert.ok(answers >= 3 && answers <= 20, `${answers} answers to ${id} changes`);
});

test("a second watch of a path over one connection ends the first", async () => {
  const { table, watches, watcher } = setUp();
  const own = watcher();
  const first = watches.wait({ path: "/a", known: table.revision("/a"), wait: 10_000, watcher: own });
  const second = watches.wait({ path: "/a", known: table.revision("/a"), wait: 100, watcher: own });
  assert.ok((await answered(first)) < 90);
  assert.equal(watches.size, 1);
  await second;
  assert.equal(own.watches.size, 0);
});

test("watches of a lost connection are forgotten, and leave nothing behind", async () => {
  const { table, watches, watcher, register } = setUp();
  const own = watcher();
  let isAnswered = false;
  for (const path of ["/a", "/b"]) {
    const waiting = watches.wait({ path, known: table.revision(path), wait: 10_000, watcher: own });
    waiting?.then(() => {
      isAnswered = true;
    });
  }
  watches.disconnected(own);
  assert.equal(watches.size, 0);
  register("/a", "1");
  await sleep(50);
  assert.equal(isAnswered, false);
});

test("after a start with nothing known, watchers of the time before wait until servers have come back", async () => {
  const { watches, watcher, register } = setUp();
  watches.settleFor(200);
  const time = answered(
    watches.wait({ path: "/a", known: { epoch: 4n, change: 9n }, wait: 10_000, watcher: watcher() }),
  );
  register("/a", "1");
  assert.equal(watches.wait({ path: "/a", known: { epoch: 0n, change: 0n }, wait: 9, watcher: watcher() }), undefined);
  const milliseconds = await time;
  assert.ok(milliseconds > 150 && milliseconds < 390, `${milliseconds}`);
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
  const { table, watches, watcher, register } = setUp();
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
  await sleep(200);
  assert.equal(answers, 2);
  assert.ok(own.unread >= 262_144);
  watches.heard(own);
  await sleep(50);
  assert.equal(answers, 3);
});
