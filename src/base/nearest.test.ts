import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { editDistance, nearest } from "./nearest.js";
import { MAX_COMPARED, NearestNames } from "./nearest-names.js";

describe("the nearest name", () => {
  test("counts insertions, deletions, replacements and swaps", () => {
    const pairs: readonly (readonly [string, string, number])[] = [
      ["", "abc", 3],
      ["abc", "", 3],
      ["struct", "strcut", 1],
      ["struct", "strict", 1],
      ["struct", "strut", 1],
      ["kitten", "sitting", 3],
    ];
    for (const [a, b, distance] of pairs) assert.equal(editDistance(a, b), distance, `${a} ${b}`);
  });

  test("is within a third of the word, whatever the case of letters", () => {
    assert.equal(nearest("Color", ["colon", "color"]), "color");
    assert.equal(nearest("TIMEOUTS", ["times", "timeout"]), "timeout");
    assert.equal(nearest("abc", ["xyz"]), undefined);
    assert.equal(nearest("x".repeat(1000), ["y".repeat(1000)]), undefined);
  });

  test("is found among ten thousand for fifty comparisons at most", () => {
    const names = new NearestNames(Array.from({ length: 10_000 }, (_, i) => `structure${i}`));
    for (let i = 0; i < 10_000; i += 97) {
      const before = names.compared;
      assert.equal(names.nearest(`strukture${i}`), `structure${i}`);
      assert.ok(names.compared - before <= MAX_COMPARED);
    }
    assert.equal(names.nearest("nothing_like_it"), undefined);
  });

  test("is found wherever the misspelt letter is", () => {
    const others = Array.from({ length: 1000 }, (_, i) => `other_${i}_name`);
    const names = new NearestNames([...others, "file_handle"]);
    for (const word of ["ile_handle", "file_handl", "fiel_handle", "file_hnadle", "FILE_HANDLE", "file__handle"]) {
      assert.equal(names.nearest(word), "file_handle");
    }
  });
});
