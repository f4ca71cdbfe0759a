// The language server follows lupine.config.*: what is included, the linter's levels, how types look; and its changes.
import assert from "node:assert/strict";
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { type Editor, edit } from "./client.js";

const main = '#include "base.x"\ntypedef hyper size3;\nstruct s { base b; size3 c; };\n';

async function hoverText(editor: Editor, uri: string, line: number, character: number): Promise<string> {
  const found = await editor.at<{ contents: { value: string } } | null>("hover", uri, { line, character });
  return found?.contents.value ?? "";
}

test("the configuration beside a file says what it includes, and how its types look", async (t) => {
  const config = { includeFolders: ["shared"], hyper: "number", lint: { "unused-type": "off" } };
  const { editor, uri, folder } = await edit(t, { "lupine.config.json": JSON.stringify(config), "a.x": main });
  mkdirSync(join(folder, "shared"));
  writeFileSync(join(folder, "shared", "base.x"), "typedef int base;\n");
  editor.open(uri("a.x"), main);
  assert.deepEqual(await editor.diagnostics(uri("a.x")), []);
  assert.match(await hoverText(editor, uri("a.x"), 1, 15), /size3 = number/);
});

test("a configuration that changes counts at once, and what is wrong with it is shown at it until it is right", async (t) => {
  const { editor, uri, folder } = await edit(t, { "package.json": "{}", "a.x": "" });
  const text = "typedef opaque blob<>;\n";
  const config = join(folder, "lupine.config.mjs");
  const changed = () =>
    editor.notify("workspace/didChangeWatchedFiles", { changes: [{ uri: uri("lupine.config.mjs"), type: 2 }] });
  const levelsAre = async (expected: readonly unknown[]): Promise<void> => {
    for (let tries = 0; tries < 200; tries++) {
      const last = editor
        .published(uri("a.x"))
        .at(-1)
        ?.diagnostics.map(({ severity }) => severity);
      if (JSON.stringify(last) === JSON.stringify(expected)) return;
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
    assert.fail(JSON.stringify(editor.published(uri("a.x"))));
  };
  editor.open(uri("a.x"), text);
  await levelsAre([2]);
  writeFileSync(config, 'export default { lint: { unbounded: "error" } };');
  changed();
  await levelsAre([1]);
  writeFileSync(config, 'export default { lint: { unbounded: "eror" } }; // wrong');
  changed();
  await levelsAre([2]);
  const told = editor.published(uri("lupine.config.mjs")).at(-1)?.diagnostics[0]?.message as string;
  assert.match(told, /"lint\.unbounded" cannot be "eror": did you mean "error"\?/);
  rmSync(config);
  writeFileSync(config, 'export default { lint: { unbounded: "off" } }; // put right');
  changed();
  await levelsAre([]);
  assert.deepEqual(editor.published(uri("lupine.config.mjs")).at(-1)?.diagnostics, []);
});

test("interfaces that the configuration imports count in definitions too", async (t) => {
  const files = { "lupine.config.json": '{ "imports": ["far/types.x"] }', "a.x": "" };
  const { editor, uri, folder } = await edit(t, files);
  mkdirSync(join(folder, "far"));
  writeFileSync(join(folder, "far", "types.x"), "struct t { int a; };\n");
  editor.open(uri("a.x"), "struct s { t b; };\n");
  assert.deepEqual(
    (await editor.diagnostics(uri("a.x"))).filter(({ severity }) => severity === 1),
    [],
  );
  const found = await editor.at<{ uri: string }>("definition", uri("a.x"), { line: 0, character: 11 });
  assert.equal(found.uri, uri("far/types.x"));
});

test("a diagnostic's code leads to the page about it, which is there and has its section", async (t) => {
  const { editor, uri } = await edit(t);
  editor.open(uri("a.x"), "struct s { foo a; };\n");
  editor.open(uri("b.x"), "typedef opaque blob<>;\n");
  for (const [file, page] of [
    ["a.x", "diagnostics.md#undefined-name"],
    ["b.x", "lint.md#unbounded"],
  ] as const) {
    const [first] = await editor.diagnostics(uri(file));
    const { href } = (first as unknown as { codeDescription: { href: string } }).codeDescription;
    assert.ok(href.endsWith(`/docs/${page}`), href);
    assert.ok(existsSync(fileURLToPath(href)), href);
  }
});
