import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import test from "node:test";
import { Journal } from "./journal.js";

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
    load(head: readonly unknown[] | undefined, lines: Iterable<readonly unknown[] | undefined>): number {
      if (head?.[0] !== "words") return 0;
      let bad = 0;
      for (const line of lines) {
        if (line?.[0] === "+") known.add(String(line[1]));
        else if (line?.[0] === "-") known.delete(String(line[1]));
        else bad++;
      }
      return bad;
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

test("a file larger than one write is whole", () => {
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
