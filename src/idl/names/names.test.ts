import assert from "node:assert/strict";
import { describe, test } from "node:test";
import fc from "fast-check";
import { candidatesFor, distinctNames, methodNames, type Naming, sharedNames } from "./names.js";

const named = (names: readonly string[]): { name: string }[] => names.map((name) => ({ name }));

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
      "keep the procedure's name if two would have one name",
      ["P", "V"],
      ["GetTime", "GET_TIME"],
      ["GetTime", "GET_TIME"],
    ],
    [
      "keep the prefix if the rest is another's name",
      ["CALC_PROG", "V"],
      ["CALC_ADD", "ADD", "SUB"],
      ["calcAdd", "ADD", "sub"],
    ],
    ["are no other's name in small letters, either", ["CALC_PROG", "V"], ["CALC_ADD", "add"], ["calcAdd", "add$"]],
    ["are distinct to the last", ["P", "V"], ["FOO", "foo", "foo_"], ["FOO", "foo$", "foo_"]],
    ["are never called then", ["P", "V"], ["THEN", "then_", "x"], ["THEN", "then_$", "x"]],
    ["are never called then, alone either", ["P", "V"], ["THEN"], ["then_"]],
    ["of none are none", ["P", "V"], [], []],
  ];
  for (const [title, owners, names, methods] of cases) {
    test(title, () => assert.deepEqual(methodNames(named(names), owners), methods));
  }

  test("depend on no order", () => {
    assert.deepEqual(methodNames(named(["ADD", "CALC_ADD"]), ["CALC_PROG"]), ["ADD", "calcAdd"]);
  });

  test("that two procedures would have are listed with them", () => {
    const candidates = candidatesFor("camelCase", { program: "CALC_PROG", version: "V", number: 1 });
    const shared = sharedNames(named(["CALC_ADD", "ADD", "SUB"]), candidates);
    assert.deepEqual([...shared], [["add", ["CALC_ADD", "ADD"]]]);
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

  test("never become another procedure's when one is added, whatever it is called", () => {
    const namings = fc.constantFrom<Naming>("camelCase", "verbatim", "rpcgen");
    fc.assert(
      fc.property(names, name, name, namings, (all, program, version, naming) => {
        const methods = (some: readonly string[]): Map<string, string> => {
          const found = distinctNames(named(some), candidatesFor(naming, { program, version, number: 1 }));
          assert.equal(new Set(found).size, some.length);
          return new Map(found.map((method, i) => [method, some[i] ?? ""]));
        };
        const after = methods(all);
        for (const [method, procedure] of methods(all.slice(0, -1))) {
          assert.equal(after.get(method) ?? procedure, procedure);
        }
      }),
    );
  });

  test("stay as they are when a procedure of another method is added", () => {
    fc.assert(
      fc.property(names, name, (all, program) => {
        const before = methodNames(named(all), [program]);
        assert.deepEqual(methodNames(named(["Z_ANOTHER", ...all]), [program]).slice(1), before);
      }),
    );
  });

  test("of very long names come in linear time", () => {
    const long = "_".repeat(1_000_000);
    assert.equal(methodNames(named([`${long}PROC_A`]), [`${long}x`, `${long}1`]).length, 1);
  });
});
