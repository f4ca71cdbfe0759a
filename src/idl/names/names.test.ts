import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { countOf } from "../../testing/count-of.test-support.js";
import fc from "../../testing/fast-check.test-support.js";
import { compileInterface } from "../compile.js";
import { methodNames, type Naming } from "./names.js";

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
    ["of one meaning are the same", ["P", "V"], ["GetTime", "GET_TIME"], ["getTime", "getTime"]],
    ["lose the prefix even if the rest is another's name", ["CALC_PROG", "V"], ["CALC_ADD", "ADD"], ["add", "add"]],
    ["are never called then", ["P", "V"], ["THEN"], ["then_"]],
    ["of none are none", ["P", "V"], [], []],
  ];
  for (const [title, owners, names, methods] of cases) {
    test(title, () => assert.deepEqual(methodNames(named(names), owners), methods));
  }

  const word = fc.constantFrom("NFS", "PROC", "PROC3", "GET", "get", "Time", "then", "3", "", "PROG", "VERS", "V3");
  const name = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => `N${words.join("_")}`);
  const names = fc.uniqueArray(
    fc.oneof(
      name,
      name.map((one) => one.toLowerCase()),
    ),
    { minLength: 2, maxLength: 12 },
  );

  const namings = fc.constantFrom<Naming>("camelCase", "verbatim", "rpcgen");
  const compiled = (program: string, version: string, procedures: readonly string[], naming: Naming) => {
    const text = `program ${program} { version v${version} { ${procedures.join(" ")} } = 1; } = 0x20000001;`;
    const { module, diagnostics } = compileInterface({ file: "p.x", text, mapping: { naming } });
    const [definition] = module?.definitions ?? [];
    assert.ok(definition?.kind === "program", diagnostics[0]?.message);
    const isShared = diagnostics.some(({ code }) => code === "shared-method");
    return { isShared, methods: definition.versions[0]?.procedures.map(({ method }) => method) ?? [] };
  };

  test("are unchanged by a procedure with a greater number, wherever it stands in the file", () => {
    fc.assert(
      fc.property(names, name, name, namings, fc.nat(), (all, program, version, naming, at) => {
        const declared = all.map((one, i) => `void ${one}(void) = ${i + 1};`);
        const last = declared.pop() ?? "";
        const place = at % all.length;
        const after = compiled(program, version, declared.toSpliced(place, 0, last), naming).methods;
        assert.deepEqual(after.toSpliced(place, 1), compiled(program, version, declared, naming).methods);
        assert.equal(new Set(after).size, all.length);
      }),
      { numRuns: countOf(100, 25) },
    );
  });

  test("depend on no other procedure where no two lead to one method", () => {
    fc.assert(
      fc.property(names, name, name, namings, fc.nat(), (all, program, version, naming, at) => {
        const declared = all.map((one, i) => `void ${one}(void) = ${i + 1};`);
        const { isShared, methods } = compiled(program, version, declared, naming);
        const added = at % all.length;
        if (isShared) return;
        assert.deepEqual(
          methods.toSpliced(added, 1),
          compiled(program, version, declared.toSpliced(added, 1), naming).methods,
        );
      }),
      { numRuns: countOf(100, 25) },
    );
  });

  test("of very long names come in linear time", () => {
    const long = "_".repeat(1_000_000);
    assert.equal(methodNames(named([`${long}PROC_A`]), [`${long}x`, `${long}1`]).length, 1);
  });
});
