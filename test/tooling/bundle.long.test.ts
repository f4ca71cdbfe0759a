import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { build, buildSync } from "esbuild";
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
  assert.ok((new Map(sizes).get("codec") ?? Infinity) <= 1200, stdout);
});

test("what a client loads at its start has nothing of servers, binders, pools, directories, UDP, or Unix sockets", () => {
  const [, client = ""] = /^client: .*\n((?: .*\n)+)/m.exec(stdout) ?? [];
  const files = [...client.matchAll(/^ {2}\d+\t.*\bdist\/(.*)$/gm)].map(([, path]) => path as string);
  assert.ok(files.includes("peer/exchange.js"), stdout);
  // "lupine" exports refuse(), and the binder, which is loaded late, uses it: esbuild moves such a file to the start.
  const uncalledFor =
    /^(server\/(?!refuse)|binding\/(?!errors|well-known)|directory|pool|auth\/sys|transport\/(udp|memory|unix(?!-path)|.*listener))/;
  assert.deepEqual(
    files.filter((path) => uncalledFor.test(path)),
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

test("a bundled program makes clients of services of a directory", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-bundle-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const code = `
    import { createClient, channelOf } from "${pathOf("dist/index.js")}";
    import { ping } from "${pathOf("dist/doors/client.js")}";
    import { startDirectory } from "${pathOf("dist/directory/index.js")}";
    const program = { name: "P", number: 0x20000001, versionName: "V", version: 1, procedures: {} };
    await using directory = await startDirectory({ port: 0, binder: "none" });
    await using client = createClient(program, directory.url.replace("tcp:", "dir:") + "/services/none");
    await ping(channelOf(client), program).catch((error) => console.log(error.name + ": " + error.message));
  `;
  const outfile = join(folder, "client.mjs");
  buildSync({
    stdin: { contents: code, resolveDir: folder },
    bundle: true,
    format: "esm",
    platform: "node",
    target: "node20",
    external: ["@nats-io/*"],
    outfile,
  });
  const { stdout: said, stderr: wrong } = spawnSync(process.execPath, [outfile], { encoding: "utf8" });
  assert.match(said, /^RpcDisconnected: .*no server is registered as \/services\/none/, wrong);
});

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
