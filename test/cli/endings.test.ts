import assert from "node:assert/strict";
import { test } from "node:test";
import { withFiles } from "./interface-files.js";
import { lupine } from "./run.js";

const files = {
  "a.x": "typedef int one;\n",
  "deep/b.rpcl": '%#include "c.h"\nstruct b { two x; };\n',
  "deep/c.xdr": "typedef int two;\n",
  "deep/data.xdr": new Uint8Array([0, 0, 0, 1, 0, 0, 0, 2]),
  "node_modules/no.x": "nonsense",
} as const;

test("check, lint and doc take the .x, .rpcl and .xdr files of a folder, and leave out .xdr files that are data", () =>
  withFiles(files, async (path) => {
    const { code, stderr } = await lupine(["check", path(".")]);
    assert.deepEqual([code, stderr], [0, "3 files: nothing wrong\n"]);
    assert.equal((await lupine(["lint", path(".")])).code, 0);
    const { stdout } = await lupine(["doc", path("."), "-o", path("pages/"), "--json"]);
    const { written } = JSON.parse(stdout) as { written: string[] };
    assert.deepEqual(written.map((page) => page.split("pages/")[1]).toSorted(), [
      "a.html",
      "deep/b.html",
      "deep/c.html",
      "index.html",
    ]);
    const refused = await lupine(["check", path("deep/data.xdr")]);
    assert.match(refused.stderr, /is not an interface: it is a binary file/);
  }));

test("gen takes folders, named or in the configuration, and names its files without the ending", () =>
  withFiles({ ...files, "lupine.config.json": '{ "interfaces": ["a.x", "deep"] }' }, async (path) => {
    const expected = ["a.gen.ts", "deep/b.gen.ts", "deep/c.gen.ts"];
    const configured = await lupine(["gen"], { cwd: path(".") });
    assert.deepEqual(configured.stdout.trim().split("\n").toSorted(), expected, configured.stderr);
    const named = await lupine(["gen", "--check", "."], { cwd: path(".") });
    assert.deepEqual([named.code, named.stderr], [0, ""]);
    const { stdout } = await lupine(["gen", "-o", "-", "deep/b.rpcl"], { cwd: path(".") });
    assert.match(stdout, /from "\.\/c\.gen\.js"/);
  }));

test("a folder without interfaces is an error that says which files are looked for", () =>
  withFiles({ "a.txt": "" }, async (path) => {
    const { code, stderr } = await lupine(["check", path(".")]);
    assert.equal(code, 2);
    assert.match(stderr, /there is no \.x, \.rpcl or \.xdr file in .* or below it/);
  }));
