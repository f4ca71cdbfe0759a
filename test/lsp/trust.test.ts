// A configuration that is a program is run only where the editor or the person says that it is trusted.
import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { edit } from "./client.js";

const config = `import { writeFileSync } from "node:fs";
writeFileSync(new URL("ran", import.meta.url), "");
export default { lint: { unbounded: "error" } };
`;
const files = { "package.json": "{}", "lupine.config.mjs": config };
const text = "typedef opaque blob<>;\n";

test("where the editor says nothing the person is asked once, and the configuration is not run before", async (t) => {
  const { editor, uri, folder } = await edit(t, files, {}, { initializationOptions: {} });
  editor.open(uri("a.x"), text);
  editor.open(uri("b.x"), text);
  const severities = await Promise.all(["a.x", "b.x"].map((name) => editor.diagnostics(uri(name))));
  assert.deepEqual(
    severities.map((one) => one.map(({ severity }) => severity)),
    [[2], [2]],
  );
  const asked = editor.notices.filter(({ method }) => method === "window/showMessageRequest");
  assert.equal(asked.length, 1);
  assert.match(JSON.stringify(asked[0]?.params), /lupine\.config\.mjs\\" is a program/);
  assert.ok(!existsSync(join(folder, "ran")));
  assert.match(editor.published(uri("lupine.config.mjs")).at(-1)?.diagnostics[0]?.message ?? "", /is not run/);
});

test("once the person says yes, the configuration counts", async (t) => {
  const { editor, uri, folder } = await edit(t, files, {}, { initializationOptions: {}, answer: { title: "Run it" } });
  editor.open(uri("a.x"), text);
  const isError = (): boolean => editor.published(uri("a.x")).at(-1)?.diagnostics[0]?.severity === 1;
  for (let tries = 0; tries < 400 && !isError(); tries++) await new Promise((resolve) => setTimeout(resolve, 25));
  assert.ok(isError(), JSON.stringify(editor.published(uri("a.x"))));
  assert.ok(existsSync(join(folder, "ran")));
});

test("an editor that says that nothing is trusted is not asked, and one that says it is runs at once", async (t) => {
  for (const trusted of [false, true]) {
    const { editor, uri, folder } = await edit(t, files, {}, { initializationOptions: { trusted } });
    editor.open(uri("a.x"), text);
    assert.deepEqual(
      (await editor.diagnostics(uri("a.x"))).map(({ severity }) => severity),
      [trusted ? 1 : 2],
    );
    assert.ok(!editor.notices.some(({ method }) => method === "window/showMessageRequest"));
    assert.equal(existsSync(join(folder, "ran")), trusted);
  }
});

test("data is read without a question", async (t) => {
  const json = { "package.json": "{}", "lupine.config.json": '{ "lint": { "unbounded": "error" } }' };
  const { editor, uri } = await edit(t, json, {}, { initializationOptions: {} });
  editor.open(uri("a.x"), text);
  assert.deepEqual(
    (await editor.diagnostics(uri("a.x"))).map(({ severity }) => severity),
    [1],
  );
  assert.ok(!editor.notices.some(({ method }) => method === "window/showMessageRequest"));
});
