// `lupine lint`.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { someOf } from "../support/count-of.js";
import { withFiles } from "./interface-files.js";
import { lupine } from "./run.js";

const text = "typedef opaque data<>;\n// a comment\nconst A = 1;\n";

test("lint shows findings with the line and a hint; warnings do not fail", () =>
  withFiles({ "a.x": text }, async (path) => {
    const { code, stdout, stderr } = await lupine(["lint", path("a.x")]);
    assert.equal(code, 0);
    assert.match(stdout, /a\.x:1:16: warning\[unbounded\]: data is opaque data of any length\n.*typedef opaque data/);
    assert.match(stdout, /hint: write a bound/);
    assert.match(stdout, /a\.x:2:1: warning\[rpcgen-cannot-read\]/);
    assert.match(stderr, /0 errors, 2 warnings/);
  }));

test("--strict fails on warnings, and a rule can be an error or off", () =>
  withFiles({ "a.x": text }, async (path) => {
    assert.equal((await lupine(["lint", "--strict", path("a.x")])).code, 1);
    assert.equal((await lupine(["lint", "--rule", "unbounded=error", path("a.x")])).code, 1);
    const off = ["--rule", "unbounded=off", "--rule", "rpcgen-cannot-read=off"];
    const { code, stdout } = await lupine(["lint", "--strict", ...off, path("a.x")]);
    assert.deepEqual([code, stdout], [0, ""]);
    assert.equal((await lupine(["lint", "--rule", "unbound=off", path("a.x")])).code, 2);
    assert.equal((await lupine(["lint", "--rule", "unbounded=loud", path("a.x")])).code, 2);
  }));

test("findings come as JSON, GitHub annotations and SARIF", () =>
  withFiles({ "a.x": text }, async (path) => {
    const json = JSON.parse((await lupine(["lint", "--json", path("a.x")])).stdout);
    assert.deepEqual([json.errors, json.warnings, json.findings[0].code], [0, 2, "unbounded"]);
    const github = (await lupine(["lint", "--format", "github", path("a.x")])).stdout;
    assert.match(github, /^::warning file=.*a\.x,line=1,col=16,endColumn=20,title=unbounded::data is/);
    const sarif = JSON.parse((await lupine(["lint", "--format", "sarif", path("a.x")])).stdout);
    const [run] = sarif.runs;
    assert.deepEqual([sarif.version, run.results.length, run.results[0].ruleId], ["2.1.0", 2, "unbounded"]);
    assert.equal(run.tool.driver.rules[run.results[0].ruleIndex].id, "unbounded");
    assert.equal(run.results[0].locations[0].physicalLocation.region.startLine, 1);
  }));

test("the summary does not say that nothing was found below a warning of the compiler", () =>
  withFiles({ "a.x": "struct s { char *name; };\n", "b.x": "const A = 1;\n" }, async (path) => {
    const warned = await lupine(["lint", path("a.x")]);
    assert.match(warned.stderr, /warning\[char-pointer\]/);
    assert.match(warned.stderr, /the rules found nothing else/);
    assert.doesNotMatch(warned.stderr, /nothing found/);
    const quiet = await lupine(["lint", path("b.x")]);
    assert.deepEqual([quiet.stdout, quiet.stderr], ["", "nothing found\n"]);
  }));

test("--list tells of every rule with its reason", async () => {
  const { rules } = JSON.parse((await lupine(["lint", "--list", "--json"])).stdout);
  assert.ok(rules.length >= 11);
  const page = readFileSync(new URL("../../../docs/lint.md", import.meta.url), "utf8");
  for (const { id } of rules) assert.ok(page.includes(`\n## ${id}\n`), `docs/lint.md tells of ${id}`);
  assert.match((await lupine(["lint", "--list"])).stdout, /unbounded \(warn\)\n {2}\S/);
});

test("a file that does not compile is wrong input", () =>
  withFiles({ "bad.x": "struct a { nothing b; };" }, async (path) => {
    const { code, stderr } = await lupine(["lint", path("bad.x")]);
    assert.equal(code, 2);
    assert.match(stderr, /bad\.x:1:12: error/);
    assert.equal((await lupine(["lint"])).code, 2);
  }));

/** One construct each; rpcgen refuses all of them. */
const refused = [
  "// comment",
  "struct s { struct { int a; } b; };",
  "struct s { union switch (int a) { case 0: void; } b; };",
  "struct s { struct b { int a; } c; };",
  "typedef struct { int a; } s;",
  "typedef enum { A } s;",
  "const A = 1 + 2;",
  "const A = (1);",
  "const A = 10L;",
  "const A = 0XFF;",
  "const A = 'a';",
  "struct s { string a; };",
  "union u switch (int a) { default: int b; };",
  "union u switch (int a) { case 0: ; case 1: int b; };",
  "union u switch (int a) { case 1: default: void; };",
  "enum e { A, B, };",
  "struct s { int program; };",
  "struct s { int version; };",
  "const A = 1;;",
  "struct *p { int a; };",
  "struct s { int a; } reply;",
  "struct s { long long c; };",
  "struct l { int a; }; program P { version V { l *F(int) = 1; } = 1; } = 0x20000000;",
  "program P { version V { int F(int, int) = 1; } = 1; } = 0x20000000;",
  "PROGRAM P { VERSION V { int F(int) = 1; } = 1; } = 0x20000000;",
];
/** rpcgen takes these, so nothing must be said. */
const taken = [
  "const A = -1;",
  "enum e { A = 1, B = A };",
  "union u switch (int a) { case 'a': int b; case -1: void; };",
  "union u switch (unsigned int a) { case 0: case 1: int b; default: void; };",
  "struct s { hyper a; quadruple b; unsigned c; u_int d; long int e; string f<>; };",
  "struct l { int a; l *next; }; typedef l *lp;",
  "program P { version V { int F(int a) = 1; string G(string) = 2; } = 1; } = 0x20000000;",
];

test(
  "rpcgen-cannot-read is right about rpcgen",
  { skip: !existsSync("/usr/bin/rpcgen") && "rpcgen is not installed" },
  () =>
    withFiles({}, async (path) => {
      const { writeFile } = await import("node:fs/promises");
      for (const [texts, expected] of [
        [refused, true],
        [taken, false],
      ] as const) {
        for (const [index, one] of someOf(texts.entries(), 4)) {
          const file = path(`t${index}.x`);
          await writeFile(file, `${one}\n`);
          assert.equal(isRefused(file), expected, `rpcgen: ${one}`);
          const { stdout } = await lupine(["lint", "--json", file]);
          const codes: string[] = JSON.parse(stdout).findings.map((finding: { code: string }) => finding.code);
          assert.equal(codes.includes("rpcgen-cannot-read"), expected, `lint: ${one}`);
        }
      }
    }),
);

function isRefused(file: string): boolean {
  try {
    execFileSync("/usr/bin/rpcgen", ["-h", file], { stdio: "ignore" });
    return false;
  } catch {
    return true;
  }
}

test("lint and check --fix correct what changes no byte on the wire, in the file's own encoding, and report the rest", () =>
  withFiles(
    {
      "a.x": Buffer.from(
        "\ufeff/* caf\u00e9 */\r\nconst A = 0X1F;\r\nenum e { B = 'a', };\r\nstruct s { unsigned long long c; string d; };\r\n",
      ),
      "b.x": Buffer.from("/* caf\u00e9 */ enum e { B = 4294967295 };\n#if 0\n#endif X\n", "latin1"),
    },
    async (path) => {
      const linted = await lupine(["lint", "--fix", path("a.x")]);
      assert.match(linted.stderr, /a\.x: 5 fixes applied\n/);
      assert.match(linted.stdout, /unbounded/);
      assert.doesNotMatch(linted.stdout, /rpcgen-cannot-read/);
      const after =
        "\ufeff/* caf\u00e9 */\r\nconst A = 0x1F;\r\nenum e { B = 97 };\r\nstruct s { unsigned hyper c; string d<>; };\r\n";
      assert.equal(readFileSync(path("a.x"), "utf8"), after);
      const checked = await lupine(["check", "--fix", path("b.x")]);
      assert.equal(checked.code, 0);
      assert.doesNotMatch(checked.stdout, /unsigned-value|extra-tokens/);
      const text = "/* caf\u00e9 */ enum e { B = -1 };\n#if 0\n#endif /* X */\n";
      assert.equal(readFileSync(path("b.x"), "latin1"), text);
      assert.equal((await lupine(["check", "--fix", "-"])).code, 2);
    },
  ));
