import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { generate } from "lupine/codegen";
import { compileInterface, type InterfaceModule } from "lupine/idl";

const pathOf = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));

const { status, stdout, stderr } = spawnSync(process.execPath, [pathOf("bench/bundle.mjs"), "--check", "--why"], {
  encoding: "utf8",
});

test("no bundle of a small service has grown over its limit, and its codecs alone are well below 4 kB", () => {
  assert.equal(status, 0, stdout + stderr);
  const sizes = [...stdout.matchAll(/^(\w+): .* (\d+) gzipped/gm)].map(
    ([, name, size]) => [name, Number(size)] as const,
  );
  assert.deepEqual(
    sizes.map(([name]) => name),
    ["codec", "values", "client", "server"],
  );
  assert.ok((new Map(sizes).get("codec") ?? Infinity) <= 1500, stdout);
});

test("what a client loads at its start has nothing of servers, of binders, of UDP, or of directories but their door", () => {
  const [, client = ""] = /^client: .*\n((?: .*\n)+)/m.exec(stdout) ?? [];
  const files = [...client.matchAll(/^ {2}\d+\t.*\bdist\/(.*)$/gm)].map(([, path]) => path as string);
  assert.ok(files.includes("peer/exchange.js"), stdout);
  const uncalledFor = /^(server|binding\/(?!errors|well-known)|directory|auth\/sys|transport\/(udp|memory|.*listener))/;
  assert.deepEqual(
    files.filter((path) => uncalledFor.test(path) && path !== "directory/door.js"),
    [],
    "import from the files of a room, not from its index.js, in what is loaded later (see docs/decisions/0022)",
  );
});

for (const file of ["test/fixtures/everything.x", "test/fixtures/names.x", "src/binding/rpcbind/rpcbind.x"]) {
  test(`of the code generated for ${file} a bundler keeps what is used, and nothing where nothing is`, async (t) => {
    const folder = mkdtempSync(join(tmpdir(), "lupine-bundle-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const { module } = compileInterface({ file, text: readFileSync(pathOf(file), "utf8") });
    writeFileSync(join(folder, "all.gen.js"), generate(module as InterfaceModule, { target: "js" }));
    assert.equal(await bundled(folder, `import "./all.gen.js";`), "");
    assert.match(await bundled(folder, `export * from "./all.gen.js";`), /encode\(/);
  });
}

/** Of a folder that says nothing of side effects, as a program's own seldom does. */
async function bundled(folder: string, contents: string): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: folder },
    alias: { "lupine/codegen/v1": pathOf("dist/codegen/v1.js") },
    bundle: true,
    write: false,
    format: "esm",
    platform: "node",
  });
  return outputFiles.map(({ text }) => text).join("");
}
