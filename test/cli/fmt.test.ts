// `lupine fmt`.
import assert from "node:assert/strict";
import { chmod, readdir, readFile, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { test } from "node:test";
import { withFiles } from "./interface-files.js";
import { errorOf, lupine } from "./run.js";

const messy = "/* c */\nstruct  a\n{ int b;};\n";
const tidy = "/* c */\nstruct a {\n  int b;\n};\n";

test("fmt rewrites what is not formatted, and prints its path", () =>
  withFiles({ "messy.x": messy, "tidy.x": tidy }, async (path) => {
    await chmod(path("messy.x"), 0o640);
    const first = await lupine(["fmt", path("messy.x"), path("tidy.x")]);
    assert.deepEqual([first.code, first.stdout], [0, `${path("messy.x")}\n`]);
    assert.equal(await readFile(path("messy.x"), "utf8"), tidy);
    assert.equal((await stat(path("messy.x"))).mode & 0o777, 0o640);
    assert.equal((await lupine(["fmt", path("messy.x")])).stdout, "");
    assert.deepEqual((await readdir(dirname(path("x")))).sort(), ["messy.x", "tidy.x"], "nothing temporary is left");
  }));

test("--check writes nothing and ends with 1 when a file is not formatted", () =>
  withFiles({ "messy.x": messy, "tidy.x": tidy }, async (path) => {
    const outcome = await lupine(["fmt", "--check", path("messy.x"), path("tidy.x"), "--json"]);
    assert.equal(outcome.code, 1);
    assert.deepEqual(errorOf(outcome)["unformatted"], [path("messy.x")]);
    assert.equal(await readFile(path("messy.x"), "utf8"), messy);
    assert.equal((await lupine(["fmt", "--check", path("tidy.x")])).code, 0);
  }));

test("--stdout prints one file, and - formats standard input", () =>
  withFiles({ "messy.x": messy }, async (path) => {
    assert.equal((await lupine(["fmt", "--stdout", path("messy.x")])).stdout, tidy);
    assert.equal(await readFile(path("messy.x"), "utf8"), messy);
    assert.equal((await lupine(["fmt", "-"], { input: messy })).stdout, tidy);
    assert.equal((await lupine(["fmt", "--stdout", "--check", path("messy.x")])).code, 2);
  }));

test("a file with errors of syntax is left alone, and the others are formatted", () =>
  withFiles({ "bad.x": "struct a { int b }", "messy.x": messy }, async (path) => {
    const { code, stdout, stderr } = await lupine(["fmt", path("bad.x"), path("messy.x")]);
    assert.deepEqual([code, stdout], [2, `${path("messy.x")}\n`]);
    assert.match(stderr, /bad\.x has errors and was not changed/);
    assert.match(stderr, /bad\.x:1:\d+: error\[syntax\]/);
    assert.equal(await readFile(path("bad.x"), "utf8"), "struct a { int b }");
  }));

test("names that nothing defines keep no file from being formatted", () =>
  withFiles({ "a.x": "struct a { elsewhere b; };" }, async (path) => {
    assert.equal((await lupine(["fmt", path("a.x")])).code, 0);
    assert.equal(await readFile(path("a.x"), "utf8"), "struct a {\n  elsewhere b;\n};\n");
  }));

test("CR LF, a byte order mark and Latin-1 stay", () =>
  withFiles(
    { "a.x": Buffer.from("/* caf\xe9 */\r\nconst A=1;\r\n", "latin1"), "b.x": "\ufeffconst A=1;" },
    async (path) => {
      assert.equal((await lupine(["fmt", path("a.x"), path("b.x")])).code, 0);
      assert.equal(await readFile(path("a.x"), "latin1"), "/* caf\xe9 */\r\nconst A = 1;\r\n");
      assert.equal(await readFile(path("b.x"), "utf8"), "\ufeffconst A = 1;\n");
    },
  ));

test("a file that is not there is wrong input", async () => {
  const { code, stderr } = await lupine(["fmt", "nowhere.x"]);
  assert.equal(code, 2);
  assert.match(stderr, /cannot read nowhere\.x: there is no such file/);
});
