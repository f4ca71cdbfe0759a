import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { syncBuiltinESMExports } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { thoroughTest } from "../testing/count-of.test-support.js";
import { Journal } from "./journal.js";
import { ProcessLock } from "./process-lock.js";

function folder() {
  const path = mkdtempSync(join(tmpdir(), "lupine-journal-"));
  return { path, file: join(path, "state"), [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** A set of words: ["+", word] and ["-", word]. */
function words(path: string, now?: () => number) {
  const known = new Set<string>();
  const problems: string[] = [];
  const content = {
    what: "words",
    title: "words",
    begin: (head: readonly unknown[] | undefined) => head?.[0] === "words",
    apply([kind, word]: readonly unknown[]): boolean {
      if (kind === "+") known.add(String(word));
      else if (kind === "-") known.delete(String(word));
      return kind === "+" || kind === "-";
    },
    *lines() {
      yield ["words"];
      for (const word of known) yield ["+", word];
    },
    get size() {
      return known.size;
    },
  };
  const journal = Journal.open(path, content, {
    tell: (problem) => problems.push(problem),
    ...(now === undefined ? {} : { now }),
  });
  const add = (word: string): void => {
    journal.append([["+", word]]);
    known.add(word);
  };
  const remove = (word: string): void => {
    journal.append([["-", word]]);
    known.delete(word);
  };
  return { journal, known, problems, add, remove };
}

test("what was appended is known at the next start, with any text in it", () => {
  using place = folder();
  const first = words(place.file);
  const odd = ["a", "", "two\nlines", '"', "\u0000", "ü \u{1f600}", "__proto__"];
  for (const word of odd) first.add(word);
  first.remove("a");
  first.journal.close();
  const second = words(place.file);
  assert.deepEqual([...second.known], odd.slice(1));
  assert.deepEqual(second.problems, []);
  second.journal.close();
});

thoroughTest("a file larger than one write is whole", () => {
  using place = folder();
  const first = words(place.file);
  const long = Array.from({ length: 300 }, (_, at) => `${at}${"x".repeat(10_000)}`);
  first.journal.append(long.map((word) => ["+", word]));
  first.journal.close();
  for (let start = 0; start < 2; start++) {
    const next = words(place.file);
    assert.deepEqual([...next.known], long);
    next.journal.close();
  }
});

test("the file is written anew when most of it is about what is gone, and not after it was closed", async () => {
  using place = folder();
  const first = words(place.file);
  for (let i = 0; i < 3_000; i++) {
    first.add("w");
    first.remove("w");
  }
  await Promise.resolve();
  const lines = readFileSync(place.file, "utf8").split("\n").length;
  assert.ok(lines < 3_000, `${lines} lines`);
  for (let i = 0; i < 2_500; i++) {
    first.add("v");
    first.remove("v");
  }
  first.journal.close();
  const closed = readFileSync(place.file, "utf8");
  await Promise.resolve();
  assert.equal(readFileSync(place.file, "utf8"), closed);
  assert.deepEqual(first.problems, []);
});

test("what somebody has put where the new file goes is not written through", () => {
  using place = folder();
  const victim = join(place.path, "victim");
  writeFileSync(victim, "precious");
  symlinkSync(victim, `${place.file}.new`);
  const first = words(place.file);
  first.add("w");
  first.journal.close();
  assert.equal(readFileSync(victim, "utf8"), "precious");
  assert.equal(statSync(place.file).mode & 0o777, 0o600);
});

test("a file that somebody removed is begun anew at the next start", () => {
  using place = folder();
  const first = words(place.file);
  first.add("w");
  rmSync(place.file);
  first.add("v");
  first.journal.close();
  const second = words(place.file);
  assert.deepEqual([...second.known], []);
  second.add("u");
  second.journal.close();
  const third = words(place.file);
  assert.deepEqual([...third.known], ["u"]);
  third.journal.close();
});

test("a file of another kind is refused and left alone, however large or strange", () => {
  using place = folder();
  const foreign = [
    "precious\n",
    '["other words"]\n["+","w"]\n',
    "{}",
    "\u0000",
    '["wordsmith"]\n',
    `${"x".repeat(1 << 20)}\n`,
  ];
  for (const text of foreign) {
    writeFileSync(place.file, text, { mode: 0o600 });
    assert.throws(() => words(place.file), { name: "UnusableFile", message: /it was not changed; use another/ });
    assert.equal(readFileSync(place.file, "utf8"), text);
    assert.deepEqual(readdirSync(place.path), ["state"]);
  }
});

test("an empty file is begun", () => {
  using place = folder();
  writeFileSync(place.file, "", { mode: 0o600 });
  const first = words(place.file);
  first.add("w");
  first.journal.close();
  assert.match(first.problems.join(), /in full, because it is empty: the original is kept as .*state\.damaged/);
});

test("a file that lost its end says how much is missing, and keeps the original", () => {
  using place = folder();
  const first = words(place.file);
  for (let i = 0; i < 500; i++) first.add(`word ${i}`);
  first.journal.close();
  const whole = readFileSync(place.file, "utf8");
  const lines = whole.split("\n");
  writeFileSync(place.file, `${lines.slice(0, 202).join("\n")}\n`);
  const second = words(place.file);
  assert.equal(second.known.size, 200);
  assert.match(second.problems.join(), /because its last 300 of 500 lines are missing: the original is kept as/);
  second.add("one more");
  second.journal.close();
  const third = words(place.file);
  assert.deepEqual([third.known.size, third.problems.length], [201, 0]);
  third.journal.close();
});

test("a line that was being written when the writer was killed is no loss", () => {
  using place = folder();
  const first = words(place.file);
  for (const word of ["a", "b"]) first.add(word);
  first.journal.close();
  writeFileSync(place.file, `${readFileSync(place.file, "utf8")}["+","c`);
  const second = words(place.file);
  assert.deepEqual([[...second.known], second.problems], [["a", "b"], []]);
  second.journal.close();
});

test("a first line that was changed is reported, although it can be read", () => {
  using place = folder();
  const first = words(place.file);
  first.add("a");
  first.journal.close();
  const text = readFileSync(place.file, "utf8");
  writeFileSync(place.file, text.replace('["words"]', '["words","more"]'));
  const second = words(place.file);
  assert.deepEqual([...second.known], ["a"]);
  assert.match(second.problems.join(), /because its first line was changed: the original is kept as/);
  second.journal.close();
});

test("a damaged file of ours is kept aside, each time under a name of its own", () => {
  using place = folder();
  const damaged = ['["words"]\n["+","a"]\nnonsense\n["+","b"]\n', '["words"\n["+","a"]\n["+","b"]\n'];
  for (const [i, text] of damaged.entries()) {
    writeFileSync(place.file, text, { mode: 0o600 });
    const { journal, known, problems } = words(place.file);
    assert.deepEqual([...known], i === 0 ? ["a", "b"] : []);
    const aside = `${place.file}.damaged${i === 0 ? "" : ".2"}`;
    assert.match(
      problems.join(),
      /state could not be restored in full, because .*: the original is kept as .*state\.damaged/,
    );
    assert.equal(readFileSync(aside, "utf8"), text);
    journal.close();
  }
});

test("where the file system has no hard links a damaged file is copied aside, and a lock is taken all the same", (t) => {
  using place = folder();
  const link = t.mock.method(fs, "linkSync", () => {
    throw Object.assign(new Error("operation not permitted"), { code: "EPERM" });
  });
  syncBuiltinESMExports();
  t.after(() => {
    t.mock.restoreAll();
    syncBuiltinESMExports();
  });
  const text = '["words"]\n["+","a"]\nnonsense\n';
  writeFileSync(place.file, text, { mode: 0o600 });
  const { journal, problems } = words(place.file);
  assert.match(problems.join(), /the original is kept as .*state\.damaged/);
  assert.equal(readFileSync(`${place.file}.damaged`, "utf8"), text);
  journal.close();
  const lock = new ProcessLock(`${place.file}.lock`);
  assert.ok(lock.held);
  assert.throws(() => new ProcessLock(`${place.file}.lock`), /lock/);
  lock.release();
  assert.deepEqual(readdirSync(place.path).sort(), ["state", "state.damaged"]);
  assert.equal(link.mock.callCount(), 3);
});

/** The words of a file whose lines were changed, and the reasons that were reported. */
function afterChange(change: (lines: string[]) => string[]) {
  using place = folder();
  const first = words(place.file);
  for (const word of ["a", "b", "c", "d"]) first.add(word);
  first.journal.close();
  const text = change(readFileSync(place.file, "utf8").split("\n")).join("\n");
  writeFileSync(place.file, text);
  const second = words(place.file);
  second.journal.close();
  const kept = readdirSync(place.path).includes("state.damaged");
  if (kept) assert.equal(readFileSync(`${place.file}.damaged`, "utf8"), text);
  const reasons = second.problems.map((problem) => /because (.*)(: the original is kept|; no copy)/.exec(problem)?.[1]);
  assert.equal(kept, reasons.length > 0);
  return { words: [...second.known].join(""), reasons };
}

test("a line that was changed is left out, and its number is reported", () => {
  const edited = afterChange((lines) => lines.map((line) => line.replace('"b"', '"x"')));
  assert.deepEqual(edited, { words: "acd", reasons: ["line 4 was changed or cannot be read"] });
  const both = afterChange((lines) => lines.map((line) => line.replace(/"[bd]"/, '"x"')));
  assert.deepEqual(both, { words: "ac", reasons: ["lines 4, 6 were changed or cannot be read"] });
});

test("a line that is missing, repeated, moved or added is noticed", () => {
  const [, , a, b, c, d] = [0, 1, 2, 3, 4, 5];
  const order = (...places: number[]) =>
    afterChange((lines) => [...[0, 1, ...places].map((at) => lines[at] ?? ""), ""]);
  assert.deepEqual(order(a, c, d), { words: "acd", reasons: ["1 line is missing before line 4"] });
  assert.deepEqual(order(a, b, b, d), {
    words: "abd",
    reasons: ["line 5 was changed or cannot be read"],
  });
  assert.deepEqual(order(a, c, b, d).reasons, [
    "1 line is missing before line 4, and line 5 was changed or cannot be read",
  ]);
  const added = afterChange((lines) => lines.toSpliced(4, 0, '["+","x"]'));
  assert.deepEqual(added, { words: "abcd", reasons: ["line 5 was changed or cannot be read"] });
});

test("a file of an earlier version, without numbers, is read whole, and cut", () => {
  using place = folder();
  const digest = createHash("sha256").update('["words"]').digest("hex").slice(0, 16);
  const lines = ['["words"]', `["=","000000000003","${digest}"]`, '["+","a"]', '["+","b"]', '["-","a"]', ""];
  for (const missing of [0, 2]) {
    const left = lines.slice(0, lines.length - 1 - missing);
    writeFileSync(place.file, `${left.join("\n")}\n`, { mode: 0o600 });
    const { journal, known, problems } = words(place.file);
    journal.close();
    assert.deepEqual([...known], missing === 0 ? ["b"] : ["a"]);
    if (missing === 0) assert.deepEqual(problems, []);
    else assert.match(problems.join(), /because its last 2 of 3 lines are missing: the original is kept/);
    // It was written anew, with numbers.
    assert.match(readFileSync(place.file, "utf8"), /^\["words"\] 0 [0-9a-f]{8}\n/);
    const again = words(place.file);
    again.journal.close();
    assert.deepEqual([[...again.known], again.problems], [[...known], []]);
  }
});
