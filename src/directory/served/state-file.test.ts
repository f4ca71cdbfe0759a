import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { eachChangedByte } from "../../machine/journal.test-support.js";
import { lineText, sealText } from "../../machine/journal-text.js";
import { Deadlines } from "../../peer/deadlines.js";
import { someOf } from "../../testing/count-of.test-support.js";
import type { Caller } from "./addresses.js";
import { Registrations } from "./registrations.js";
import { DirectoryStateFile } from "./state-file.js";
import { newEpoch, ServiceTable } from "./table.js";

const here: Caller = { origin: "", remote: { kind: "unix", path: "/x" }, local: undefined };

function folder() {
  const path = mkdtempSync(join(tmpdir(), "lupine-directory-"));
  return { file: join(path, "state"), [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function open(path: string) {
  const table = new ServiceTable(newEpoch());
  const problems: string[] = [];
  const rules = { grace: 250, log: () => {}, changed: () => {} };
  const registrations = new Registrations(table, new Deadlines(), rules);
  const file = new DirectoryStateFile(path, table, registrations, (problem) => problems.push(problem));
  const register = (id: string, weight = 1, lease = 3_000): void => {
    const entry = { id, versions: [{ program: 1, version: 2 }], addresses: ["tcp://0.0.0.0:1"], priority: 0, weight };
    assert.equal(registrations.register({ path: "/a", entry, lease }, here, undefined), undefined);
  };
  const withdraw = (id: string): void => void registrations.withdraw("/a", id, here, undefined);
  const close = (): void => {
    registrations.close();
    file.close();
  };
  const ids = () => table.at("/a").map(({ entry }) => entry.id);
  return { table, problems, file, register, withdraw, close, ids };
}

test("what was registered and not withdrawn is there again, in the same state of the same epoch", () => {
  using place = folder();
  const first = open(place.file);
  for (const id of ["1", "2", "3"]) first.register(id);
  first.withdraw("2");
  first.register("3", 7);
  const { epoch, change } = first.table.revision("/a");
  const entries = first.table.at("/a").map(({ entry, lease, origin }) => ({ entry, lease, origin }));
  first.close();
  for (let start = 0; start < 3; start++) {
    const next = open(place.file);
    assert.deepEqual(
      next.table.at("/a").map(({ entry, lease, origin }) => ({ entry, lease, origin })),
      entries,
    );
    assert.deepEqual(next.table.revision("/a"), { epoch, change });
    assert.equal(next.file.restored, true);
    assert.deepEqual(next.problems, []);
    next.close();
  }
});

test("numbers go on where they were, also for paths where nothing is left", () => {
  using place = folder();
  const first = open(place.file);
  first.register("1");
  first.withdraw("1");
  const emptied = first.table.revision("/a");
  assert.ok(emptied.change > 0n);
  first.close();
  // The second start reads what the first has written anew, without the lines.
  open(place.file).close();
  const third = open(place.file);
  assert.deepEqual(third.table.revision("/a"), emptied);
  third.register("1");
  assert.ok(third.table.revision("/a").change > emptied.change);
  third.close();
});

test("renewals write nothing, another lease does", () => {
  using place = folder();
  const first = open(place.file);
  first.register("1");
  const size = () => readFileSync(place.file).length;
  const before = size();
  for (let i = 0; i < 100; i++) first.register("1");
  assert.equal(size(), before);
  const { change } = first.table.revision("/a");
  first.register("1", 1, 9_000);
  assert.ok(size() > before);
  assert.equal(first.table.revision("/a").change, change);
  first.close();
  const second = open(place.file);
  assert.equal(second.table.find("/a", "1")?.lease, 9_000);
  second.close();
});

test("a file cut at any byte gives all whole lines before the cut, and reports the loss", () => {
  using place = folder();
  const first = open(place.file);
  for (const id of ["1", "2"]) first.register(id);
  first.withdraw("1");
  first.close();
  const whole = readFileSync(place.file);
  for (const length of someOf([...whole.keys(), whole.length], 3)) {
    writeFileSync(place.file, whole.subarray(0, length), { mode: 0o600 });
    const second = open(place.file);
    const isWhole = (at: number) => length >= at;
    const ends = [...whole].flatMap((byte, at) => (byte === 10 ? [at] : []));
    const lines = ends.filter(isWhole).length;
    const expected = [[], [], [], ["1"], ["1", "2"], ["2"]][lines] ?? [];
    assert.deepEqual(second.ids(), expected, `cut at ${length}`);
    const nothingIsLost = length >= whole.length - 1;
    assert.equal(second.table.epoch === first.table.epoch, nothingIsLost, `cut at ${length}`);
    assert.equal(second.problems.length, nothingIsLost ? 0 : 1, `cut at ${length}`);
    rmSync(`${place.file}.damaged`, { force: true });
    second.close();
  }
});

test("whichever byte of a file is changed, the change is reported, or alters nothing", () => {
  using place = folder();
  const first = open(place.file);
  for (const id of ["1", "2"]) first.register(id);
  first.withdraw("1");
  first.close();
  const state = ({ table }: ReturnType<typeof open>) =>
    JSON.stringify([
      String(table.epoch),
      table.counters.change,
      ...[...table.all()].map(([{ path, entry, lease, origin }, at]) => ({ path, entry, lease, origin, at })),
    ]);
  const before = state(first);
  for (const change of eachChangedByte(place.file)) {
    const text = readFileSync(place.file);
    try {
      const second = open(place.file);
      second.close();
      if (second.problems.length === 0) assert.equal(state(second), before, change);
      else assert.notEqual(second.table.epoch, first.table.epoch, change);
    } catch (error) {
      // It no longer begins like a file of ours: refused, and left alone.
      assert.equal((error as Error).name, "UnusableFile", change);
      assert.deepEqual(readFileSync(place.file), text, change);
    }
    rmSync(`${place.file}.damaged`, { force: true });
  }
});

test("where lines are damaged or the machine has crashed, what can be read is kept in a new epoch", () => {
  using place = folder();
  const first = open(place.file);
  for (const id of ["1", "2", "3"]) first.register(id);
  first.close();
  const text = readFileSync(place.file, "utf8");
  const lines = text.split("\n");
  lines[3] = '["+",1,"/a","",3000,{"id":5}]';
  writeFileSync(place.file, lines.join("\n"));
  const damaged = open(place.file);
  assert.deepEqual(damaged.ids(), ["1", "3"]);
  assert.match(damaged.problems.join(), /line 4 was changed or cannot be read/);
  assert.notEqual(damaged.table.epoch, first.table.epoch);
  damaged.close();
  const another = JSON.parse(text.slice(0, text.indexOf("]") + 1)).with(3, "another start");
  const head = lineText(another, 0);
  writeFileSync(place.file, [head + sealText(head.slice(0, -1)).trim(), ...text.split("\n").slice(2)].join("\n"));
  const rebooted = open(place.file);
  assert.deepEqual(rebooted.ids(), ["1", "2", "3"]);
  assert.deepEqual(rebooted.problems, []);
  assert.notEqual(rebooted.table.epoch, first.table.epoch);
  rebooted.close();
});

test("lines that make no sense are told and left out", () => {
  using place = folder();
  open(place.file).close();
  const head = readFileSync(place.file, "utf8");
  const entry = { id: "1", versions: [], addresses: ["10.0.0.7"], priority: 0, weight: 1 };
  const junk = [
    "{}",
    "[]",
    '["+",1]',
    '["-",1,"/a","not there"]',
    JSON.stringify(["+", 1, "/a", "", 3000, { ...entry, addresses: ["nonsense://"] }]),
    JSON.stringify(["+", 1, "/a", "", 3000, { ...entry, versions: [null] }]),
    "\0",
  ];
  const good = lineText(["+", 9, "/a", "", 3000, entry], 8);
  writeFileSync(place.file, `${head}${junk.join("\n")}\n${good}`);
  const second = open(place.file);
  assert.deepEqual(second.ids(), ["1"]);
  assert.match(second.problems.join(), /lines 3, 4, 5, 6, 7, 8, 9 were changed or cannot be read/);
  second.close();
});

test("a file of something else is refused and left alone", () => {
  using place = folder();
  const text = '["lupine rpcbind",1,"x"]\n["+",1]\n';
  writeFileSync(place.file, text, { mode: 0o600 });
  assert.throws(() => open(place.file), { name: "UnusableFile", message: /of lupine directory: it was not changed/ });
  assert.equal(readFileSync(place.file, "utf8"), text);
});

test("a file of a later version is kept aside", () => {
  using place = folder();
  const text = '["lupine directory",2,"x"]\n["+",1]\n';
  writeFileSync(place.file, text, { mode: 0o600 });
  const first = open(place.file);
  assert.equal(first.file.restored, false);
  first.register("1");
  first.close();
  assert.equal(readFileSync(`${place.file}.damaged`, "utf8"), text);
  const second = open(place.file);
  assert.deepEqual(second.ids(), ["1"]);
  second.close();
});

test("two directories cannot have one file", () => {
  using place = folder();
  const first = open(place.file);
  writeFileSync(`${place.file}.lock`, `${process.ppid}\n`);
  assert.throws(() => open(place.file), { name: "LockTaken" });
  first.close();
});
