// How many files a program loads before its first line runs: each costs time, and room indexes bring more than is used.
import assert from "node:assert/strict";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** The file and all that it imports by `import` and `export` statements, relative to dist. */
async function loadedBy(file: string): Promise<string[]> {
  const { metafile } = await build({
    entryPoints: [`${root}dist/${file}`],
    absWorkingDir: root,
    bundle: true,
    write: false,
    metafile: true,
    format: "esm",
    platform: "node",
    packages: "external",
    outdir: "out",
  });
  const found = new Set([`dist/${file}`]);
  for (const path of found) {
    for (const { kind, path: imported, external } of metafile.inputs[path]?.imports ?? [])
      if (kind === "import-statement" && !external) found.add(imported);
  }
  return [...found].map((path) => path.replace("dist/", ""));
}

test('`import "lupine"` loads what a client and a server over TCP need', async () => {
  const files = await loadedBy("index.js");
  assert.ok(files.includes("server/server.js") && files.includes("client/reconnecting-channel.js"));
  const uncalledFor =
    /(^|\/)index\.js|^(directory|pool|idl|codegen)\/|^binding\/(?!errors|everyday|signals)|^transport\/udp|explain|json/;
  assert.deepEqual(
    files.filter((file) => file !== "index.js" && uncalledFor.test(file)),
    [],
  );
  assert.ok(files.length <= 126, `${files.length} files:\n${files.join("\n")}`);
});

test("the command loads no command before it knows which one is meant", async () => {
  const files = await loadedBy("cli/command-line.js");
  assert.ok(files.length <= 12, `${files.length} files:\n${files.join("\n")}`);
});

test("encode and decode load the compiler, and no linter, formatter, comparison, documentation or explanations", async () => {
  const files = await loadedBy("cli/call/named-types.js");
  assert.ok(files.includes("idl/analyze.js") && files.includes("xdr/json.js"));
  const uncalledFor =
    /(^|\/)index\.js|^(client\/(?!handle)|peer\/|codegen\/(?!v1))|^idl\/(lint|format|breaking|doc|report)\/(?!pieces)|explanations/;
  const found = files.filter((file) => uncalledFor.test(file));
  assert.deepEqual(found, []);
});
