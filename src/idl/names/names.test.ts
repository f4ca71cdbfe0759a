import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { methodNames, type NumberedName } from "./names.js";

/** Procedures with the numbers 1, 2, 3. */
const numbered = (names: readonly string[]): NumberedName[] => names.map((name, i) => ({ name, number: i + 1 }));

describe("methods", () => {
  const cases: readonly (readonly [string, readonly string[], readonly string[], readonly string[]])[] = [
    ["are camelCase", ["P", "V"], ["ADD", "GET_TIME"], ["add", "getTime"]],
    [
      "keep the case of mixed names",
      ["P", "V"],
      ["GetTime", "setTime", "NFSRead_now"],
      ["getTime", "setTime", "nfsReadNow"],
    ],
    [
      "lose the program's name with PROC and digits behind it",
      ["NFS_PROGRAM", "NFS_V3"],
      ["NFSPROC3_GETATTR", "NFSPROC3_FS_STAT", "NFS_PROC_X", "NFSPROC_Y"],
      ["getattr", "fsStat", "x", "y"],
    ],
    ["lose it even if there is one alone", ["RSTATPROG", "RSTATVERS_TIME"], ["RSTATPROC_STATS"], ["stats"]],
    ["lose the version's name", ["OTHER", "RPCBVERS4"], ["RPCBPROC_GETADDR"], ["getaddr"]],
    [
      "lose the name of a program without PROC",
      ["NLM_PROG", "NLM4_VERS"],
      ["NLM4_TEST", "NLM_SHARE"],
      ["test", "share"],
    ],
    [
      "lose lower case and words of the name before PROC",
      ["NFS_ACL_PROGRAM", "NFS_ACL_V3"],
      ["aclproc3_getacl"],
      ["getacl"],
    ],
    ["lose the first words before PROC", ["YPPUSH_XFRRESPPROG", "V"], ["YPPUSHPROC_NULL"], ["null"]],
    [
      "keep what no name has",
      ["NFS4_CALLBACK", "NFS_CB"],
      ["CB_NULL", "CB_COMPOUND", "CB_X"],
      ["cbNull", "cbCompound", "cbX"],
    ],
    ["keep a part of the name without PROC", ["DEVICE_CORE", "DEVICE_CORE_VERSION"], ["device_write"], ["deviceWrite"]],
    ["keep letters in common without an underscore", ["GET_PROG", "GETVERS"], ["GETA", "GETTIME"], ["geta", "gettime"]],
    ["never begin with a digit", ["RUN_PROG", "RUN_VERS"], ["RUN_1", "RUNPROC_2"], ["run1", "runproc2"]],
    ["are never empty", ["P", "V"], ["P_", "PPROC_"], ["p", "pproc"]],
    ["leave underscores in front out", ["P", "V"], ["_start", "__stop__"], ["start", "stop"]],
    ["stay verbatim when there is no letter", ["P", "V"], ["__", "_1"], ["__", "_1"]],
    [
      "of a lower number keep the name that two would have",
      ["P", "V"],
      ["GetTime", "GET_TIME"],
      ["getTime", "GET_TIME"],
    ],
    ["fall back to the whole name", ["FILE_PROG", "V"], ["OPEN", "FILE_OPEN"], ["open", "fileOpen"]],
    ["are distinct to the last", ["P", "V"], ["FOO", "foo", "foo_"], ["foo", "foo_", "foo__"]],
    ["are never called then", ["P", "V"], ["THEN", "then_"], ["then_", "then__"]],
    ["of none are none", ["P", "V"], [], []],
  ];
  for (const [title, owners, names, methods] of cases) {
    test(title, () => assert.deepEqual(methodNames(numbered(names), owners), methods));
  }

  test("depend on the numbers and not on the order in the file", () => {
    const procedures = [
      { name: "GET_TIME", number: 7 },
      { name: "GetTime", number: 3 },
    ];
    assert.deepEqual(methodNames(procedures, ["P", "V"]), ["GET_TIME", "getTime"]);
  });

  const word = fc.constantFrom("NFS", "PROC", "PROC3", "GET", "get", "Time", "then", "3", "", "PROG", "VERS", "V3");
  const name = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => `N${words.join("_")}`);
  const names = fc.uniqueArray(
    fc.oneof(
      name,
      name.map((one) => one.toLowerCase()),
    ),
    { minLength: 1, maxLength: 12 },
  );

  test("of others stay as they are when a procedure is added with the next number", () => {
    fc.assert(
      fc.property(names, name, name, (all, program, version) => {
        const owners = [program, version];
        const after = methodNames(numbered(all), owners);
        assert.deepEqual(after.slice(0, -1), methodNames(numbered(all.slice(0, -1)), owners));
        assert.equal(new Set(after).size, all.length);
      }),
    );
  });

  test("stay as they are when a procedure of another method is added, wherever its number is", () => {
    fc.assert(
      fc.property(names, name, fc.nat(12), (all, program, position) => {
        const before = methodNames(numbered(all), [program]);
        const added = { name: "Z_ANOTHER", number: position + 0.5 };
        assert.deepEqual(methodNames([added, ...numbered(all)], [program]).slice(1), before);
      }),
    );
  });

  test("of very long names come in linear time", () => {
    const long = "_".repeat(1_000_000);
    assert.equal(methodNames(numbered([`${long}PROC_A`]), [`${long}x`, `${long}1`]).length, 1);
  });
});
