import assert from "node:assert/strict";
import test from "node:test";
import { Deadlines } from "../../peer/deadlines.js";
import { thoroughTest } from "../../testing/count-of.test-support.js";
import { FakeClock } from "../../testing/fake-clock.js";
import { type dir_entry, dir_stat } from "../directory.gen.js";
import type { Caller } from "./addresses.js";
import type { DirectoryEvent } from "./events.js";
import type { Holder } from "./registered.js";
import { keptAfter, Registrations } from "./registrations.js";
import { ServiceTable } from "./table.js";

function setUp(limits = {}) {
  const table = new ServiceTable(1n, limits);
  const events: DirectoryEvent[] = [];
  const changes: string[] = [];
  const crowded: string[] = [];
  const rules = {
    grace: 30,
    comeback: 600,
    log: (event: DirectoryEvent) => events.push(event),
    crowded: (host: string) => crowded.push(host),
    changed: (path: string) => changes.push(path),
  };
  const clock = new FakeClock();
  const registrations = new Registrations(table, new Deadlines(clock), rules);
  const register = (id: string, caller: Caller, holder?: Holder, more: Partial<dir_entry> = {}) => {
    const entry = { id, versions: [], addresses: ["tcp://10.0.0.7:1"], priority: 0, weight: 1, ...more };
    return registrations.register({ path: "/a", entry, lease: 600 }, caller, holder)?.status;
  };
  const withdraw = (id: string, caller: Caller, holder?: Holder) =>
    registrations.withdraw("/a", id, caller, holder)?.status;
  const ids = () => table.at("/a").map(({ entry }) => entry.id);
  return { table, registrations, register, withdraw, ids, events, changes, crowded, clock };
}

function from(host: string): Caller {
  return { origin: host, remote: { kind: "tcp", host, port: 9 }, local: { kind: "tcp", host: "10.0.0.1", port: 1 } };
}

let connections = 0;

function holder(): Holder {
  return { number: ++connections, holds: new Set() };
}

test("an id is its host's: another host can neither change nor withdraw it, whatever it knows", () => {
  const { register, withdraw, ids } = setUp();
  assert.equal(register("1", from("10.0.0.2"), holder()), undefined);
  assert.equal(register("1", from("10.0.0.3"), holder()), dir_stat.DIR_NOT_YOURS);
  assert.equal(withdraw("1", from("10.0.0.3"), holder()), dir_stat.DIR_NOT_YOURS);
  assert.equal(withdraw("1", from(""), holder()), dir_stat.DIR_NOT_YOURS);
  assert.deepEqual(ids(), ["1"]);
  assert.equal(register("1", from("10.0.0.2"), holder(), { weight: 5 }), undefined);
  assert.equal(withdraw("1", from("10.0.0.2"), holder()), undefined);
  assert.deepEqual(ids(), []);
});

test("an id is its connection's, too: one whose host got another address keeps it", () => {
  const { register, withdraw, table } = setUp();
  const connection = holder();
  register("1", from("10.0.0.2"), connection);
  assert.equal(register("1", from("10.0.0.9"), connection), undefined);
  assert.equal(table.find("/a", "1")?.origin, "10.0.0.9");
  assert.equal(withdraw("1", from("10.0.0.2"), undefined), dir_stat.DIR_NOT_YOURS);
  assert.equal(withdraw("1", from("10.0.0.5"), connection), undefined);
});

test("another host gets an id when the lease has ended", () => {
  const { register, ids, clock } = setUp();
  register("1", from("10.0.0.2"));
  clock.advance(700);
  assert.deepEqual(ids(), []);
  assert.equal(register("1", from("10.0.0.3")), undefined);
});

test("watchers hear of what others see, not of renewals", () => {
  const { register, changes, events } = setUp();
  const connection = holder();
  register("1", from("10.0.0.2"), connection);
  for (let i = 0; i < 5; i++) register("1", from("10.0.0.2"), i % 2 === 0 ? holder() : connection);
  assert.deepEqual(changes, ["/a"]);
  register("1", from("10.0.0.2"), connection, { priority: 1 });
  assert.deepEqual(changes, ["/a", "/a"]);
  assert.deepEqual(
    events.map(({ kind }) => kind),
    ["joined", "joined"],
  );
});

test("a connection that ends takes what it holds with it, and only that", () => {
  const { registrations, register, ids, events, clock } = setUp();
  const [first, second] = [holder(), holder()];
  for (const id of ["1", "2", "3"]) register(id, from("10.0.0.2"), first);
  register("2", from("10.0.0.2"), second);
  registrations.disconnected(first);
  assert.deepEqual(ids(), ["1", "2", "3"]);
  register("3", from("10.0.0.2"), second);
  clock.advance(120);
  assert.deepEqual(ids(), ["2", "3"]);
  assert.equal(first.holds.size, 0);
  assert.equal(second.holds.size, 2);
  const last = events.at(-1);
  assert.ok(last?.kind === "left" && last.why === "its connection was lost");
  registrations.close();
});

test("a late renewal over a connection that was cut does not end with it", () => {
  const { registrations, register, ids, events, clock } = setUp();
  const [cut, next] = [holder(), holder()];
  for (const connection of [cut, next, cut]) register("1", from("10.0.0.2"), connection);
  registrations.disconnected(cut);
  clock.advance(120);
  assert.deepEqual(ids(), ["1"]);
  registrations.disconnected(next);
  clock.advance(120);
  assert.deepEqual(ids(), []);
  assert.equal(events.length, 2);
  registrations.close();
});

test("a process that stood still gives its servers time to come back, and forgets those that do not", () => {
  const { registrations, register, ids, clock } = setUp();
  const connection = holder();
  register("1", from("10.0.0.2"));
  register("2", from("10.0.0.2"));
  register("3", from("10.0.0.2"), connection);
  clock.advance(250);
  clock.suspend(1_000);
  // Alarms ring first; then what came meanwhile is read, the end of a connection among it.
  clock.advance(25);
  registrations.disconnected(connection);
  clock.advance(275);
  assert.deepEqual(ids(), ["1", "2", "3"]);
  for (const id of ["1", "3"]) register(id, from("10.0.0.2"), holder());
  for (let i = 0; i < 3; i++) {
    clock.advance(250);
    for (const id of ["1", "3"]) register(id, from("10.0.0.2"), holder());
  }
  assert.deepEqual(ids(), ["1", "3"]);
  registrations.close();
});

test("a process that is always late forgets the dead all the same", () => {
  const { registrations, register, ids, clock } = setUp();
  register("1", from("10.0.0.2"));
  for (let i = 0; i < 12 && ids().length > 0; i++) {
    clock.suspend(550);
    clock.advance(12);
  }
  assert.deepEqual(ids(), []);
  registrations.close();
});

test("one host cannot take the places of all others", () => {
  const { register } = setUp({ perHost: 3 });
  for (const id of ["1", "2", "3"]) assert.equal(register(id, from("10.0.0.2")), undefined);
  assert.equal(register("4", from("10.0.0.2")), dir_stat.DIR_FULL);
  assert.equal(register("4", from("10.0.0.3")), undefined);
  assert.equal(register("3", from("10.0.0.2"), undefined, { weight: 2 }), undefined);
});

test("at the limit, the registration renewed longest ago of the host with most gives way to a host with few", () => {
  const { register, ids, events, crowded } = setUp({ entries: 8, reserved: 0 });
  for (let id = 0; id < 4; id++) assert.equal(register(String(id), from("192.0.2.2")), undefined);
  for (const id of ["5", "6", "7", "8"]) register(id, from(`198.51.${id}.1`));
  assert.equal(ids().length, 8);
  register("0", from("192.0.2.2"));
  assert.equal(register("9", from("203.0.113.1")), undefined);
  assert.deepEqual(ids().sort(), ["0", "2", "3", "5", "6", "7", "8", "9"]);
  const left = events.flatMap((event) => (event.kind === "left" ? [`${event.entry.id}: ${event.why}`] : []));
  assert.deepEqual(left, ["1: its place was needed by a host with fewer"]);
  assert.deepEqual(crowded, ["192.0.2.2"]);
  // Nobody has more than twice two.
  assert.equal(register("10", from("203.0.113.1")), dir_stat.DIR_FULL);
  assert.equal(ids().length, 8);
});

test("one host cannot fill a path for the others", () => {
  const { register, ids } = setUp({ perPath: 6 });
  for (let id = 0; id < 6; id++) assert.equal(register(String(id), from("192.0.2.2")), undefined);
  assert.equal(register("6", from("192.0.2.2")), dir_stat.DIR_FULL);
  assert.equal(register("7", from("192.0.2.3")), undefined);
  assert.equal(register("8", from("203.0.113.1")), undefined);
  assert.equal(register("9", from("203.0.113.1")), undefined);
  assert.deepEqual(ids().sort(), ["3", "4", "5", "7", "8", "9"]);
  assert.equal(register("10", from("203.0.113.1")), dir_stat.DIR_FULL, "no network has more than twice three");
});

/** Ten hosts of one network register, and then 20 more networks than there is room for. @returns how many of the ten are left. */
function crowdedOut(times: number): number {
  const { register, ids, clock } = setUp({ entries: 640, reserved: 0 });
  const older = Array.from({ length: 10 }, (_, i) => ({ id: `old${i}`, host: from(`198.51.100.${i}`) }));
  for (let i = 0; i <= times; i++) {
    if (i > 0) clock.advance(keptAfter / 2_000);
    for (const { id, host } of older) register(id, host);
  }
  for (let i = 0; i < 650; i++) register(`new${i}`, from(`10.${i >> 8}.${i & 255}.1`));
  return ids().filter((id) => id.startsWith("old")).length;
}

thoroughTest("what has been renewed for ten minutes does not give way to any number of newcomers", () => {
  assert.equal(crowdedOut(1), 2);
  assert.equal(crowdedOut(2_000), 10);
});

test("what is kept can be changed and withdrawn by its host, and its place becomes free", () => {
  const { register, withdraw, ids, clock, table } = setUp({ entries: 128, perHost: 3, reserved: 0 });
  for (let i = 0; i <= 2_000; i++) {
    clock.advance(keptAfter / 2_000);
    for (const id of ["1", "2", "3"]) assert.equal(register(id, from("192.0.2.2")), undefined);
  }
  // A 32nd of the half is 2 registrations.
  assert.deepEqual([...table.all()].map(([{ isKept }]) => isKept).sort(), [false, true, true]);
  assert.equal(register("4", from("192.0.2.2")), dir_stat.DIR_FULL, "what is kept counts for the host");
  assert.equal(register("1", from("192.0.2.2"), undefined, { weight: 2 }), undefined);
  register("1", from("192.0.2.2"), undefined, { weight: 2 });
  assert.equal(withdraw("2", from("192.0.2.2")), undefined);
  assert.equal(register("4", from("192.0.2.2")), undefined);
  clock.advance(700);
  assert.deepEqual(ids(), []);
  for (const id of ["1", "2", "3"]) assert.equal(register(id, from("192.0.2.2")), undefined);
});
