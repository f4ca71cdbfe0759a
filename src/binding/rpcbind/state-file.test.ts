import assert from "node:assert/strict";
import { appendFileSync, chmodSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { eachChangedByte } from "../../machine/journal.test-support.js";
import { lineText, sealText } from "../../machine/journal-text.js";
import { ProcessLock } from "../../machine/process-lock.js";
import { someOf } from "../../testing/count-of.test-support.js";
import { StateFile } from "./state-file.js";
import { type BinderEntry, RegistrationTable } from "./table.js";

function folder() {
  const path = mkdtempSync(join(tmpdir(), "lupine-state-"));
  return { file: join(path, "state"), [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

function entry(version: number): BinderEntry {
  return { program: 300_000, version, netid: "tcp", address: "0.0.0.0.8.1", owner: "1000" };
}

function open(path: string) {
  const table = new RegistrationTable();
  const problems: string[] = [];
  const file = new StateFile(path, table, (problem) => problems.push(problem));
  return { table, problems, file, versions: () => table.all().map(({ version }) => version) };
}

test("what was set and not unset is there again, with its owner, and what was seen listening", () => {
  using place = folder();
  const first = open(place.file);
  for (const version of [1, 2, 3]) first.table.set(entry(version));
  first.table.unset(300_000, 2, "tcp", "1000");
  first.file.seen([entry(3)]);
  first.file.close();
  const second = open(place.file);
  assert.deepEqual(second.table.all(), [entry(1), entry(3)]);
  assert.deepEqual([...second.file.seenBefore], ["300000/3/tcp/0.0.0.0.8.1"]);
  assert.deepEqual(second.problems, []);
  second.file.close();
});

test("a file cut at any byte gives all whole lines before the cut, and reports the loss", () => {
  using place = folder();
  const first = open(place.file);
  for (const version of [1, 2, 3]) first.table.set(entry(version));
  first.file.close();
  const whole = readFileSync(place.file);
  for (const length of someOf([...whole.keys(), whole.length], 7)) {
    writeFileSync(place.file, whole.subarray(0, length), { mode: 0o600 });
    const second = open(place.file);
    const lines = whole.subarray(0, length).toString().split("\n").length - 1;
    // The last line may be whole but for its end.
    const isNearlyWhole = whole[length] === 10 && lines > 1 ? 1 : 0;
    assert.equal(second.table.size, Math.max(0, lines - 2) + isNearlyWhole, `cut at ${length}`);
    assert.equal(second.problems.length, length >= whole.length - 1 ? 0 : 1, `cut at ${length}`);
    rmSync(`${place.file}.damaged`, { force: true });
    second.file.close();
  }
});

test("whichever byte of a file is changed, the change is reported, or alters nothing", () => {
  using place = folder();
  const first = open(place.file);
  for (const version of [1, 2, 3]) first.table.set(entry(version));
  first.table.unset(300_000, 2, "tcp", "1000");
  first.file.seen([entry(3)]);
  first.file.close();
  const state = ({ table, file }: ReturnType<typeof open>) => JSON.stringify([table.all(), [...file.seenBefore]]);
  const before = state(first);
  for (const change of eachChangedByte(place.file)) {
    const text = readFileSync(place.file);
    try {
      const second = open(place.file);
      second.file.close();
      if (second.problems.length === 0) assert.equal(state(second), before, change);
      else assert.deepEqual(readFileSync(`${place.file}.damaged`), text, change);
    } catch (error) {
      // It no longer begins like a file of ours: refused, and left alone.
      assert.equal((error as Error).name, "UnusableFile", change);
      assert.deepEqual(readFileSync(place.file), text, change);
    }
    rmSync(`${place.file}.damaged`, { force: true });
  }
});

test("lines that make no sense are told and left out", () => {
  using place = folder();
  open(place.file).file.close();
  const junk = ["{}", '["+",1]', '["+",300000,9,"tcp","nonsense","1"]', '["+",100000,9,"tcp","0.0.0.0.8.1","1"]', "\0"];
  const good = lineText(["+", 300_000, 1, "tcp", "0.0.0.0.8.1", "1000"], 6);
  appendFileSync(place.file, `${junk.join("\n")}\n${good}`);
  const second = open(place.file);
  assert.deepEqual(second.versions(), [1]);
  assert.match(second.problems.join(), /lines 3, 4, 5, 6, 7 were changed or cannot be read/);
  second.file.close();
});

test("registrations of an earlier start of the machine are forgotten", () => {
  using place = folder();
  const first = open(place.file);
  first.table.set(entry(1));
  first.file.close();
  const [, , ...lines] = readFileSync(place.file, "utf8").split("\n");
  const head = lineText(["lupine rpcbind", 1, "another"], 0);
  writeFileSync(place.file, head + sealText(head.slice(0, -1)) + lines.join("\n"));
  const second = open(place.file);
  assert.deepEqual([second.versions(), second.problems], [[], []]);
  second.file.close();
});

test("a file that others can write to is not believed", () => {
  using place = folder();
  open(place.file).file.close();
  chmodSync(place.file, 0o666);
  assert.throws(() => open(place.file), /can be written by others/);
  chmodSync(place.file, 0o600);
  open(place.file).file.close();
});

test("two binders cannot have one file, and one that was killed does not keep it", () => {
  using place = folder();
  const first = open(place.file);
  writeFileSync(`${place.file}.lock`, `${process.ppid}\n`);
  assert.throws(() => open(place.file), { name: "LockTaken", pid: process.ppid });
  // That process number is alive, but was started at another time than the holder.
  writeFileSync(`${place.file}.lock`, `${process.ppid}\n1\n`);
  open(place.file).file.close();
  first.file.close();
});

test("the file is written anew when most of it is about what is gone", async () => {
  using place = folder();
  const first = open(place.file);
  for (let i = 0; i < 3_000; i++) {
    first.table.set(entry(1));
    first.table.unset(300_000, 1, "tcp", "1000");
  }
  first.table.set(entry(2));
  await Promise.resolve();
  const lines = readFileSync(place.file, "utf8").split("\n").length;
  assert.ok(lines < 4_000, `${lines} lines`);
  first.file.close();
  const second = open(place.file);
  assert.deepEqual(second.versions(), [2]);
  second.file.close();
});

test("what cannot be written is not registered", { skip: process.platform !== "linux" }, () => {
  using place = folder();
  const { table, problems, file } = open(place.file);
  table.set(entry(1));
  const failing = {
    added: () => {
      throw new Error("no space left on device");
    },
    removed: () => {},
  };
  table.record(failing);
  assert.throws(() => table.set(entry(2)), /no space left/);
  assert.equal(table.find(300_000, 2, "tcp"), undefined);
  assert.deepEqual(problems, []);
  file.close();
});

test("a lock is released by whoever holds it, and by nobody else", () => {
  using place = folder();
  const lock = new ProcessLock(place.file);
  assert.equal(lock.held, true);
  writeFileSync(place.file, "1\n");
  assert.equal(lock.held, false);
  lock.release();
  assert.equal(readFileSync(place.file, "utf8"), "1\n");
  truncateSync(place.file);
  const next = new ProcessLock(place.file);
  next.release();
  assert.throws(() => readFileSync(place.file), { code: "ENOENT" });
});

test("a lock is taken once in a process, and one that was released is no longer its former holder's", () => {
  using place = folder();
  const first = new ProcessLock(place.file);
  assert.throws(() => new ProcessLock(place.file), {
    name: "LockTaken",
    pid: process.pid,
    message: /this process holds/,
  });
  assert.equal(first.held, true);
  first.release();
  const second = new ProcessLock(place.file);
  first.release();
  assert.equal(second.held, true);
  second.release();
});

test("a lock of an earlier process of the same number is taken over", () => {
  using place = folder();
  for (const earlier of [`${process.pid}\n1\n`, `${process.pid}\n\n`, `${process.pid}\n\nanother mark\n`]) {
    writeFileSync(place.file, earlier);
    const lock = new ProcessLock(place.file);
    assert.equal(lock.held, true);
    lock.release();
  }
});
