import assert from "node:assert/strict";
import test from "node:test";
import { countOf } from "../testing/count-of.test-support.js";
import { lineText, readJournal, sealText } from "./journal-text.js";

const rows = [
  ["+", "a"],
  ["+", "ü"],
  ["-", "a"],
  [1, { two: [null, "\u0000"] }],
];

function journal(): string {
  const head = lineText(["words", 1], 0);
  const seal = sealText(head.slice(0, -1)).replace("000000000000", `00000000000${rows.length}`);
  return head + seal + rows.map((row, i) => lineText(row, i + 1)).join("");
}

test("a journal is read as it was written", () => {
  const { head, rows: read, last, faults } = readJournal(journal());
  assert.deepEqual(head, ["words", 1]);
  assert.deepEqual(
    read.map(({ at, line }) => [at, line]),
    rows.map((row, i) => [i + 3, row]),
  );
  assert.deepEqual([last, faults], [rows.length, []]);
});

test("whichever byte is changed, no row is another one unnoticed", () => {
  const bytes = Buffer.from(journal());
  const expected = JSON.stringify([["words", 1], ...rows]);
  for (const [at, byte] of bytes.entries()) {
    for (let step = 0; step < 256; step += countOf(5, 17)) {
      const other = (byte + step) % 256;
      if (other === byte) continue;
      bytes[at] = other;
      const { head, rows: read, faults } = readJournal(bytes.toString());
      const isNoticed = faults.length > 0 || head === undefined || read.some(({ line }) => line === undefined);
      if (!isNoticed)
        assert.equal(JSON.stringify([head, ...read.map(({ line }) => line)]), expected, `${at}: ${other}`);
      // Rows that are not reported are rows that were written.
      for (const { line } of read) {
        if (line !== undefined) assert.ok(expected.includes(JSON.stringify(line)), `${at}: ${other}`);
      }
    }
    bytes[at] = byte;
  }
});

test("a text cut at any place has the rows before the cut, and reports those that were acknowledged", () => {
  const whole = journal();
  const ends = [...whole].flatMap((one, at) => (one === "\n" ? [at] : [])).slice(2);
  for (let length = 0; length < whole.length - 1; length++) {
    const { rows: read, faults } = readJournal(whole.slice(0, length));
    assert.deepEqual(
      read.map(({ line }) => line),
      rows.slice(0, ends.filter((end) => length >= end).length),
      `${length}`,
    );
    assert.ok(faults.length > 0, `${length}`);
  }
  assert.deepEqual(readJournal(whole.slice(0, -1)).faults, []);
});
