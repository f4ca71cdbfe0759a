import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { methodNames } from "./names.js";
import { editDistance, nearest } from "./nearest.js";

describe("methods", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ["are camelCase", ["ADD", "GET_TIME"], ["add", "getTime"]],
    ["keep the case of mixed names", ["GetTime", "setTime", "NFSRead_now"], ["getTime", "setTime", "nfsReadNow"]],
    [
      "lose a prefix that three share",
      ["NFSPROC3_NULL", "NFSPROC3_GETATTR", "NFSPROC3_FS_STAT"],
      ["null", "getattr", "fsStat"],
    ],
    ["lose the longest prefix", ["A_B_ONE", "A_B_TWO", "A_B_THREE"], ["one", "two", "three"]],
    ["keep a prefix that two share", ["PMAPPROC_NULL", "PMAPPROC_SET"], ["pmapprocNull", "pmapprocSet"]],
    ["keep a prefix that not all share", ["P_ONE", "P_TWO", "STOP"], ["pOne", "pTwo", "stop"]],
    ["keep letters in common without an underscore", ["GETA", "GETB", "GETC"], ["geta", "getb", "getc"]],
    ["never begin with a digit", ["RUN_1", "RUN_2", "RUN_3"], ["run1", "run2", "run3"]],
    ["keep a shorter prefix off instead", ["A_B_1", "A_B_2", "A_B_3"], ["b1", "b2", "b3"]],
    ["are never empty", ["P_", "P_A", "P_B"], ["p", "pA", "pB"]],
    ["leave underscores in front out", ["_start", "__stop__"], ["start", "stop"]],
    ["stay verbatim when there is no letter", ["__", "_1"], ["__", "_1"]],
    ["stay verbatim when two would be the same", ["GET_TIME", "GetTime", "ADD"], ["GET_TIME", "GetTime", "add"]],
    ["of one procedure are its own", ["RPCBPROC_GETADDR"], ["rpcbprocGetaddr"]],
    ["of none are none", [], []],
  ];
  for (const [title, names, methods] of cases) {
    test(title, () => assert.deepEqual(methodNames(names), methods));
  }
});

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

  test("is within a third of the word, and the case of letters hardly counts", () => {
    assert.equal(nearest("Color", ["colon", "color"]), "color");
    assert.equal(nearest("abc", ["xyz"]), undefined);
    assert.equal(nearest("x".repeat(1000), ["y".repeat(1000)]), undefined);
  });
});
