// `lupine doc`.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { withFiles } from "./interface-files.js";
import { examples, lupine } from "./run.js";

const files = `${examples}file-system/files.x`;

test("doc prints Markdown", async () => {
  const { code, stdout } = await lupine(["doc", files]);
  assert.equal(code, 0);
  assert.match(stdout, /^# files\.x\n/);
  assert.match(stdout, /\| 1 \| `FILE_OPEN` \| .*\[`open_result`\]\(#type-open_result\)/);
});

test("doc writes HTML where the file's name says so", () =>
  withFiles({}, async (path) => {
    const { code, stdout } = await lupine(["doc", files, "-o", path("out/files.html")]);
    assert.deepEqual([code, stdout], [0, `${path("out/files.html")}\n`]);
    const html = await readFile(path("out/files.html"), "utf8");
    assert.match(html, /^<!doctype html>/);
    assert.match(html, /<a href="#type-open_result"><code>open_result<\/code><\/a>/);
    assert.match((await lupine(["doc", files, "--format", "html"])).stdout, /^<!doctype html>/);
  }));

test("an interface that does not compile is wrong input, and nothing is written", () =>
  withFiles({ "bad.x": "struct a {" }, async (path) => {
    const { code, stdout, stderr } = await lupine(["doc", path("bad.x"), "-o", path("bad.md")]);
    assert.deepEqual([code, stdout], [2, ""]);
    assert.match(stderr, /bad\.x:1:\d+: error/);
    await assert.rejects(readFile(path("bad.md")));
  }));

test("a folder makes a page for each interface and one that lists them, with links between them that lead somewhere", () =>
  withFiles(
    {
      "in/a.x": '/* The first. */\n\n%#include "deep/b.h"\nstruct a { b c; };\n',
      "in/deep/b.x": "struct b { int d; };\n",
      "in/index.x": "struct i { int a; };\n",
    },
    async (path) => {
      const { code, stdout, stderr } = await lupine(["doc", path("in"), "-o", path("out/")]);
      assert.equal(code, 0, stderr);
      const pages = ["index.html", "a.html", "deep/b.html", "index.x.html"].map((name) => path(`out/${name}`));
      assert.deepEqual(stdout.trim().split("\n").sort(), pages.toSorted());
      for (const page of pages) {
        const html = await readFile(page, "utf8");
        for (const [, href = ""] of html.matchAll(/href="([^"#]*)[^"]*"/g)) {
          if (href !== "") assert.ok(pages.includes(join(dirname(page), decodeURIComponent(href))), `${page}: ${href}`);
        }
      }
      assert.match(await readFile(path("out/a.html"), "utf8"), /href="deep\/b\.html#type-b"/);
      assert.match(await readFile(path("out/index.html"), "utf8"), /The first\./);
      assert.equal((await lupine(["doc", path("in")])).code, 2);
      assert.equal((await lupine(["doc", "--format", "md", path("in"), "-o", path("md/")])).code, 0);
    },
  ));
