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
  assert.ok((new Map(sizes).get("codec") ?? Infinity) <= 1500, stdout);
});

test("what a client loads at its start has nothing of servers, of binders, of UDP, or of directories but their door and what a path is", () => {
  const [, client = ""] = /^client: .*\n((?: .*\n)+)/m.exec(stdout) ?? [];
  const files = [...client.matchAll(/^ {2}\d+\t.*\bdist\/(.*)$/gm)].map(([, path]) => path as string);
  assert.ok(files.includes("peer/exchange.js"), stdout);
  const uncalledFor = /^(server|binding\/(?!errors|well-known)|directory|auth\/sys|transport\/(udp|memory|.*listener))/;
  assert.deepEqual(
    files.filter((path) => uncalledFor.test(path) && !/^directory\/(door|path|errors)\.js$/.test(path)),
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

test("a bundled program is told how to make clients of a directory, and makes them so", (t) => {
  const folder = mkdtempSync(join(tmpdir(), "lupine-bundle-"));
  t.after(() => rmSync(folder, { recursive: true }));
  const call = (name: string, from: string): string => {
    const code = `
      import { startDirectory } from "${pathOf("dist/directory/index.js")}";
      import { ${name} } from "${from}";
      const program = { name: "P", number: 0x20000001, versionName: "V", version: 1, procedures: {} };
      await using directory = await startDirectory({ port: 0 });
      const target = directory.url.replace("tcp:", "dir:") + "/services/none";
      const { ping } = await import("${pathOf("dist/rpc/index.js")}");
      const { channelOf } = await import("${pathOf("dist/client/index.js")}");
      await using client = ${name}(program, target);
      await ping(channelOf(client), program).catch((error) => console.log(error.name + ": " + error.message));
    `;
    const outfile = join(folder, `${name}.mjs`);
    buildSync({
      stdin: { contents: code, resolveDir: folder },
      bundle: true,
      format: "esm",
      platform: "node",
      target: "node20",
      external: ["@nats-io/*"],
      outfile,
    });
    return spawnSync(process.execPath, [outfile], { encoding: "utf8" }).stdout;
  };
  assert.match(
    call("createClient", pathOf("dist/index.js")),
    /^RpcDisconnected: .*createServiceClient of "lupine\/directory"/,
  );
  assert.match(
    call("createServiceClient", pathOf("dist/directory/index.js")),
    /^RpcDisconnected: .*no server is registered as \/services\/none/,
  );
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
